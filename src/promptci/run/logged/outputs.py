"""Outputs that somebody else got from a model: lines of a JSONL file, read when needed.

What is held in memory is where each line begins, and not its text.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from math import nan
from typing import Any, BinaryIO

import msgspec
from msgspec import UNSET, Struct

from promptci.errors import Fault, SpecError, StorageError
from promptci.parsing.jsonline import read_object
from promptci.parsing.source import Mark, decode
from promptci.run.logged.outputforms import (
    response_ended,
    response_said,
)
from promptci.run.logged.outputline import OutputFile, UsageFile
from promptci.run.solving.turntext import spoken_text
from promptci.specs.completion import Completion, Outcome
from promptci.specs.tokenprice import Price, Usage
from promptci.templates.template import as_text

_OUTCOMES: Mapping[str, Outcome] = {
    "length": "truncated",
    "max_tokens": "truncated",
    "content_filter": "filtered",
    "refusal": "refused",
}


class OutputPlace(Struct, frozen=True):
    """Where a line of a file begins, its number and first byte, and which of its outputs it is.

    `index` is the output's place in a list of them; None where the line is one output.
    """

    line: int
    offset: int
    index: int | None = None


class Outputs(Mapping[str, Completion]):
    """The outputs in a file, by the id of their example, in the order of the file.

    `price` gives the cost of those whose tokens are known. The file must stay open.
    """

    def __init__(
        self,
        file: BinaryIO,
        path: str,
        places: Mapping[str, OutputPlace],
        price: Price | None = None,
        warnings: tuple[Fault, ...] = (),
    ) -> None:
        """The outputs at these places of a file that was looked through; doubts as `warnings`."""
        self.path = path
        self.warnings = warnings
        self._file = file
        self._price = price
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __getitem__(self, id_: str) -> Completion:
        """Read one. Raises `StorageError` if somebody has changed the file meanwhile."""
        place = self._places[id_]
        self._file.seek(place.offset)
        try:
            line = decode(self._file.readline(), self.path, place.line).rstrip("\r\n")
            found = read_object(line, Mark(self.path, place.line, 1))
            whole = None if isinstance(found, Fault) else msgspec.convert(found, OutputFile)
            output = None if whole is None else whole.said(place.index)
        except (SpecError, msgspec.ValidationError, IndexError):
            output = None
        if output is None or str(output.id) != id_:
            raise StorageError(f"{self.path}:{place.line}: the file changed meanwhile: try again")
        return self._completion(output)

    def mark(self, id_: str) -> Mark:
        """The place of the output of an example."""
        return Mark(self.path, self._places[id_].line, 1)

    def _completion(self, output: OutputFile) -> Completion:
        turns = output.turns or []
        given = _last_said(turns) if output.output is UNSET else output.output
        response = response_said(given)
        text = "" if given is None else as_text(given) if response is None else response.text
        found = _calls(turns) or ([] if response is None else [*response.calls])
        made = found if output.made is None else output.made
        calls = _json(made) if made else ""
        usage, ended = _usage(output.usage), output.finish_reason or response_ended(given)
        return Completion(
            text,
            outcome=_outcome(ended, has_content=bool(text.strip() or calls)),
            finish_reason=ended,
            usage=usage or Usage(),
            latency=nan if output.latency is None else output.latency,
            tool_calls=calls,
            cost=self._cost(output.cost, usage),
            thoughts=output.reasoning_content or "",
            conversation=_conversation(turns),
            state="" if output.state is None else _json(output.state),
        )

    def _cost(self, given: float | None, usage: Usage | None) -> Decimal | None:
        if given is not None:
            return Decimal(str(given))
        if usage is None or self._price is None or not (usage.input_tokens and usage.output_tokens):
            return None
        return self._price.cost(usage)


class OutputSamples(Mapping[str, tuple[Completion, ...]]):
    """Several outputs for each example, in the order of their runs, by the example's id."""

    def __init__(self, runs: Sequence[Outputs]) -> None:
        self._runs = runs
        self._ids = tuple(dict.fromkeys(id_ for run in runs for id_ in run))

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __getitem__(self, id_: str) -> tuple[Completion, ...]:
        """Read those of an example. Raises `StorageError` as `Outputs` does."""
        found = tuple(run[id_] for run in self._runs if id_ in run)
        if not found:
            raise KeyError(id_)
        return found


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _last_said(turns: list[dict[str, Any]]) -> Any:
    """The last text of the assistant."""
    said = [turn.get("content") for turn in turns if turn.get("role") == "assistant"]
    return next((each for each in reversed(said) if each), None)


def _calls(turns: list[dict[str, Any]]) -> list[Any]:
    """All calls of tools, in order."""
    made = (turn.get("tool_calls") for turn in turns if turn.get("role") == "assistant")
    return [call for calls in made if isinstance(calls, list) for call in calls]


def _conversation(turns: list[dict[str, Any]]) -> str:
    """What was said, for judges to read."""
    said = []
    for turn in turns:
        if turn.get("role") == "system":
            continue
        text = as_text(turn["content"]) if turn.get("content") else ""
        calls = turn.get("tool_calls")
        spoken = spoken_text(text, _json(calls)) if calls else text
        said.append(f"{turn.get('role')}: {spoken}")
    return "\n\n".join(said)


def _usage(usage: UsageFile | None) -> Usage | None:
    if usage is None:
        return None
    return Usage(
        usage.input_tokens or usage.prompt_tokens, usage.output_tokens or usage.completion_tokens
    )


def _outcome(finish_reason: str, *, has_content: bool) -> Outcome:
    ended = _OUTCOMES.get(finish_reason)
    return ended or ("ok" if has_content else "empty")

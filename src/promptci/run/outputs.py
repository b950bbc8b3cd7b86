"""Outputs that somebody else got from a model: a JSONL file, read as completions when needed.

A pass over the file finds every fault and where each line begins; the texts themselves are not
held in memory.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from math import nan
from typing import Annotated, Any, BinaryIO, cast

import msgspec
from msgspec import Meta, Struct

from promptci.errors import Fault, SpecError, StorageError
from promptci.parsing.datafile import MAX_FAULTS, DataRow, read_jsonl
from promptci.parsing.jsonline import read_object
from promptci.parsing.shape import read_shape as read_shape
from promptci.parsing.source import Mark, as_node, decode, did_you_mean, excerpt
from promptci.parsing.template import as_text
from promptci.specs.completion import Completion, Outcome
from promptci.specs.evalspec import Identifier
from promptci.specs.tokenprice import Price, Usage

MOST_NAMES = 1000
"""Ids looked through for one that may have been meant."""

Tokens = Annotated[int, Meta(ge=0)]
Amount = Annotated[float, Meta(ge=0)]

_OUTCOMES: Mapping[str, Outcome] = {
    "length": "truncated",
    "max_tokens": "truncated",
    "content_filter": "filtered",
    "refusal": "refused",
}


class UsageFile(Struct, frozen=True):
    """Tokens, under promptci's names or those of OpenAI's chat completions."""

    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0


class OutputFile(Struct, frozen=True):
    """One line: what was said about an example, and what is known of it. Other keys are not used.

    `latency` is in seconds, `cost` in US dollars, `tool_calls` as in OpenAI's chat completions,
    `reasoning_content` what the model thought, where that is not in `output`.
    """

    id: Identifier | int
    output: Any
    usage: UsageFile | None = None
    latency: Amount | None = None
    cost: Amount | None = None
    tool_calls: list[dict[str, Any]] | None = None
    finish_reason: str | None = None
    reasoning_content: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a line begins: its number and its first byte."""

    line: int
    offset: int


class Outputs(Mapping[str, Completion]):
    """The outputs in a file, by the id of their example, in the order of the file.

    `price` gives the cost of those whose tokens are known. The file must stay open.
    """

    def __init__(self, file: BinaryIO, path: str, price: Price | None = None) -> None:
        """Look through the file. Raises `SpecError` with every fault and its line."""
        self.path = path
        self._file = file
        self._price = price
        self._places: dict[str, _Place] = {}
        faults = list(islice(self._look_through(), MAX_FAULTS + 1))
        if faults:
            raise SpecError(faults)

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
            output = None if isinstance(found, Fault) else msgspec.convert(found, OutputFile)
        except (SpecError, msgspec.ValidationError):
            output = None
        if output is None or str(output.id) != id_:
            raise StorageError(f"{self.path}:{place.line}: the file changed meanwhile: try again")
        return self._completion(output)

    def mark(self, id_: str) -> Mark:
        """Where the output of an example stands."""
        return Mark(self.path, self._places[id_].line, 1)

    def _look_through(self) -> Iterator[Fault]:
        stream = _Lines(self._file)
        for row in read_jsonl(cast(BinaryIO, stream), self.path):
            if isinstance(row, Fault):
                yield row
            else:
                yield from self._note(row, stream.begun)

    def _note(self, row: DataRow, offset: int) -> Iterator[Fault]:
        mark = Mark(self.path, row.line, 1)
        faults: list[Fault] = []
        output = read_shape(as_node(row.values, mark), OutputFile, faults)
        yield from faults
        if output is None:
            return
        id_ = str(output.id)
        if id_ in self._places:
            first = self._places[id_].line
            wrong = f"a second output for example `{excerpt(id_)}`, the first is in line {first}"
            yield mark.fault(f"{wrong}: keep one")
        self._places.setdefault(id_, _Place(row.line, offset))

    def _completion(self, output: OutputFile) -> Completion:
        text = "" if output.output is None else as_text(output.output)
        calls = msgspec.json.encode(output.tool_calls).decode() if output.tool_calls else ""
        usage = _usage(output.usage)
        return Completion(
            text,
            outcome=_outcome(output.finish_reason, has_content=bool(text.strip() or calls)),
            finish_reason=output.finish_reason or "",
            usage=usage or Usage(),
            latency=nan if output.latency is None else output.latency,
            tool_calls=calls,
            cost=self._cost(output.cost, usage),
            thoughts=output.reasoning_content or "",
        )

    def _cost(self, given: float | None, usage: Usage | None) -> Decimal | None:
        if given is not None:
            return Decimal(str(given))
        if usage is None or self._price is None or not (usage.input_tokens and usage.output_tokens):
            return None
        return self._price.cost(usage)


def check_ids(outputs: Outputs, wanted: Mapping[str, Mark], *, partial: bool) -> list[Fault]:
    """What is wrong with the ids of outputs, where `wanted` are the eval's examples."""
    strange = (id_ for id_ in outputs if id_ not in wanted)
    faults = []
    for id_ in islice(strange, MAX_FAULTS):
        advice = did_you_mean(id_, islice(wanted, MOST_NAMES))
        wrong = f"the eval has no example `{excerpt(id_)}`: {advice}"
        faults.append(outputs.mark(id_).fault(wrong))
    missing = [id_ for id_ in wanted if id_ not in outputs]
    if missing and not partial:
        shown = ", ".join(f"`{excerpt(id_)}`" for id_ in missing[:5])
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        wrong = f"there is no output for {shown}{more}: add it, or pass --partial"
        faults.append(Mark(outputs.path).fault(wrong))
    return faults


class _Lines:
    """A stream whose lines are counted in bytes, as `read_jsonl` reads it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._file.seek(0)
        self._next = self.begun = 0

    def readline(self, limit: int) -> bytes:
        """The next line; `begun` is the byte it begins at."""
        line = self._file.readline(limit)
        self.begun, self._next = self._next, self._next + len(line)
        return line


def _usage(usage: UsageFile | None) -> Usage | None:
    if usage is None:
        return None
    return Usage(
        usage.input_tokens or usage.prompt_tokens, usage.output_tokens or usage.completion_tokens
    )


def _outcome(finish_reason: str | None, *, has_content: bool) -> Outcome:
    ended = _OUTCOMES.get(finish_reason or "")
    return ended or ("ok" if has_content else "empty")

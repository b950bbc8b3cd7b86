"""Outputs that were recorded with the examples they answer."""

import re
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from promptci.errors import Fault
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    OutputSet,
    Row,
)
from promptci.importers.rows import Located
from promptci.parsing.source import Mark, Plain
from promptci.templates.template import as_text


def recorded_outputs(
    found: Imported,
    name: str,
    path: str,
    samples: Callable[[], Iterator[Located]],
    example: Callable[[dict[str, Plain], Mark, list[Fault]], Row],
    output: Callable[[dict[str, Plain]], Row | None],
    scorers: list[Plain] | None = None,
    fallback: Plain = "short_answer",
) -> Imported:
    """A prompt that takes what was sent, an eval with the examples, and their outputs.

    Without `scorers` one is written that fits the targets, `fallback` where none is known to, and
    a note says so. Where no sample can be read, nothing is written.
    """
    seen = _survey(samples(), output)
    if not seen.total:
        return found
    scorer = seen.fitting[0] if seen.fitting and seen.targets else fallback
    judging, shared = scorers or [scorer], seen.targets == seen.total
    found.prompts.append(ImportedPrompt(name, {"messages": ["{{ input }}"]}, path))
    body: dict[str, Plain] = {"scorers": judging if shared else []}
    found.evals.append(ImportedEval(name, body, name, path))

    def examples() -> Iterator[Row]:
        for sample, mark in samples():
            row = example(sample, mark, found.losses)
            found.place = mark
            own: list[Plain] = judging if "expected" in row else [{"length": {"min": 1}}]
            yield row if shared else {**row, "scorers": own}

    def outputs() -> Iterator[Row]:
        return (row for sample, _ in samples() if (row := output(sample)) is not None)

    found.examples.append(ExampleSet(name, examples))
    if seen.answers:
        found.outputs.append(OutputSet(name, outputs))
    _tell(found, path, seen, is_guessed=not scorers)
    return found


class _Seen(Struct):
    """The scorers that fit all targets, and how many samples, answers and targets there are.

    `silent` and `aimless` are the places of the first without an answer or a target.
    """

    fitting: list[str]
    total: int = 0
    answers: int = 0
    targets: int = 0
    silent: Mark | None = None
    aimless: Mark | None = None


def _tell(found: Imported, path: str, seen: _Seen, *, is_guessed: bool) -> None:
    """Say what samples lack: outputs, targets, or how they were judged."""
    if seen.silent is not None:
        lacking = f"{_have(seen.total - seen.answers)} no output that is a text"
        found.losses.append(seen.silent.fault(f"{lacking}: they are examples alone"))
    if seen.aimless is not None:
        lacking = f"{_have(seen.total - seen.targets)} no target"
        found.notes.append(seen.aimless.warning(f"{lacking}: any answer that is not empty passes"))
    if is_guessed and seen.targets:
        guessed = "it does not say how its answers were judged: a scorer that seems right is"
        found.notes.append(Mark(path).warning(f"{guessed} written"))


def _have(count: int) -> str:
    return "the sample has" if count == 1 else f"{count:,} samples, this the first, have"


def _survey(
    samples: Iterable[Located], output: Callable[[dict[str, Plain]], Row | None]
) -> _Seen:  # fmt: skip
    seen = _Seen(list(_TARGETS))
    for row, mark in samples:
        seen.total += 1
        if output(row) is not None:
            seen.answers += 1
        else:
            seen.silent = seen.silent or mark
        if row.get("target") not in (None, "", []):
            seen.targets += 1
            target = as_text(row["target"])
            seen.fitting = [name for name in seen.fitting if _TARGETS[name].search(target)]
        else:
            seen.aimless = seen.aimless or mark
    return seen


_TARGETS = {
    "choice": re.compile(r'^\[?"?[A-E]"?\]?\Z'),
    "numeric": re.compile(r"####\s*-?[\d,.]+\s*$|^-?(?=.*\d)[\d,.]+\Z"),
}
"""Scorers, and what every target looks like for which they are right."""

"""Outputs that were recorded with the examples they answer."""

import re
from collections.abc import Callable, Iterable, Iterator

from promptci.errors import Fault
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    OutputSet,
    Row,
)
from promptci.importers.rows import Located, text_of
from promptci.parsing.source import Mark, Plain


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
    a note says so.
    """
    scorer, total, made, targets = _survey(samples(), output, fallback)
    judging, shared = scorers or [scorer], targets == total
    found.prompts.append(ImportedPrompt(name, {"messages": ["{{ input }}"]}, path))
    body: dict[str, Plain] = {"scorers": judging if shared else []}
    found.evals.append(ImportedEval(name, body, name, path))

    def examples() -> Iterator[Row]:
        for sample, mark in samples():
            row = example(sample, mark, found.losses)
            own: list[Plain] = judging if "expected" in row else [{"length": {"min": 1}}]
            yield row if shared else {**row, "scorers": own}

    def outputs() -> Iterator[Row]:
        return (row for sample, _ in samples() if (row := output(sample)) is not None)

    found.examples.append(ExampleSet(name, examples))
    if made:
        found.outputs.append(OutputSet(name, outputs))
    _tell(found, path, total, made, targets, is_guessed=not scorers)
    return found


def _tell(
    found: Imported, path: str, total: int, made: int, targets: int, *, is_guessed: bool
) -> None:
    """Say what samples lack: outputs, targets, or how they were judged."""
    mark = Mark(path)
    if made < total:
        lacking = f"{total - made:,} samples have no output that is a text: they are examples alone"
        found.losses.append(mark.fault(lacking))
    if targets < total:
        lacking = f"{total - targets:,} samples have no target: any answer that is not empty passes"
        found.notes.append(mark.warning(lacking))
    if is_guessed and targets:
        guessed = "it does not say how its answers were judged: a scorer that seems right is"
        found.notes.append(mark.warning(f"{guessed} written"))


def _survey(
    samples: Iterable[Located],
    output: Callable[[dict[str, Plain]], Row | None],
    fallback: Plain,
) -> tuple[Plain, int, int, int]:
    """A scorer for targets as they are, how many samples there are, with outputs, with targets."""
    fitting, total, made, targets = list(_TARGETS), 0, 0, 0
    for row, _ in samples:
        total += 1
        made += output(row) is not None
        if row.get("target") not in (None, "", []):
            targets += 1
            target = text_of(row["target"])
            fitting = [name for name in fitting if _TARGETS[name].search(target)]
    return (fitting[0] if fitting and targets else fallback), total, made, targets


_TARGETS = {
    "choice": re.compile(r'^\[?"?[A-E]"?\]?\Z'),
    "numeric": re.compile(r"####\s*-?[\d,.]+\s*$|^-?(?=.*\d)[\d,.]+\Z"),
}
"""Scorers, and what every target looks like for which they are right."""

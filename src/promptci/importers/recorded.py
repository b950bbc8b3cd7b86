"""Outputs that were recorded with the examples they answer; samples of lm-eval."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from promptci.errors import Fault, SpecError
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    Importer,
    OutputSet,
    Row,
)
from promptci.importers.names import Names, slug
from promptci.importers.rows import Located, first_object, read_rows, text_of, turns_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain


def read_lm_eval(sources: Sources, path: str) -> Imported:
    """Read samples that lm-eval logged (`samples_*.jsonl`)."""
    found = Imported()
    name = Names().take(
        slug(re.sub(r"^samples_|_\d{4}-.*$", "", PurePosixPath(path).stem)) or "lm-eval"
    )
    filters: dict[str, None] = {}

    def rows() -> Iterator[Located]:
        for row, mark in read_rows(sources, path, found.losses):
            if _is_likelihood(row):
                wrong = "it holds log-likelihoods of choices and no text: run it as a generation"
                raise SpecError([Mark(path, 1).fault(wrong)])
            filters[text_of(row.get("filter"))] = None
            if text_of(row.get("filter")) == next(iter(filters)):
                yield row, mark

    made = recorded_outputs(found, name, path, rows, _lm_example, _lm_output)
    if len(filters) > 1:
        wrong = f"it holds outputs of {len(filters)} filters, of which the first is carried"
        found.losses.append(Mark(path).fault(wrong))
    return made


def _is_likelihood(row: dict[str, Plain]) -> bool:
    inner = _first(_first(row.get("resps")))
    return isinstance(inner, list) or (
        isinstance(row.get("resps"), list) and not isinstance(inner, str)
    )


def _first(value: Plain) -> Plain:
    return value[0] if isinstance(value, list) and value else None


def _lm_example(row: dict[str, Plain], mark: Mark, losses: list[Fault]) -> Row:
    arguments = row.get("arguments")
    given = arguments.get("gen_args_0") if isinstance(arguments, dict) else _first(arguments)
    prompt = given.get("arg_0") if isinstance(given, dict) else _first(given)
    made: Row = {"id": str(row.get("doc_id", mark.line))}
    sent = prompt if prompt is not None else row.get("doc")
    turns = turns_of(_chat_of(sent), mark, losses)
    made["vars"] = {"input": turns or [{"role": "user", "content": text_of(sent)}]}
    if row.get("target") not in (None, ""):
        made["expected"] = (
            row["target"] if not isinstance(row["target"], str) else row["target"].strip()
        )
    return made


def _chat_of(sent: Plain) -> Plain:
    """The turns of a chat, which lm-eval logs as JSON in a text, alone in a list."""
    text = sent[0] if isinstance(sent, list) and len(sent) == 1 else sent
    if not isinstance(text, str) or not text.startswith("[{"):
        return None
    try:
        read: Plain = json.loads(text)
    except (ValueError, RecursionError):
        return None
    turns = [each for each in read if isinstance(each, dict)] if isinstance(read, list) else []
    return [{key: part for key, part in turn.items() if key != "type"} for turn in turns]


def _lm_output(row: dict[str, Plain]) -> Row | None:
    filtered, raw = _first(row.get("filtered_resps")), _first(_first(row.get("resps")))
    text = raw if isinstance(raw, str) else filtered
    return {"id": str(row.get("doc_id", "")), "output": text} if isinstance(text, str) else None


def recorded_outputs(
    found: Imported,
    name: str,
    path: str,
    samples: Callable[[], Iterator[Located]],
    example: Callable[[dict[str, Plain], Mark, list[Fault]], Row],
    output: Callable[[dict[str, Plain]], Row | None],
    scorers: list[Plain] | None = None,
) -> Imported:
    """A prompt that takes what was sent, an eval with the examples, and their outputs.

    Without `scorers` one is written that fits the targets, and a note says so.
    """
    scorer, total, made, targets = _survey(samples(), output)
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
    missing = total - made
    if missing:
        found.losses.append(
            Mark(path).fault(
                f"{missing:,} samples have no output that is a text: they are examples alone"
            )
        )
    if not shared:
        found.notes.append(
            Mark(path).warning(
                f"{total - targets:,} samples have no target: any answer that is not empty passes"
            )
        )
    if not scorers and targets:
        guessed = (
            "it does not say how its answers were judged: a scorer that seems right is written"
        )
        found.notes.append(Mark(path).warning(guessed))
    return found


def _survey(
    samples: Iterable[Located], output: Callable[[dict[str, Plain]], Row | None]
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
    return (fitting[0] if fitting and targets else "short_answer"), total, made, targets


_TARGETS = {
    "choice": re.compile(r'^\[?"?[A-E]"?\]?\Z'),
    "numeric": re.compile(r"####\s*-?[\d,.]+\s*$|^-?(?=.*\d)[\d,.]+\Z"),
}
"""Scorers, and what every target looks like for which they are right."""


def _is_lm_eval(path: str, head: bytes) -> bool:
    return path.endswith((".jsonl", ".json")) and {"doc_id", "resps"} <= set(first_object(head))


LM_EVAL = Importer(
    "lm-eval", "Samples of lm-eval, as outputs for `promptci score`", _is_lm_eval, read_lm_eval
)

"""Logs of Inspect and samples of lm-eval: recorded outputs, and the examples that they answer."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from promptci.errors import Fault, SpecError
from promptci.importers.evalarchive import unzipped_samples
from promptci.importers.foreignyaml import load_foreign
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


def read_inspect(sources: Sources, path: str) -> Imported:
    """Read a log of Inspect (`.eval` or JSON): samples with their inputs, targets and outputs."""
    found = Imported()
    data = sources.read(path)
    samples = (
        unzipped_samples(data, path)
        if data[:2] == b"PK"
        else _json_samples(data, path, found.losses)
    )
    name = Names().take(slug(PurePosixPath(path).stem) or "inspect")
    epochs = sorted(
        {epoch for sample, _ in samples if isinstance(epoch := sample.get("epoch"), int)}
    )
    if len(epochs) > 1:
        wrong = (
            f"it holds {len(epochs)} epochs, of which the first is carried: "
            "repeats are asked with `promptci noise`"
        )
        found.losses.append(Mark(path).fault(wrong))
        samples = [(s, mark) for s, mark in samples if s.get("epoch") in (None, epochs[0])]
    return _recorded(found, name, path, lambda: iter(samples), _inspect_example, _inspect_output)


def _json_samples(data: bytes, path: str, losses: list[Fault]) -> list[Located]:
    root = load_foreign(data, path, losses)
    listed = root.value.get("samples") if isinstance(root.value, dict) else None
    if listed is None or not isinstance(listed.value, list):
        raise SpecError([Mark(path, 1).fault("this log holds no `samples`: name the whole log")])
    return [(value, each.mark) for each in listed.value if isinstance(value := each.plain(), dict)]


def _inspect_example(sample: dict[str, Plain], mark: Mark, losses: list[Fault]) -> Row:
    given = sample.get("input")
    turns = turns_of(
        [_inspect_turn(each) for each in given] if isinstance(given, list) else None, mark, losses
    )
    row: Row = {"id": str(sample.get("id"))}
    row["vars"] = {
        "input": turns if turns is not None else [{"role": "user", "content": text_of(given)}]
    }
    target = sample.get("target")
    if isinstance(target, list) and len(target) == 1:
        target = target[0]
    if target not in (None, ""):
        row["expected"] = target
    metadata = sample.get("metadata")
    return row | ({"meta": metadata} if isinstance(metadata, dict) and metadata else {})


def _inspect_turn(turn: Plain) -> Plain:
    """A turn without what Inspect notes beside it."""
    if not isinstance(turn, dict):
        return turn
    content = turn.get("content")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return {"role": turn.get("role", "user"), "content": content}


def _inspect_output(sample: dict[str, Plain]) -> Row | None:
    output = sample.get("output")
    if not isinstance(output, dict):
        return None
    text = output.get("completion")
    if text is None:
        choices = output.get("choices")
        message = (
            choices[0].get("message")
            if isinstance(choices, list) and choices and isinstance(choices[0], dict)
            else None
        )
        content = message.get("content") if isinstance(message, dict) else None
        text = content if isinstance(content, str) else None
    if text is None:
        return None
    row: Row = {"id": str(sample.get("id")), "output": text}
    usage = output.get("usage")
    if isinstance(usage, dict) and {"input_tokens", "output_tokens"} <= set(usage):
        row["usage"] = {key: usage[key] for key in ("input_tokens", "output_tokens")}
    if isinstance(output.get("time"), int | float):
        row["latency"] = output["time"]
    return row


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

    made = _recorded(found, name, path, rows, _lm_example, _lm_output)
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
    del losses
    arguments = row.get("arguments")
    given = arguments.get("gen_args_0") if isinstance(arguments, dict) else _first(arguments)
    prompt = given.get("arg_0") if isinstance(given, dict) else _first(given)
    made: Row = {"id": str(row.get("doc_id", mark.line))}
    made["vars"] = {
        "input": [
            {"role": "user", "content": text_of(prompt if prompt is not None else row.get("doc"))}
        ]
    }
    if row.get("target") not in (None, ""):
        made["expected"] = (
            row["target"] if not isinstance(row["target"], str) else row["target"].strip()
        )
    return made


def _lm_output(row: dict[str, Plain]) -> Row | None:
    filtered, raw = _first(row.get("filtered_resps")), _first(_first(row.get("resps")))
    text = raw if isinstance(raw, str) else filtered
    return {"id": str(row.get("doc_id", "")), "output": text} if isinstance(text, str) else None


def _recorded(
    found: Imported,
    name: str,
    path: str,
    samples: Callable[[], Iterator[Located]],
    example: Callable[[dict[str, Plain], Mark, list[Fault]], Row],
    output: Callable[[dict[str, Plain]], Row | None],
) -> Imported:
    scorer, total, made = _survey(samples(), output)
    found.prompts.append(ImportedPrompt(name, {"messages": ["{{ input }}"]}, path))
    found.evals.append(ImportedEval(name, {"scorers": [scorer]}, name, path))

    def examples() -> Iterator[Row]:
        return (example(sample, mark, found.losses) for sample, mark in samples())

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
    found.notes.append(
        Mark(path).warning(
            "a log does not say how its answers were judged: a scorer that seems right is written"
        )
    )
    return found


def _survey(
    samples: Iterable[Located], output: Callable[[dict[str, Plain]], Row | None]
) -> tuple[Plain, int, int]:
    """A scorer for targets as they are, how many samples there are, and how many have outputs."""
    fitting, total, made, targets = list(_TARGETS), 0, 0, 0
    for row, _ in samples:
        total += 1
        made += output(row) is not None
        if row.get("target") is not None:
            targets += 1
            target = text_of(row["target"])
            fitting = [name for name in fitting if _TARGETS[name].search(target)]
    return (fitting[0] if fitting and targets else "short_answer"), total, made


_TARGETS = {
    "choice": re.compile(r'^\[?"?[A-E]"?\]?\Z'),
    "numeric": re.compile(r"####\s*-?[\d,.]+\s*$|^-?[\d,.]+\Z"),
}
"""Scorers, and what every target looks like for which they are right."""


def _is_inspect(path: str, head: bytes) -> bool:
    return path.endswith(".eval") or (
        (b'"samples"' in head or b'"eval"' in head) and b'"task"' in head
    )


def _is_lm_eval(path: str, head: bytes) -> bool:
    return path.endswith((".jsonl", ".json")) and {"doc_id", "resps"} <= set(first_object(head))


INSPECT = Importer(
    "inspect", "A log of Inspect, as outputs for `promptci score`", _is_inspect, read_inspect
)
LM_EVAL = Importer(
    "lm-eval", "Samples of lm-eval, as outputs for `promptci score`", _is_lm_eval, read_lm_eval
)

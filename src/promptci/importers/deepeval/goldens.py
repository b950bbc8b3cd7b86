"""Goldens and test cases of DeepEval: inputs with what is expected in words."""

import csv
import io
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath

from promptci.errors import Fault
from promptci.importers.deepeval.goldentalks import add_talks, field_mark
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
from promptci.importers.rows import Located, first_object, mark_in, read_nested
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain, decode, excerpt
from promptci.templates.template import as_text

_DEEPEVAL = frozenset((
    "input", "expected_output", "actual_output", "context", "retrieval_context", "name", "id",
    "additional_metadata", "comments", "source_file", "tools_called", "expected_tools",
    "custom_column_key_values",
))  # fmt: skip


def read_deepeval(sources: Sources, path: str) -> Imported:
    """Read a dataset of goldens or test cases, in JSON, JSONL or CSV."""
    found = Imported()
    rows = list(
        _csv(sources, path) if path.endswith(".csv") else _listed(sources, path, found.losses)
    )
    name = Names().take(slug(PurePosixPath(path).stem) or "deepeval")
    rows = [each for row, mark in rows for each in _cases(_snake(row), mark, found)]
    single = _named([(row, mark) for row, mark in rows if "input" in row])
    talks = _named([(row, mark) for row, mark in rows if "input" not in row and "scenario" in row])
    if talks:
        add_talks(talks, f"{name}-talks" if single else name, path, found)
    for row, mark in rows:
        if not {"input", "scenario"} & set(row):
            found.losses.append(mark.fault("a golden has no `input` and no `scenario`: add one"))
    if not single:
        return found
    found.prompts.append(
        ImportedPrompt(name, {"messages": [{"role": "user", "content": "{{ input }}"}]}, path)
    )
    shared = all(row.get("expected_output") for row, _ in single)
    scorers: list[Plain] = ["short_answer"] if shared else []
    found.evals.append(ImportedEval(name, {"scorers": scorers}, name, path))
    found.examples.append(ExampleSet(name, lambda: _deepeval_rows(single, found, shared=shared)))
    outputs: list[Row] = [
        {"id": _id(row, mark), "output": row["actual_output"]}
        for row, mark in single
        if isinstance(row.get("actual_output"), str) and row["actual_output"]
    ]
    if outputs:
        found.outputs.append(OutputSet(name, lambda: iter(outputs)))
    some = any(row.get("expected_output") for row, _ in single)
    written = "`short_answer` is written" if some else "any answer that is not empty passes"
    wrong = f"goldens do not say how answers are judged: {written}, see docs/scorers.md for "
    found.notes.append(Mark(path).warning(f"{wrong}metrics by name"))
    return found


def _listed(sources: Sources, path: str, losses: list[Fault]) -> Iterator[Located]:
    """The goldens of a list, or of the list `goldens` of an object, whose other keys are losses."""
    for (row, mark), inner in read_nested(sources, path, losses, ("goldens",)):
        if inner is None:
            yield row, mark
            continue
        for key in sorted(row.keys() - {"goldens"}):
            wrong = f"`{excerpt(key)}` beside the goldens is not carried: write it into them"
            losses.append(mark_in(mark, key).fault(wrong))
        yield from inner


def _named(rows: list[Located]) -> list[Located]:
    """Rows with an id each: one that a row before has, as names may, ends in its place."""
    taken: set[str] = set()
    for row, mark in rows:
        row["id"] = name = _id(row, mark)
        if name in taken:
            row["id"] = f"{name}-{mark.line}-{mark.column}"
        taken.add(name)
    return rows


_RESULTS = frozenset((
    "success", "order", "metrics_data", "trace", "run_duration", "evaluation_cost", "token_cost",
    "completion_time", "multimodal", "is_multimodal",
))  # fmt: skip
"""What a run of DeepEval notes of a test case."""


def _cases(row: dict[str, Plain], mark: Mark, found: Imported) -> list[Located]:
    """A golden, or the test cases in the notes of a run, without what came of them."""
    listed = row.get("test_cases")
    if not isinstance(listed, list):
        return [(row, mark)]
    if row.get("conversational_test_cases"):
        found.losses.append(
            mark.fault("conversations of a run are not carried: see `conversation`")
        )
    found.notes.append(mark.warning("what came of the run is left out: `promptci score` tells it"))
    cases = [(_snake(each), n) for n, each in enumerate(listed) if isinstance(each, dict)]
    at = field_mark(mark, "test_cases")
    return [
        (
            {"name": f"case-{n}", **{k: v for k, v in each.items() if k not in _RESULTS}},
            mark_in(at, index),
        )
        for n, (each, index) in enumerate(cases, 1)
    ]


def _snake(row: dict[str, Plain]) -> dict[str, Plain]:
    """Keys as Python has them; exports write some in camel case."""
    return {_snaked(key): value for key, value in row.items()}


def _snaked(key: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in key)


def _csv(sources: Sources, path: str) -> Iterator[Located]:
    reader = csv.DictReader(io.StringIO(decode(sources.read(path), path), newline=""))
    for row in reader:
        yield (
            {key: value for key, value in row.items() if key and value},
            Mark(path, reader.line_num, 1),
        )


def _id(row: dict[str, Plain], mark: Mark) -> str:
    return str(row.get("id") or row.get("name") or f"golden-{mark.line}-{mark.column}")


def _deepeval_rows(rows: list[Located], found: Imported, *, shared: bool) -> Iterator[Row]:
    """The examples; where some expect nothing (not `shared`), each has a scorer of its own."""
    for row, mark in rows:
        values: dict[str, Plain] = {"input": as_text(row["input"])}
        meta: dict[str, Plain] = {}
        for key in (
            "context",
            "retrieval_context",
            "additional_metadata",
            "comments",
            "custom_column_key_values",
            "source_file",
        ):
            if row.get(key):
                meta[key] = row[key]
        for key in ("tools_called", "expected_tools"):
            if row.get(key):
                wrong = f"`{key}` is not carried: use `tool_calls_f1` with calls in OpenAI's form"
                found.losses.append(field_mark(mark, key).fault(wrong))
        for key in sorted(set(row) - _DEEPEVAL):
            if row[key] is not None:
                wrong = f"`{excerpt(key)}` of a golden is not carried"
                found.losses.append(field_mark(mark, key).fault(wrong))
        found.place = mark
        made: Row = {"id": _id(row, mark), "vars": values}
        if row.get("expected_output"):
            made["expected"] = row["expected_output"]
        if not shared:
            made["scorers"] = ["short_answer" if "expected" in made else {"length": {"min": 1}}]
        yield made | ({"meta": meta} if meta else {})


_TELLING = frozenset((
    "expected_output", "actual_output", "retrieval_context", "additional_metadata", "tools_called",
    "expected_tools", "custom_column_key_values",
))  # fmt: skip
_CONVERSATION = frozenset(("scenario", "expected_outcome"))


def has_own_fields(keys: Collection[str]) -> bool:
    """Whether names in camel case are DeepEval's, where items of Langfuse have some of them."""
    return "datasetId" not in keys and not _OWN.isdisjoint(keys)


_OWN = frozenset((
    "actualOutput", "retrievalContext", "toolsCalled", "expectedTools", "additionalMetadata",
    "sourceFile", "customColumnKeyValues",
))  # fmt: skip


def _is_deepeval(path: str, head: bytes) -> bool:
    if path.endswith(".csv"):
        first_line = head.split(b"\n", 1)[0]
        return b"expected_output" in first_line or b"actual_output" in first_line
    if path.endswith(".json") and b'"testCases"' in head and b'"metricsData"' in head:
        return True
    first = first_object(head) if path.endswith((".json", ".jsonl")) else {}
    listed = first.get("goldens")
    inner = listed[0] if isinstance(listed, list) and listed else first
    keys = set(inner) if isinstance(inner, dict) else set()
    if "expectedOutput" in keys:
        return has_own_fields(keys)
    return ("input" in keys and bool(keys & _TELLING)) or keys >= _CONVERSATION


DEEPEVAL = Importer("deepeval", "Goldens or test cases of DeepEval", _is_deepeval, read_deepeval)

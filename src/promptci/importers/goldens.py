"""Goldens of DeepEval and evals of skills for Claude: inputs with what is expected in words."""

import csv
import io
from collections.abc import Iterator
from pathlib import PurePosixPath

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
from promptci.importers.rows import Located, first_object, read_rows, text_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Node, Plain, decode, excerpt

DEFAULT_JUDGE = "openai/gpt-6-luna"
_DEEPEVAL = frozenset((
    "input", "expected_output", "actual_output", "context", "retrieval_context", "name", "id",
    "additional_metadata", "comments", "source_file", "tools_called", "expected_tools",
    "custom_column_key_values",
))  # fmt: skip


def read_deepeval(sources: Sources, path: str) -> Imported:
    """Read a dataset of goldens or test cases, in JSON, JSONL or CSV."""
    found = Imported()
    rows = list(
        _csv(sources, path) if path.endswith(".csv") else read_rows(sources, path, found.losses)
    )
    name = Names().take(slug(PurePosixPath(path).stem) or "deepeval")
    rows = [(_snake(row), mark) for row, mark in rows]
    single = [(row, mark) for row, mark in rows if "input" in row]
    for row, mark in rows:
        if "input" not in row:
            found.losses.append(
                mark.fault("a golden has no `input` (conversational ones are not carried): add one")
            )
    if not single:
        return found
    found.prompts.append(
        ImportedPrompt(name, {"messages": [{"role": "user", "content": "{{ input }}"}]}, path)
    )
    found.evals.append(ImportedEval(name, {"scorers": ["short_answer"]}, name, path))
    found.examples.append(ExampleSet(name, lambda: _deepeval_rows(single, found)))
    outputs: list[Row] = [
        {"id": _id(row, mark), "output": row["actual_output"]}
        for row, mark in single
        if isinstance(row.get("actual_output"), str) and row["actual_output"]
    ]
    if outputs:
        found.outputs.append(OutputSet(name, lambda: iter(outputs)))
    found.notes.append(
        Mark(path).warning(
            "goldens do not say how answers are judged: `short_answer` is "
            "written, see docs/scorers.md for metrics by name"
        )
    )
    return found


def _snake(row: dict[str, Plain]) -> dict[str, Plain]:
    """Keys as Python has them; exports write some in camel case."""
    return {
        "".join(f"_{c.lower()}" if c.isupper() else c for c in key): value
        for key, value in row.items()
    }


def _csv(sources: Sources, path: str) -> Iterator[Located]:
    reader = csv.DictReader(io.StringIO(decode(sources.read(path), path), newline=""))
    for row in reader:
        yield (
            {key: value for key, value in row.items() if key and value},
            Mark(path, reader.line_num, 1),
        )


def _id(row: dict[str, Plain], mark: Mark) -> str:
    return str(row.get("id") or row.get("name") or f"golden-{mark.line}-{mark.column}")


def _deepeval_rows(rows: list[Located], found: Imported) -> Iterator[Row]:
    for row, mark in rows:
        values: dict[str, Plain] = {"input": text_of(row["input"])}
        meta: dict[str, Plain] = {}
        for key in (
            "context",
            "retrieval_context",
            "additional_metadata",
            "comments",
            "source_file",
        ):
            if row.get(key):
                meta[key] = row[key]
        for key in ("tools_called", "expected_tools"):
            if row.get(key):
                found.losses.append(
                    mark.fault(
                        f"`{key}` is not carried: use `tool_calls_f1` with calls in OpenAI's form"
                    )
                )
        for key in sorted(set(row) - _DEEPEVAL):
            if row[key] is not None:
                found.losses.append(mark.fault(f"`{excerpt(key)}` of a golden is not carried"))
        made: Row = {"id": _id(row, mark), "vars": values}
        if row.get("expected_output"):
            made["expected"] = row["expected_output"]
        yield made | ({"meta": meta} if meta else {})


def read_claude_evals(sources: Sources, path: str) -> Imported:
    """Read `evals.json` of a skill, a `case.yaml`, or a folder of cases."""
    found, names = Imported(), Names()
    paths = sources.below(path) if sources.folder_exists(path) else [path]
    cases: list[tuple[Node, str]] = []
    for each in paths:
        if (
            PurePosixPath(each).name in ("evals.json", "case.yaml", "case.yml", "evals.yaml")
            or each == path
        ):
            root = load_foreign(sources.read(each), each, found.losses)
            cases += [(case, each) for case in _cases(root)]
    folder = PurePosixPath(path)
    base = folder.name if sources.folder_exists(path) else folder.parent.name or folder.stem
    name = names.take(slug(base if base != "evals" else folder.parent.parent.name) or "skill")
    if cases:
        found.prompts.append(
            ImportedPrompt(name, {"messages": [{"role": "user", "content": "{{ prompt }}"}]}, path)
        )
        found.evals.append(ImportedEval(name, {"scorers": []}, name, path))
        found.examples.append(ExampleSet(name, lambda: _case_rows(cases, found)))
        found.notes.append(
            Mark(path).warning(
                "what is expected is in words: a judge holds answers to it; files "
                "and tools of an agent are not given to the model"
            )
        )
    return found


def _cases(root: Node) -> list[Node]:
    parts = root.value if isinstance(root.value, dict) else {}
    listed = next((parts[key] for key in ("evals", "cases", "tests") if key in parts), root)
    return listed.value if isinstance(listed.value, list) else [listed]


def _case_rows(cases: list[tuple[Node, str]], found: Imported) -> Iterator[Row]:
    for number, (node, path) in enumerate(cases, 1):
        case = node.plain()
        asked = (
            next((case[k] for k in ("prompt", "query", "input") if case.get(k)), None)
            if isinstance(case, dict)
            else None
        )
        if not isinstance(case, dict) or not isinstance(asked, str):
            found.losses.append(node.mark.fault("a case has no `prompt` that is a text: add one"))
            continue
        wanted = _expectations(case)
        if not wanted:
            found.losses.append(
                node.mark.fault("a case says nothing of what is expected: add `expected_output`")
            )
        for key in ("files", "setup", "tools", "skills"):
            if case.get(key):
                found.losses.append(
                    node.key_mark(key).fault(
                        f"`{key}` of a case is not carried: put what the model must "
                        "see into the prompt"
                    )
                )
        scorers: list[Plain] = [
            {"rubric": {"criteria": each, "model": DEFAULT_JUDGE}} for each in wanted
        ]
        ident = (
            case.get("id")
            or case.get("name")
            or (PurePosixPath(path).parent.name if len(cases) > 1 else "")
        )
        yield {
            "id": str(ident or number),
            "vars": {"prompt": asked},
            "scorers": scorers or [{"length": {"min": 1}}],
        }


def _expectations(case: dict[str, Plain]) -> list[str]:
    """What an answer must do, a sentence each."""
    found: list[str] = []
    for key in ("expectations", "assertions", "criteria", "rubric", "expected_output", "expected"):
        value = case.get(key)
        for each in value if isinstance(value, list) else [value]:
            text = (
                each.get("text") or each.get("description") or each.get("criterion")
                if isinstance(each, dict)
                else each
            )
            if isinstance(text, str) and text.strip():
                found.append(text.strip())
        if found:
            break
    return found


def _is_deepeval(path: str, head: bytes) -> bool:
    if path.endswith(".csv"):
        first_line = head.split(b"\n", 1)[0]
        return b"expected_output" in first_line or b"actual_output" in first_line
    keys = set(first_object(head)) if path.endswith((".json", ".jsonl")) else set()
    return (
        "input" in keys
        and bool(keys & {"expected_output", "actual_output", "expectedOutput", "retrieval_context"})
        and "expectedOutput" not in keys
    )


def _is_claude(path: str, head: bytes) -> bool:
    name = PurePosixPath(path).name
    return (
        name in ("case.yaml", "case.yml")
        or name == "evals.json"
        or (b'"skill_name"' in head and b'"evals"' in head)
    )


DEEPEVAL = Importer("deepeval", "Goldens or test cases of DeepEval", _is_deepeval, read_deepeval)
CLAUDE_EVALS = Importer(
    "claude-evals", "Evals of a skill (`evals.json`, `case.yaml`)", _is_claude, read_claude_evals
)

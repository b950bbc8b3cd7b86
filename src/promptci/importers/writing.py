"""What was imported as the text of our files, in a fixed order, with a line on its origin."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import Any

import yaml

from promptci.errors import Fault
from promptci.importers.distinct import Distinct
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    OutputSet,
)
from promptci.parsing.source import Mark, Plain

MOST_INLINE = 20
"""The most examples written in the eval itself; more go into a data file."""
_WIDTH = 100
_LONG_ROW = 2_000


class _Dumper(yaml.SafeDumper):
    """Texts of several lines are written in blocks, and nothing is an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        del indentless
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value and not value[:1].isspace() and " \n" not in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def prompt_text(prompt: ImportedPrompt) -> str:
    """`prompts/NAME.yaml`."""
    return _document(prompt.origin, prompt.body)


def settings_text(settings: Mapping[str, Plain], origin: str) -> str:
    """`promptci.yaml`."""
    return _document(origin, settings)


def eval_files(
    eval_: ImportedEval, examples: ExampleSet, told: Distinct
) -> Iterator[tuple[str, Iterator[str]]]:
    """The paths below `evals/` and texts of an eval with its examples; none where it has none."""
    rows = told.rows(examples.rows())
    first = list(islice(rows, MOST_INLINE + 1))
    if not first:
        return  # an eval without examples asks nothing
    if len(first) <= MOST_INLINE and all(len(json.dumps(row)) < _LONG_ROW for row in first):
        yield (
            f"{eval_.name}.yaml",
            iter([_document(eval_.origin, {**eval_.body, "examples": list(first)})]),
        )
        return
    path = f"{examples.name}.jsonl"
    yield f"{eval_.name}.yaml", iter([_document(eval_.origin, {**eval_.body, "examples": path})])
    yield path, _lines(chain(first, rows))


def output_files(outputs: OutputSet, left_out: set[str]) -> Iterator[tuple[str, Iterator[str]]]:
    """Recorded outputs, for `promptci score --outputs`, without those of some examples."""
    kept = (row for row in outputs.rows() if str(row.get("id")) not in left_out)
    yield f"{outputs.name}.outputs.jsonl", _lines(kept)


def all_files(imported: Imported) -> Iterator[tuple[str, Iterator[str]]]:
    """Every file but the settings: its path below the project, and its text in parts."""
    for prompt in imported.prompts:
        yield f"prompts/{prompt.name}.yaml", iter([prompt_text(prompt)])
    sets = {each.name: each for each in imported.examples}
    left_out: dict[str, set[str]] = {}  # known when the examples are written
    for eval_ in imported.evals:
        told, is_written = Distinct(eval_.origin, imported), False
        for path, text in eval_files(eval_, sets[eval_.examples], told):
            is_written = True
            yield f"evals/{path}", text
        if not is_written and eval_.body.get("scorers"):
            imported.losses.append(_unwritten(eval_))
        left_out[eval_.examples] = told.left_out
    for outputs in imported.outputs:
        for path, text in output_files(
            outputs, left_out.get(outputs.name.removesuffix(".trials"), set())
        ):
            yield f"evals/{path}", text
    for judge in imported.judges:  # some are found while the examples are made
        yield f"evals/judges/{judge.name}.yaml", iter([_document(judge.origin, judge.body)])


def _unwritten(eval_: ImportedEval) -> Fault:
    """What is lost with an eval of which no example could be carried."""
    listed = eval_.body["scorers"]
    names = [next(iter(each)) if isinstance(each, dict) else each for each in _listed(listed)]
    said = ", ".join(dict.fromkeys(f"`{name}`" for name in names))
    wrong = f"none of its examples could be carried, and so its scorers {said} are not written"
    return Mark(eval_.origin).fault(f"{wrong}: see above, or add an example to it")


def _listed(value: Plain) -> list[Plain]:
    return value if isinstance(value, list) else [value]


def _lines(rows: Iterator[dict[str, Plain]]) -> Iterator[str]:
    for row in rows:
        yield _encode(row) + "\n"


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _document(origin: str, body: Mapping[str, Plain]) -> str:
    kept = {key: value for key, value in body.items() if key != "scorers" or value}
    written = yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return f"# Imported from {' '.join(origin.split())}.\n{written}"

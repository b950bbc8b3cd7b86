"""Tables that `promptci export` wrote: evals with their examples and answers, not columns."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial

from msgspec import Struct, field

from promptci.errors import Fault
from promptci.importers.imported import (
    ExampleSet,
    Imported,
    ImportedEval,
    ImportedPrompt,
    OutputSet,
    Row,
    StandIn,
)
from promptci.importers.names import Names, slug
from promptci.parsing.datafile import DataRow, RowOrFault
from promptci.parsing.source import Mark, Plain

_OURS = ("eval", "model", "id", "tags", "expected", "answer", "fate", "score")
_DEFUSED = re.compile(r"'(?=[=+\-@\t\r])")
ReadRows = Callable[[], Iterator[RowOrFault]]


def is_own_table(columns: Sequence[str]) -> bool:
    """Whether `promptci export csv` and the like wrote a table with these columns."""
    return all(name in columns for name in _OURS)


class _Part(Struct):
    """One eval of the table: its columns of variables and of `meta`, and who answered."""

    variables: dict[str, None] = field(default_factory=dict)
    meta: dict[str, None] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)


def read_own_table(rows: ReadRows, path: str) -> Imported:
    """Read each eval with its examples once, and each model's answers as recorded outputs.

    Scorers and the prompt are not in such a table: ones to be edited are written.
    """
    found, names = Imported(), Names()
    parts: dict[str, _Part] = {}
    for row in rows():
        if isinstance(row, Fault):
            found.losses.append(row)
            continue
        part = parts.setdefault(_text(row, "eval"), _Part())
        part.variables |= _filled(row, "vars.")
        part.meta |= _filled(row, "meta.")
        part.models[_text(row, "model")] = None
    for name, part in parts.items():
        _add(name, part, rows, found, path, names.take(slug(name) or "examples"))
    said = "scorers are not in such a table: write those that judge the answers"
    found.notes.append(Mark(path).warning(said))
    return found


def _add(name: str, part: _Part, rows: ReadRows, found: Imported, path: str, called: str) -> None:
    variables = {column: column.removeprefix("vars.") for column in part.variables}
    meta = {column: column.removeprefix("meta.") for column in part.meta}
    texts = "\n".join(f"{{{{ {each} }}}}" for each in variables.values())
    prompt: dict[str, Plain] = {"messages": [{"role": "user", "content": texts or "TODO"}]}
    said = "prompts are not in such a table: one to be edited is written"
    made = StandIn(frozenset(variables.values()), said)
    found.prompts.append(ImportedPrompt(called, prompt, path, made))
    found.evals.append(ImportedEval(called, {"scorers": []}, called, path))
    examples = _Examples(name, variables, meta, rows, found, path)
    found.examples.append(ExampleSet(called, examples.all))
    for model in part.models:
        end = f"-{slug(model.rpartition('/')[2])}" if len(part.models) > 1 else ""
        if any(True for _ in examples.answers(model)):
            found.outputs.append(OutputSet(f"{called}{end}", partial(examples.answers, model)))


def _filled(row: DataRow, prefix: str) -> dict[str, None]:
    """The columns of one kind in which a row has something."""
    return {name: None for name, cell in row.values.items() if name.startswith(prefix) and cell}


class _Examples(Struct, frozen=True):
    """The examples of one eval, as often as they are asked for."""

    name: str
    variables: dict[str, str]
    meta: dict[str, str]
    rows: ReadRows
    found: Imported
    path: str

    def all(self) -> Iterator[Row]:
        """Each once, whatever models answered it, with a scorer of its own."""
        seen: set[str] = set()
        for row in self._own():
            ident = _text(row, "id")
            if ident in seen:
                continue
            seen.add(ident)
            self.found.place = Mark(self.path, row.line, 1)
            made: Row = {"id": ident, "vars": {}}
            made["vars"] = {
                name: _value(row.values.get(column)) for column, name in self.variables.items()
            }
            expected = _value(row.values["expected"])
            if expected not in ("", None):
                made["expected"] = expected
            made["scorers"] = ["short_answer" if "expected" in made else {"length": {"min": 1}}]
            if tags := [each for each in _text(row, "tags").split(";") if each]:
                made["tags"] = list(tags)
            meta = {name: row.values.get(column) for column, name in self.meta.items()}
            told = {name: _value(cell) for name, cell in meta.items() if cell not in ("", None)}
            yield made | ({"meta": told} if told else {})

    def answers(self, model: str) -> Iterator[Row]:
        """What a model answered, where that is in the table."""
        for row in self._own():
            answer = row.values["answer"]
            if _text(row, "model") == model and isinstance(answer, str) and answer:
                yield {"id": _text(row, "id"), "output": _undefused(answer)}

    def _own(self) -> Iterator[DataRow]:
        for row in self.rows():
            if isinstance(row, DataRow) and _text(row, "eval") == self.name:
                yield row


def _text(row: DataRow, column: str) -> str:
    value = row.values.get(column)
    return "" if value is None else _undefused(str(value))


def _undefused(text: str) -> str:
    """A text without the apostrophe that keeps a spreadsheet from taking it for a formula."""
    return _DEFUSED.sub("", text, count=1) if _DEFUSED.match(text) else text


def _value(cell: Plain) -> Plain:
    """A cell's value: a list or an object where it is one as `export` writes them."""
    if not isinstance(cell, str):
        return cell
    text = _undefused(cell)
    if text[:1] in "[{":
        with suppress(ValueError):
            read: Plain = json.loads(text)
            if json.dumps(read, ensure_ascii=False) == text:
                return read
    return text

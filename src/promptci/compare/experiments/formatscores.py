"""Scores of prompt formats that somebody else measured: a table with a row for each."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from re import Pattern
from typing import ClassVar

import msgspec
from msgspec import Struct, field

from promptci.compare.experiments.scorecells import as_number, cell_text
from promptci.compare.experiments.scoretable import (
    ID,
    MODEL,
    SCORES,
    ScoreTable,
    columns_of_each,
)
from promptci.compare.experiments.sensitivity import FormatScore, SensitivityResult
from promptci.compare.experiments.tablerows import TableForm, mapped_rows
from promptci.errors import Fault, SpecError
from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Mark, excerpt

NAME = "format"
_NUMBERED = re.compile(
    r"(?:format|fmt|prompt|template|paraphrase|variant|wording)[\W_]*\d+(?:[\W_]\w+)?",
    re.IGNORECASE,
)
"""How columns are called that hold the scores of one format each."""


class FormatTable(ScoreTable, frozen=True):
    """A table of scores by format.

    `axes` are what formats differ in, else all columns that tell some formats from others;
    `most_spread` is what is allowed.
    """

    BY: ClassVar[tuple[str, ...]] = ("task", "dataset", "benchmark", "subtask", "split")
    CALLED: ClassVar[tuple[str, ...]] = (
        *(*SCORES, "exact_match", "em", "correct", "is_correct", "success"),
    )
    KNOWN: ClassVar[frozenset[str]] = frozenset((ID, MODEL, NAME, *BY))
    ALIASES: ClassVar[Mapping[str, str]] = {
        **ScoreTable.ALIASES,
        **dict.fromkeys(("example_id", "instance_id", "question_id", "item_id"), ID),
        **dict.fromkeys(("example", "instance", "question"), ID),
        **dict.fromkeys(("format_id", "prompt_format_id", "prompt_id", "template_id"), NAME),
        **{"task_name": "task", "dataset_name": "dataset"},
    }
    FORMS: ClassVar[tuple[TableForm, ...]] = (*ScoreTable.FORMS, mapped_rows)
    OF_EACH: ClassVar[Pattern[str]] = re.compile(
        rf"{columns_of_each(*SCORES).pattern}|{_NUMBERED.pattern}", re.IGNORECASE
    )

    axes: tuple[str, ...] = ()
    most_spread: float | None = None

    def _apart(self, rows: list[DataRow]) -> list[DataRow]:
        """The axes that a `format` maps are columns of their own."""
        given = [row.values.get(NAME) for row in rows]
        if not all(isinstance(each, dict) and each for each in given):
            return rows
        return [
            DataRow(row.line, {**{n: v for n, v in row.values.items() if n != NAME}, **axes})
            for row, axes in zip(rows, given, strict=True)
            if isinstance(axes, dict)
        ]

    def _within(self, scores: Sequence[str]) -> str:
        """Formats, where columns are numbered as such, as `prompt_3` is."""
        return NAME if all(_NUMBERED.fullmatch(name) for name in self._names(scores)) else ""


def read_format_scores(table: FormatTable) -> tuple[SensitivityResult, ...]:
    """How much the scores in a table depend on the format, for each model in it.

    A row has a score, and what its format is in further columns (`format` is its name, or in JSONL
    a mapping of its axes); with `id` it is the score of one example. Raises `SpecError` with every
    fault and its line.
    """
    scored = table.read(table.axes)
    faults: list[Fault] = []
    found = []
    for key, each in scored.groups.items():
        values = _values(each, {scored.score, ID, NAME, *scored.by})
        own = table.axes or _axes(each, values)
        name = NAME if NAME in each[0].values else _naming(each, values, own)
        group = _Group(table, scored.score, own, name, faults)
        formats = group.read(each)
        left = tuple(n for n in values if n not in (*own, name) and len(values[n]) > 1)
        if len(formats) < 2 and not faults:
            wrong = "there is one format alone: a spread needs two, in a row each"
            faults.append(Mark(table.path, each[0].line, 1).fault(wrong))
        label, whose = table.label or table.path, ", ".join(key)
        most = table.most_spread
        found.append(SensitivityResult(label, whose, formats, most, has_own=False, left_out=left))
    if faults:
        raise SpecError(faults)
    return tuple(found)


class _Group(Struct):
    """The formats of one result as they are read."""

    table: FormatTable
    score: str
    axes: tuple[str, ...]
    name: str
    faults: list[Fault]
    _lines: dict[tuple[str, str], int] = field(default_factory=dict)
    _told: frozenset[str] = frozenset()

    def read(self, rows: Sequence[DataRow]) -> tuple[FormatScore, ...]:
        """Its formats, in the order of the table."""
        parts: dict[str, Mapping[str, str]] = {}
        names: dict[str, str] = {}
        scores: dict[str, dict[str, float]] = defaultdict(dict)
        given: dict[str, float] = {}
        for row in rows:
            key, value = self._key(row), self._number(row)
            id_ = cell_text(row.values[ID]) if ID in row.values else ""
            if value is None or self._is_told_twice(row, key, id_):
                continue
            is_told = not row.values.keys().isdisjoint(self.axes)
            told = self.axes if is_told else ()
            parts[key] = {axis: cell_text(row.values.get(axis)) for axis in told}
            names[key] = cell_text(row.values.get(self.name, ""))
            if ID in row.values:
                scores[key][id_] = value
            else:
                given[key] = value
        return tuple(
            FormatScore(parts[key], scores[key], given=given.get(key), name=names[key])
            for key in parts
        )

    def _key(self, row: DataRow) -> str:
        """What tells a format from others: of single examples its name and axes, else all."""
        left = {ID, self.score}
        own = (
            (*self.axes, self.name)
            if ID in row.values
            else (n for n in row.values if n not in left)
        )
        return msgspec.json.encode([[n, row.values.get(n)] for n in own], order="sorted").decode()

    def _is_told_twice(self, row: DataRow, key: str, id_: str) -> bool:
        first = self._lines.setdefault((key, id_), row.line)
        if first == row.line:
            return False
        what = f"example `{excerpt(id_)}` in" if ID in row.values else "the format of"
        cure = "keep one, or name the column that tells them apart with --axis or --by"
        wrong = f"a second score for {what} line {first}: {cure}"
        if self._is_new("twice"):
            self.faults.append(Mark(self.table.path, row.line, 1).fault(wrong))
        return True

    def _number(self, row: DataRow) -> float | None:
        value = self.table.number(row, self.score)
        if isinstance(value, Fault):
            if self._is_new("number"):
                self.faults.append(value)
            return None
        return value

    def _is_new(self, kind: str) -> bool:
        """Whether nothing of the kind was reported: what ails one row of a table ails most."""
        seen, self._told = kind in self._told, self._told | {kind}
        return not seen


def _values(rows: Sequence[DataRow], taken: set[str]) -> Mapping[str, set[str]]:
    """The values of each column that is not taken."""
    values: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name in row.values.keys() - taken:
            values[name].add(cell_text(row.values[name]))
    columns = dict.fromkeys(name for row in rows for name in row.values)
    return {name: values[name] for name in columns if name in values}


def _axes(rows: Sequence[DataRow], values: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The columns that formats differ in: not another value in nearly every row, nor the same."""
    of_one = Counter(cell_text(row.values.get(ID)) for row in rows)
    most = max(2, max(of_one.values()) // 2)
    return tuple(name for name, found in values.items() if 2 <= len(found) <= most)


def _naming(rows: Sequence[DataRow], values: Mapping[str, set[str]], axes: Sequence[str]) -> str:
    """A column that is another in each row, which is what formats are called: words, or counted."""
    for is_name in (lambda text: as_number(text) is None, str.isdecimal):
        for name, found in values.items():
            if name not in axes and len(found) == len(rows) and all(map(is_name, found)):
                return name
    return ""

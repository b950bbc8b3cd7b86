"""Scores of prompt formats that somebody else measured: a table with a row for each."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import islice
from typing import BinaryIO

import msgspec

from promptci.compare.sensitivity import FormatScore, SensitivityResult
from promptci.errors import Fault, SpecError
from promptci.lateclass import dataclass
from promptci.parsing.datafile import DataRow, read_csv, read_jsonl
from promptci.parsing.source import Mark, Plain, did_you_mean, excerpt

SCORES = ("score", "accuracy", "acc")
"""How the column of scores may be called, unless it is said."""
ID, NAME, MODEL = "id", "format", "model"


@dataclass(frozen=True, slots=True)
class FormatTable:
    """A table of scores, and what its columns are.

    A result is made for each value of the columns `by`, which are `model` unless said. `axes` are
    what formats differ in, else all columns that tell some formats from others. `out_of` is the
    largest score that there may be. `label` is whose formats they are.
    """

    file: BinaryIO
    path: str
    score: str = ""
    by: tuple[str, ...] = ()
    axes: tuple[str, ...] = ()
    out_of: float = 1.0
    label: str = ""
    most_spread: float | None = None


def read_format_scores(table: FormatTable) -> tuple[SensitivityResult, ...]:
    """How much the scores in a table depend on the format, for each model in it.

    A row has a score, and what its format is in further columns (`format` is its name, or in JSONL
    a mapping of its axes); with `id` it is the score of one example. Raises `SpecError` with every
    fault and its line.
    """
    rows = _rows(table)
    score = _score_column(table, rows)
    by = table.by or tuple(name for name in (MODEL,) if name in rows[0].values)
    _check_columns(table, rows, (*by, *table.axes))
    groups: dict[tuple[str, ...], list[DataRow]] = defaultdict(list)
    for row in rows:
        groups[tuple(_text(row.values.get(name)) for name in by)].append(row)
    faults: list[Fault] = []
    found = []
    for key, each in groups.items():
        values = _values(each, {score, ID, NAME, *by})
        own = table.axes or _axes(each, values)
        name = NAME if NAME in rows[0].values else _naming(each, values, own)
        group = _Group(table, score, own, name, faults)
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


@dataclass(slots=True)
class _Group:
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
            id_ = _text(row.values[ID]) if ID in row.values else ""
            if value is None or self._is_told_twice(row, key, id_):
                continue
            parts[key] = {axis: _text(row.values.get(axis)) for axis in self.axes}
            names[key] = _text(row.values.get(self.name, ""))
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
        said = row.values.get(self.score)
        wrong = ""
        try:
            value = float(said)  # type: ignore[arg-type]  # what is no number is caught
        except (TypeError, ValueError):
            value, wrong = math.nan, f"`{self.score}` is `{excerpt(_text(said))}`: write a number"
        value /= self.table.out_of
        if not wrong and not 0 <= value <= 1:
            most = f"{self.table.out_of:g}"
            cure = "say the largest that there may be, as in --out-of 100 for percent"
            wrong = (
                f"`{self.score}` is {excerpt(_text(said))}, which is not from 0 to {most}: {cure}"
            )
        if wrong and self._is_new("number"):
            self.faults.append(Mark(self.table.path, row.line, 1).fault(wrong))
        return None if wrong else value

    def _is_new(self, kind: str) -> bool:
        """Whether nothing of the kind was told: what ails one row of a table ails most."""
        seen, self._told = kind in self._told, self._told | {kind}
        return not seen


def _rows(table: FormatTable) -> list[DataRow]:
    found, faults = [], []
    for row in _read(table):
        if isinstance(row, Fault):
            faults.append(row)
        else:
            found.append(_spread_out(row))
    if faults or not found:
        nothing = Mark(table.path).fault("the table has no rows: write one for each format")
        raise SpecError(faults or [nothing])
    return found


def _read(table: FormatTable) -> Iterator[DataRow | Fault]:
    """Rows of JSONL or CSV, told by how the file begins."""
    table.file.seek(0)
    begins = table.file.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    table.file.seek(0)
    reader = read_jsonl if begins in (b"{", b"[") else read_csv
    yield from reader(table.file, table.path)


def _spread_out(row: DataRow) -> DataRow:
    """A row whose `format` is a mapping, with its axes as columns."""
    parts = row.values.get(NAME)
    if not isinstance(parts, dict):
        return row
    rest = {name: value for name, value in row.values.items() if name != NAME}
    return DataRow(row.line, {**rest, **parts})


def _score_column(table: FormatTable, rows: Sequence[DataRow]) -> str:
    columns = list(dict.fromkeys(name for row in islice(rows, 100) for name in row.values))
    wanted = (table.score,) if table.score else SCORES
    for name in wanted:
        if name in columns:
            return name
    if table.score:
        cure = did_you_mean(table.score, columns)
        wrong = f"there is no column `{excerpt(table.score)}`: {cure}"
    else:
        listed = ", ".join(f"`{excerpt(name)}`" for name in columns[:12])
        wrong = (
            f"none of the columns {listed} is `score` or `accuracy`: name it with --score-column"
        )
    raise SpecError([Mark(table.path, rows[0].line, 1).fault(wrong)])


def _check_columns(table: FormatTable, rows: Sequence[DataRow], names: Sequence[str]) -> None:
    columns = {name for row in rows for name in row.values}
    faults = [
        Mark(table.path, rows[0].line, 1).fault(
            f"there is no column `{excerpt(name)}`: {did_you_mean(name, columns)}"
        )
        for name in names
        if name not in columns
    ]
    if faults:
        raise SpecError(faults)


def _values(rows: Sequence[DataRow], taken: set[str]) -> Mapping[str, set[str]]:
    """The values of each column that is not taken."""
    values: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name in row.values.keys() - taken:
            values[name].add(_text(row.values[name]))
    columns = dict.fromkeys(name for row in rows for name in row.values)
    return {name: values[name] for name in columns if name in values}


def _axes(rows: Sequence[DataRow], values: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The columns that formats differ in: not another value in nearly every row, nor the same."""
    of_one = Counter(_text(row.values.get(ID)) for row in rows)
    most = max(2, max(of_one.values()) // 2)
    return tuple(name for name, found in values.items() if 2 <= len(found) <= most)


def _naming(rows: Sequence[DataRow], values: Mapping[str, set[str]], axes: Sequence[str]) -> str:
    """A column of words that is another in each row, which is what formats are called."""
    for name, found in values.items():
        if name not in axes and len(found) == len(rows) and not _is_number(next(iter(found))):
            return name
    return ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text(value: Plain) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()

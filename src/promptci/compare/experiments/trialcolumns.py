"""Which columns of a table of trials say whose trial a row is, and which trial."""

import re
import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from promptci.compare.experiments.scorecells import as_number, cell_text
from promptci.compare.experiments.scoretable import (
    ID,
    TRIAL,
    plain_name,
)
from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Plain, excerpt

IDS = (ID, "example", "task_id", "task")
"""How the column of examples may be called."""
_ANY_ID = re.compile(r".+[\W_]id", re.IGNORECASE)
_NO_ID = re.compile("trial|run|attempt|session|model", re.IGNORECASE)
_TRIALS = re.compile(
    r"(trial|epoch|attempt|run|repeat|repetition|iteration|rollout|seed|sample)"
    r"(_(id|no|num|number|index|idx))?"
)
"""How the column of trials may be called."""
_MOST_APART = 50
"""Values of a column by which trials are told apart, at most."""


def id_column(columns: Mapping[str, Plain]) -> str:
    """The column that says whose trial a row is: one known, else the one of a name like `item_id`.

    An empty text where there is none, or more than one.
    """
    if known := next((name for name in IDS if name in columns), ""):
        return known
    ids = [name for name in columns if _ANY_ID.fullmatch(name) and not _NO_ID.match(name)]
    return ids[0] if len(ids) == 1 else ""


def is_of_trials(column: str) -> bool:
    """Whether a column is called as one that says which trial a row is."""
    return _TRIALS.fullmatch(plain_name(column)) is not None


def with_trials(rows: list[DataRow], by: Sequence[str]) -> list[DataRow]:
    """The rows with the column of trials under its name, where it has another.

    It is one such as `run`, `epoch` or `Attempt #` that tells the rows of some example apart.
    """
    first = rows[0].values
    if any(plain_name(name) == TRIAL for name in first):
        return rows
    for name in first:
        rest = {key: value for key, value in first.items() if key != name}
        whose = next((key for key in rest if plain_name(key) in IDS), "") or id_column(rest)
        if name not in by and whose and is_of_trials(name):
            cells = defaultdict[str, set[str]](set)
            for row in rows:
                cells[cell_text(row.values.get(whose))].add(cell_text(row.values.get(name)))
            if any(len(found) > 1 for found in cells.values()):
                return [DataRow(row.line, _renamed(row.values, name)) for row in rows]
    return rows


def _renamed(values: Mapping[str, Plain], name: str) -> dict[str, Plain]:
    return {TRIAL if key == name else key: value for key, value in values.items()}


def telling_apart(rows: Sequence[DataRow], taken: Sequence[str]) -> str:
    """The columns with which no example has a trial twice, as an option takes them; else empty."""
    whose = taken[1]
    for name in _others(rows, {*taken, TRIAL}):
        keys = [
            tuple(cell_text(row.values.get(key)) for key in (name, whose, TRIAL)) for row in rows
        ]
        if len({key[0] for key in keys}) <= _MOST_APART and len(set(keys)) == len(keys):
            return f" {shlex.quote(excerpt(name))}"
    return ""


def counted_together(rows: Sequence[DataRow], taken: Sequence[str]) -> tuple[str, int]:
    """A column of words of which every example has each value as often, and how many there are.

    So it is with agents of whom each tried every task: their trials are counted together. An empty
    text where there is none, or where trials are numbered.
    """
    whose = taken[1]
    if any(TRIAL in row.values for row in rows):
        return "", 0
    for name in _others(rows, {*taken}):
        times = defaultdict[str, dict[str, int]](dict)
        for row in rows:
            own, value = times[cell_text(row.values.get(whose))], cell_text(row.values.get(name))
            own[value] = own.get(value, 0) + 1
        each = [*times.values()]
        is_crossed = len({*each[0].values()}) == 1 and all(own == each[0] for own in each)
        if 1 < len(each[0]) <= _MOST_APART and len(each) > 1 and is_crossed:
            return name, len(each[0])
    return "", 0


def _others(rows: Sequence[DataRow], taken: set[str]) -> Iterator[str]:
    """Columns of words that every row has, but for those that are taken."""
    for name in rows[0].values:
        if name not in taken:
            cells = [row.values.get(name) for row in rows]
            if all(isinstance(cell, str) and as_number(cell) is None for cell in cells):
                yield name

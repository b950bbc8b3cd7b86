"""Whether two results of queries are the same: multisets of rows, floats within a tolerance."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose
from typing import TypeAlias

Cell: TypeAlias = int | float | str | bytes | None
TableRow: TypeAlias = tuple[Cell, ...]

MOST_MATCHED = 500
"""Rows left over that are matched one with another; with more of them, only in sorted order."""


@dataclass(frozen=True, slots=True)
class Table:
    """What a query gave."""

    columns: tuple[str, ...]
    rows: Sequence[TableRow]


def difference(
    wanted: Table, given: Table, *, tolerance: float, ordered: bool, by_name: bool
) -> str:
    """Why a result is not the one wanted, in a few words; empty if it is.

    `tolerance` is relative, and absolute near zero; 1 equals 1.0. Columns are compared by position
    unless `by_name`, which knows no case and no order of columns.
    """
    if by_name:
        arranged = _arranged(wanted.columns, given)
        if isinstance(arranged, str):
            return arranged
        given = arranged
    if len(wanted.columns) != len(given.columns):
        return f"{_count(len(given.columns), 'column')} instead of {len(wanted.columns)}"
    if len(wanted.rows) != len(given.rows):
        return f"{_count(len(given.rows), 'row')} instead of {len(wanted.rows)}"
    stray = _unmatched(wanted.rows, given.rows, tolerance)
    if stray is not None:
        missing, surplus = stray
        return f"the row {_shown(missing)} is missing, {_shown(surplus)} is there instead"
    if ordered and not all(
        _same(one, other, tolerance) for one, other in zip(wanted.rows, given.rows, strict=True)
    ):
        return "the right rows in another order"
    return ""


def _arranged(columns: tuple[str, ...], given: Table) -> Table | str:
    """The given table with its columns in the wanted order, or why that cannot be."""
    names = [name.casefold() for name in given.columns]
    wanted = [name.casefold() for name in columns]
    if sorted(names) != sorted(wanted):
        return f"the columns {', '.join(given.columns)} instead of {', '.join(columns)}"
    if len(set(names)) < len(names):
        return given if names == wanted else "two columns have the same name"
    places = [names.index(name) for name in wanted]
    return Table(columns, [tuple(row[place] for place in places) for row in given.rows])


def _unmatched(
    wanted: Sequence[TableRow], given: Sequence[TableRow], tolerance: float
) -> tuple[TableRow, TableRow] | None:
    """A wanted row that was not given and a given one that is not wanted; None if all match."""
    missing = Counter(map(_exact, wanted))
    surplus = []
    for row in given:
        key = _exact(row)
        if missing[key]:
            missing[key] -= 1
        else:
            surplus.append(row)
    left: list[TableRow] = []
    for row in wanted:
        key = _exact(row)
        if missing[key]:
            missing[key] -= 1
            left.append(row)
    return _paired(left, surplus, tolerance)


def _paired(
    left: Sequence[TableRow], surplus: Sequence[TableRow], tolerance: float
) -> tuple[TableRow, TableRow] | None:
    """The same for rows that are not equal to the last digit, group by group of equal texts."""
    groups: dict[tuple[object, ...], tuple[list[TableRow], list[TableRow]]] = defaultdict(
        lambda: ([], [])
    )
    for side, rows in enumerate((left, surplus)):
        for row in rows:
            groups[_texts(row)][side].append(row)
    odd: tuple[list[TableRow], list[TableRow]] = ([], [])
    for ours, theirs in groups.values():
        for side, rows in enumerate(_leftovers(ours, theirs, tolerance)):
            odd[side].extend(rows)
    return (odd[0][0], odd[1][0]) if odd[0] else None


def _leftovers(
    ours: list[TableRow], theirs: list[TableRow], tolerance: float
) -> tuple[list[TableRow], list[TableRow]]:
    """The rows without a partner; none where sorted rows fit one by one."""
    ours, theirs = sorted(ours, key=_numbers), sorted(theirs, key=_numbers)
    pairs = zip(ours, theirs, strict=False)
    if len(ours) == len(theirs) and all(_same(one, two, tolerance) for one, two in pairs):
        return [], []
    if max(len(ours), len(theirs)) > MOST_MATCHED:
        return ours, theirs
    without = []
    for row in ours:
        place = next((n for n, two in enumerate(theirs) if _same(row, two, tolerance)), None)
        if place is None:
            without.append(row)
        else:
            del theirs[place]
    return without, theirs


def _exact(row: TableRow) -> tuple[object, ...]:
    """Equal for rows that are equal to the last digit. A text is never a number, nor bytes."""
    return tuple((type(cell) is bytes, cell) for cell in row)


def _texts(row: TableRow) -> tuple[object, ...]:
    """A row without its numbers."""
    return tuple(0 if isinstance(cell, int | float) else (type(cell), cell) for cell in row)


def _numbers(row: TableRow) -> list[float]:
    # An integer of 64 bits may be rounded here: this only sorts.
    return [float(cell) for cell in row if isinstance(cell, int | float)]


def _same(one: TableRow, two: TableRow, tolerance: float) -> bool:
    return all(_equal(mine, yours, tolerance) for mine, yours in zip(one, two, strict=True))


def _equal(one: Cell, two: Cell, tolerance: float) -> bool:
    if isinstance(one, int) and isinstance(two, int):
        return one == two
    if isinstance(one, int | float) and isinstance(two, int | float):
        return isclose(one, two, rel_tol=tolerance, abs_tol=tolerance)
    return type(one) is type(two) and one == two


def _shown(row: TableRow) -> str:
    text = ", ".join("NULL" if cell is None else repr(cell)[:40] for cell in row[:6])
    return f"({text}{', …' if len(row) > 6 else ''})"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

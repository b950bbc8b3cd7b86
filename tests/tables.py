"""Tables of cases: one test tries every row and tells all those that fail.

`pytest.mark.parametrize` makes a test of each row, and some milliseconds of setting up beside
microseconds of work. It stays where a row needs a folder, a server or a model of its own.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self

import pytest


def every_row(
    names: str | Sequence[str], rows: Iterable[object]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Try a test with every row of a table, whatever became of the rows before.

    `names` are those of the parameters that a row fills, "a, b" or ("a", "b"); a row of one name
    is its value. Raises a `BaseExceptionGroup` of what the failing rows raised, each with a note
    of its row.
    """
    columns = [name.strip() for name in names.split(",")] if isinstance(names, str) else names
    table = [_values(row, len(columns)) for row in rows]
    assert table, "a table without rows proves nothing"

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def try_all(**fixtures: Any) -> None:
            failures = _Failures()
            for values in table:
                with failures.of(values):
                    test(**fixtures, **dict(zip(columns, values, strict=True)))
            failures.tell(len(table))

        taken = inspect.signature(test)
        left = [kind for name, kind in taken.parameters.items() if name not in columns]
        try_all.__signature__ = taken.replace(parameters=left)  # type: ignore[attr-defined]
        return try_all

    return decorate


def _values(row: Any, count: int) -> Sequence[object]:
    if count == 1:
        return (row,)
    assert len(row) == count, f"{row!r} has not {count} values"
    return tuple(row)


class _Failures:
    """What rows raised."""

    def __init__(self) -> None:
        self._raised: list[BaseException] = []
        self._row: object = None

    def of(self, row: object) -> Self:
        self._row = row
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, raised: BaseException | None, where: object) -> bool:
        if not isinstance(raised, (Exception, pytest.fail.Exception)):
            return False
        raised.add_note(f"row: {self._row!r}")
        self._raised.append(raised)
        return True

    def tell(self, count: int) -> None:
        if self._raised:
            raise BaseExceptionGroup(f"{len(self._raised)} of {count} rows", self._raised)

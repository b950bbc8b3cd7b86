"""What a table's file has beside the rows that are read, or is kept as mere text."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from promptci.errors import Fault
from promptci.importers.names import Names
from promptci.importers.spreadsheets.columnnames import is_variable, slug_variable
from promptci.importers.spreadsheets.jsonrows import told_beside_rows
from promptci.parsing.datafile import DataRow
from promptci.parsing.source import Mark, excerpt
from promptci.parsing.tablefile import columns_of_bytes, other_sheets


def told_left_out(data: bytes, path: str) -> Iterator[Fault]:
    """A loss for each key, sheet or column of which nothing is read."""
    tell = _TELLING.get(PurePosixPath(path).suffix.lower())
    return iter(()) if tell is None else tell(data, path)


def _other_sheets(data: bytes, path: str) -> Iterator[Fault]:
    for name in other_sheets(data, path):
        wrong = f"the sheet `{excerpt(name)}` is left out, only the first is read"
        yield Mark(path).fault(f"{wrong}: save it as a file of its own")


def _columns_of_bytes(data: bytes, path: str) -> Iterator[Fault]:
    for name in columns_of_bytes(data, path):
        wrong = f"the column `{excerpt(name)}` is left out, since it holds bytes"
        yield Mark(path, 1, 1).fault(f"{wrong}: save them as files and name those in turns")


_TELLING: Mapping[str, Callable[[bytes, str], Iterator[Fault]]] = {
    ".json": told_beside_rows,
    ".xlsx": _other_sheets,
    ".parquet": _columns_of_bytes,
}


_DECIMAL = re.compile(r"[+-]?(?:\d{1,3}(?:[. ]\d{3})+|\d+),\d{1,2}")


def decimal_commas(rows: Iterable[DataRow], path: str, columns: list[str]) -> Iterator[Fault]:
    """Columns whose numbers are written as in much of Europe, each with its first such number."""
    told: set[str] = set()
    for row in rows:
        for column in columns:
            value = row.values.get(column)
            if column not in told and isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
                told.add(column)
                said = f"`{excerpt(column)}` has a decimal comma in `{excerpt(value)}`"
                cure = "`numeric: {decimal_comma: true}` reads it as a number"
                yield Mark(path, row.line, 1).warning(f"{said}, kept as text: {cure}")


def left_out_columns(spare: list[str], taken: Names, path: str) -> Iterator[Fault]:
    """That these columns are left out, and how each would be taken."""
    for column in spare:
        own = slug_variable(column)
        called, kind = (taken.take(own), " as a variable") if is_variable(own) else (own, "")
        wrong = f"the column `{excerpt(column)}` is left out"
        cure = f"--map {called}={column!r} takes it{kind}"
        yield Mark(path, 1, 1).fault(f"{wrong}: {cure}")

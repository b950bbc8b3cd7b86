"""What stands in a table's file beside the rows that are read."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from promptci.errors import Fault
from promptci.importers.spreadsheets.jsonrows import told_beside_rows
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

"""The rows of a file of outputs: JSON lines, one JSON array, or a table."""

import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import BinaryIO, cast

from promptci.parsing.datafile import DataRow, RowOrFault, read_csv, read_jsonl
from promptci.parsing.delimiter import likely_delimiter
from promptci.parsing.logged.loggedvalues import unpacked
from promptci.parsing.source import Plain

_TABLES = (".csv", ".tsv")
_NUMBERS = ("trial", "latency", "cost")
_TEXTS = ("id", "output", "finish_reason", "reasoning_content")
_NUMBERED = re.compile(
    r"(?:output|sample|response|completion|generation|vote|answer|trial|run)[\W_]*(\d+)"
)
"""Columns of a table that hold one of several outputs each."""


class OutputRows:
    """The rows of a file, and `file`, in which each can be read again as a JSON line.

    JSON lines stay where they are. An array and a table are kept in memory as such lines.
    """

    def __init__(self, file: BinaryIO, path: str) -> None:
        self._given, self.path = file, path
        file.seek(0)
        begins = file.readline(1 << 20).decode("utf-8-sig", "replace").strip()
        file.seek(0)
        self._is_table = begins[:1] not in ("{", "[") and _is_header(begins, path)
        self._stays = not self._is_table and not begins.startswith("[")
        self.file: BinaryIO = file if self._stays else BytesIO()

    def __iter__(self) -> Iterator[tuple[RowOrFault, int]]:
        """Each row, or what is wrong with it, and the byte of `file` that its line begins at."""
        if self._stays:
            lines = _Lines(self._given)
            for row in read_jsonl(cast(BinaryIO, lines), self.path):
                yield row, lines.begun
            return
        for row in self._read():
            begun = self.file.tell()
            if isinstance(row, DataRow):
                self.file.write(json.dumps(row.values, ensure_ascii=False).encode() + b"\n")
            yield row, begun

    def _read(self) -> Iterator[RowOrFault]:
        if not self._is_table:
            yield from read_jsonl(self._given, self.path)
            return
        for row in read_csv(self._given, self.path, any_delimiter=True):
            yield DataRow(row.line, _as_output(row.values)) if isinstance(row, DataRow) else row


def _is_header(line: str, path: str) -> bool:
    """Whether a first line names the columns of a table."""
    names = (cell.strip().strip('"').casefold() for cell in line.split(likely_delimiter(line)))
    return path.lower().endswith(_TABLES) or "id" in names


def _as_output(cells: Mapping[str, Plain]) -> dict[str, Plain]:
    """A row of a table as a line has it: an empty cell is not given, but for an `output`."""
    row: dict[str, Plain] = {}
    listed: dict[int, Plain] = {}
    for column, cell in cells.items():
        name = column.strip().casefold()
        number = _NUMBERED.fullmatch(name)
        if cell == "" and name != "output":
            continue
        if number is not None:
            listed[int(number[1])] = cell
        elif name in _NUMBERS:
            row[name] = _number(cell)
        else:
            row[name] = cell if name in _TEXTS else unpacked(cell)
    if listed and "output" not in row:
        row["outputs"] = [listed[n] for n in sorted(listed)]
    return row


def _number(cell: Plain) -> Plain:
    """A cell as the number in it; as it is where it holds none, which whoever reads it tells."""
    text = str(cell).strip()
    try:
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        return cell


class _Lines:
    """A stream whose lines are counted in bytes, as `read_jsonl` reads it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._next = self.begun = 0

    def readline(self, limit: int) -> bytes:
        """The next line; `begun` is the byte it begins at."""
        line = self._file.readline(limit)
        self.begun, self._next = self._next, self._next + len(line)
        return line

"""The cells of a worksheet, straight from its XML (ECMA-376-1, 18.3): row by row, in one pass."""

import re
from collections.abc import Callable, Container, Iterator
from datetime import datetime
from typing import IO
from xml.parsers import expat

from msgspec import Struct, field

_Cell = str | int | float | bool | object | None
UNCOMPUTED = object()
"""The text of a cell whose formula was never computed, as a library writes it."""
_CHUNK = 1 << 16
_MOST_COLUMNS = 16_384
_PLACE = re.compile(r"[A-Z]+")
_TAKEN = frozenset(("v", "t"))
"""Elements whose text is a cell's: a value, or a piece of an inline text."""


class _Taking(Struct):
    """Gathers the text of some elements; `parser` calls it for what it meets."""

    parts: list[str] = field(default_factory=list)
    readings: int = 0
    _tags: dict[str, str] = field(default_factory=dict)

    def tag(self, name: str) -> str:
        """An element's name without its namespace, which is told apart once for each name."""
        found = self._tags.get(name)
        if found is None:
            found = self._tags[name] = name.rpartition(" ")[2]
        return found

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins whose text is not taken."""

    def finish(self, tag: str) -> None:
        """Such an element ends."""


def _parsed(file: IO[bytes], taking: _Taking) -> Iterator[None]:
    """Drive a reader with the events of a file, a piece at a time."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    take, tag = taking.parts.append, taking.tag

    def start(name: str, attributes: dict[str, str]) -> None:
        what = tag(name)
        if what in _TAKEN:
            parser.CharacterDataHandler = None if taking.readings else take
        else:
            taking.begin(what, attributes)

    def end(name: str) -> None:
        what = tag(name)
        if what in _TAKEN:
            parser.CharacterDataHandler = None
        else:
            taking.finish(what)

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        while chunk := file.read(_CHUNK):
            parser.Parse(chunk, False)
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None


def _refuse(*_: object) -> None:
    raise ValueError("its XML has a document type")


class _TextReader(_Taking):
    """Reads the table of shared texts."""

    found: list[str] = field(default_factory=list)

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """A text begins, or the reading of one in another script."""
        if tag == "si":
            self.parts.clear()
        elif tag == "rPh":
            self.readings += 1

    def finish(self, tag: str) -> None:
        """It ends."""
        if tag == "si":
            self.found.append("".join(self.parts))
        elif tag == "rPh":
            self.readings -= 1


class SharedTexts:
    """The texts that cells refer to by number, read no further than is asked for."""

    def __init__(self, table: IO[bytes] | None) -> None:
        """Over the table of a workbook, where it has one."""
        self._reader = _TextReader()
        self._steps = iter(()) if table is None else _parsed(table, self._reader)

    def __getitem__(self, number: int) -> str:
        """A text without its formats and readings. Raises `IndexError` beyond the last."""
        found = self._reader.found
        while number >= len(found):
            if next(self._steps, _END) is _END:
                break
        return found[number]


_END = object()


class CellTypes(Struct, frozen=True):
    """What a workbook says of its cells: shared texts, and which styles are dates or spans."""

    strings: SharedTexts
    dates: Container[int]
    spans: Container[int]
    as_date: Callable[..., object]


def sheet_rows(sheet: IO[bytes], types: CellTypes) -> Iterator[tuple[int, list[_Cell]]]:
    """Each row's number and cells; rows and cells that are not written are empty.

    Raises `ValueError` for what is no worksheet, and for XML with a document type.
    """
    reader = _Reader(types=types)
    number = 0
    for _ in _parsed(sheet, reader):
        for at, cells in reader.rows:
            while number + 1 < at:
                number += 1
                yield number, []
            number += 1
            yield number, cells
        reader.rows.clear()


class _Reader(_Taking, kw_only=True):
    """Reads one worksheet; `rows` are those that are whole."""

    types: CellTypes
    rows: list[tuple[int, list[_Cell]]] = field(default_factory=list)
    row: list[_Cell] = field(default_factory=list)
    number: int = 0
    column: int = 0
    is_formula: bool = False
    kind: str | None = None
    style: str | None = None
    columns: dict[str, int] = field(default_factory=dict)

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """A cell or a row begins."""
        if tag == "c":
            self.kind, self.style = attributes.get("t"), attributes.get("s")
            self.column = self._at(attributes["r"]) if "r" in attributes else self.column + 1
            self.parts.clear()
            self.is_formula = False
        elif tag == "f":
            self.is_formula = True
        elif tag == "row":
            self.row, self.column = [], 0
            self.number = int(attributes.get("r", self.number + 1))
        elif tag == "rPh":
            self.readings += 1

    def finish(self, tag: str) -> None:
        """It ends."""
        if tag == "c":
            row = self.row
            if len(row) != self.column - 1:
                row.extend([None] * (self.column - 1 - len(row)))
            row.append(self._value("".join(self.parts)))
        elif tag == "row":
            self.rows.append((self.number, self.row))
        elif tag == "rPh":
            self.readings -= 1

    def _at(self, place: str) -> int:
        """A column's number by a cell's place, from 1. Raises `ValueError` beyond the last, XFD."""
        found = _PLACE.match(place)
        letters = found[0] if found else ""
        known = self.columns.get(letters)
        if known is None:
            known = 0
            for letter in letters[:4]:
                known = known * 26 + ord(letter) - 64
            if not 1 <= known <= _MOST_COLUMNS:
                raise ValueError(f"it has no column {letters[:8]}")
            self.columns[letters] = known
        return known

    def _value(self, text: str) -> _Cell:
        """A cell's value by its type (18.18.11)."""
        kind = self.kind
        if kind in ("inlineStr", "str", "e"):
            return text
        if not text:
            return UNCOMPUTED if self.is_formula else None
        if kind == "s":
            return self.types.strings[int(text)]
        if kind == "b":
            return bool(int(text))
        if kind == "d":
            return datetime.fromisoformat(text)
        number = float(text) if "." in text or "E" in text or "e" in text else int(text)
        style = 0 if self.style is None else int(self.style)
        if style in self.types.dates:
            return self.types.as_date(number, is_span=style in self.types.spans)
        return number

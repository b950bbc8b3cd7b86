"""Golden examples in JSONL and CSV files, row by row, with the line of every row and fault."""

import csv
import re
from collections.abc import Iterable, Iterator
from functools import partial
from io import BytesIO
from itertools import chain, repeat
from typing import BinaryIO, TypeAlias

from msgspec import Struct

from promptci.errors import Fault, SpecError
from promptci.parsing.delimiter import likely_delimiter
from promptci.parsing.gitmarks import conflict_fault, opens_conflict
from promptci.parsing.headerline import (
    is_of_row_numbers,
    is_row_number,
    miscounted,
    refuse_header,
)
from promptci.parsing.jsonarray import read_array
from promptci.parsing.jsonline import read_object
from promptci.parsing.source import Mark, Plain, decode, excerpt

MAX_LINE = 10_000_000
"""Bytes in one line, and characters in one CSV cell."""
MAX_FAULTS = 20
MOST_ARRAY = 100_000_000
"""Characters in a file that is one JSON array, which is read at once."""
MOST_COMMAS = 200_000
"""In one line of a CSV file; each is an object to the reader."""


class DataRow(Struct, frozen=True):
    """One row of a file: the line it starts on, from 1, and its values by name."""

    line: int
    values: dict[str, Plain]


RowOrFault: TypeAlias = DataRow | Fault


def read_jsonl(data: bytes | BinaryIO, path: str, first: int = 1) -> Iterator[RowOrFault]:
    """The rows of a JSONL file, one JSON object a line, blank lines left out, or of one JSON array.

    `data` may be a part of the file that begins with its line `first`, and is then no array.

    Lines end at LF only, so that a raw U+2028 stays inside its text (https://jsonlines.org). A
    faulty line comes as its `Fault` and reading goes on, until `MAX_FAULTS` of them, an object
    over several lines, or a fault of the whole file (not UTF-8, a line over `MAX_LINE`). A stream
    is read a line at a time.
    """
    return _bounded(_jsonl_rows(data, path, first), path)


def read_csv(
    data: bytes | BinaryIO, path: str, *, any_delimiter: bool = False
) -> Iterator[RowOrFault]:
    """The rows of a comma-separated file with a header; every value is text (RFC 4180).

    Empty columns and rows at the end, as spreadsheets leave them, are not there, and a first line
    such as `sep=;` says what is between the cells; with `any_delimiter` the header tells it. Line
    ends inside quotes come as LF. Faults come as in `read_jsonl`; a faulty header ends the reading.
    """
    records = _csv_records(data, path, any_delimiter=any_delimiter)
    return _bounded(named_cells(records, path), path)


def _bounded(items: Iterator[RowOrFault], path: str) -> Iterator[RowOrFault]:
    faults = 0
    try:
        for item in items:
            if faults == MAX_FAULTS:
                more = f"not read from here on after {MAX_FAULTS} faults: fix those first"
                yield Mark(path, item.line, 1).fault(more)
                return
            faults += isinstance(item, Fault)
            yield item
    except SpecError as exc:
        yield from exc.faults


def _lines(data: bytes | BinaryIO, path: str, first: int = 1) -> Iterator[tuple[int, str]]:
    stream = BytesIO(data) if isinstance(data, bytes) else data
    chunks = iter(partial(stream.readline, MAX_LINE + 1), b"")
    for number, line in enumerate(chunks, first):
        if len(line) > MAX_LINE:
            cure = f"end each row with a line break, in at most {MAX_LINE // 1_000_000} MB"
            raise SpecError([Mark(path, number, 1).fault(f"the line is too long: {cure}")])
        yield number, decode(line, path, number)


def _jsonl_rows(data: bytes | BinaryIO, path: str, first: int) -> Iterator[RowOrFault]:
    found = first > 1
    lines = _lines(data, path, first)
    for number, line in lines:
        if line.isspace():
            continue
        if not found and line.lstrip().startswith("["):
            yield from _array_rows(number, [line, *(text for _, text in lines)], path)
            return
        found = True
        if opens_conflict(line):
            raise SpecError([conflict_fault(path, number)])
        values = read_object(line.rstrip("\r\n"), Mark(path, number, 1))
        yield values if isinstance(values, Fault) else DataRow(number, values)
        if line.strip() == "{":  # each line of it would be a fault of its own
            return
    if not found:
        yield Mark(path).fault("the file has no rows: write one JSON object a line")


def _array_rows(first: int, lines: list[str], path: str) -> Iterator[RowOrFault]:
    """The rows of a file that is one JSON array, from a line on."""
    if sum(map(len, lines)) > MOST_ARRAY:
        wrong = f"a JSON array over {MOST_ARRAY // 1_000_000} MB: write one object a line instead"
        raise SpecError([Mark(path, first, 1).fault(wrong)])
    is_empty = True
    for line, values in read_array("\n" * (first - 1) + "".join(lines), path):
        is_empty = False
        yield values if isinstance(values, Fault) else DataRow(line, values)
    if is_empty:
        yield Mark(path, first, 1).fault("the array is empty: write an object for each row")


def named_cells(
    records: Iterable[tuple[int, list[Plain] | Fault]], path: str
) -> Iterator[RowOrFault]:
    """Rows under the names in the first of these records; nothing but empty cells may be beyond.

    Row numbers without a name before the other columns, as pandas writes them, are left out.
    """
    header: list[str] = []
    empty: list[RowOrFault] = []
    for line, cells in records:
        mark = Mark(path, line, 1)
        if isinstance(cells, Fault):
            yield cells
            if not header:
                return
            continue
        filled = _without_empty_end(cells)
        if not header:
            header = [str(name).strip() for name in filled]
            named, is_numbered = mark, is_of_row_numbers(header)
            if header:
                refuse_header(header, mark, is_numbered=is_numbered)
            continue
        if is_numbered and filled and not is_row_number(filled[0]):
            refuse_header(header, named)
        row = _named_row(cells, filled, header, mark)
        if not filled and len(header) > 1:
            empty.append(row)
            continue
        yield from empty
        empty.clear()
        yield row
    if not header:
        yield Mark(path).fault("the file is empty: write a header line and a line for each row")


def _named_row(
    cells: list[Plain], filled: list[Plain], header: list[str], mark: Mark
) -> RowOrFault:
    if len(cells) < len(header) or len(filled) > len(header):
        return mark.fault(miscounted(len(cells), len(header), mark.path))
    return DataRow(
        mark.line, {name: cell for name, cell in zip(header, cells, strict=False) if name}
    )


def _without_empty_end(cells: list[Plain]) -> list[Plain]:
    """Cells up to the last that holds something."""
    end = len(cells)
    while end and cells[end - 1] in ("", None):
        end -= 1
    return cells[:end]


def _csv_line(numbered: tuple[int, str], path: str, sign: str) -> str:
    """A line for the reader, which makes an object of every cell: so many there must not be."""
    number, line = numbered
    if line.count(sign) > MOST_COMMAS:
        what = "commas" if sign == "," else f"`{excerpt(sign)}`"
        wrong = f"more than {MOST_COMMAS:,} {what} in a line: a table has fewer cells"
        raise SpecError([Mark(path, number, 1).fault(wrong)])
    return f"{line[:-2]}\n" if line[-2:] == "\r\n" else line


def _csv_records(
    data: bytes | BinaryIO, path: str, *, any_delimiter: bool
) -> Iterator[tuple[int, list[Plain] | Fault]]:
    csv.field_size_limit(MAX_LINE)  # the default of 131,072 is too small for long documents
    lines = _lines(data, path)
    first = next(lines, (1, ""))
    told = re.fullmatch(r'"?sep=([,;\t|])"?[,;\t|]*\s*', first[1])
    sign = told[1] if told else likely_delimiter(first[1]) if any_delimiter else ","
    numbered = chain([] if told else [first], lines)
    texts = map(_csv_line, numbered, repeat(path), repeat(sign))
    reader = csv.reader(texts, strict=True, delimiter=sign)
    ahead = 1 if told else 0
    while True:
        line = reader.line_num + 1 + ahead
        try:
            cells: list[Plain] = list(next(reader))
        except StopIteration:
            return
        except csv.Error as exc:
            fault = Mark(path, line, 1).fault(_csv_sentence(str(exc)))
            if "field limit" in str(exc):  # the rest is inside a quote that was not closed
                raise SpecError([fault]) from None
            yield line, fault
            continue
        if len(cells) == 1 and opens_conflict(str(cells[0])):
            raise SpecError([conflict_fault(path, line)])
        if cells:
            yield line, cells


def _csv_sentence(said: str) -> str:
    if "unexpected end of data" in said:
        return "a quote opened in this row is never closed: add the closing one"
    if "expected after" in said:
        return 'a quote inside a quoted cell: write it twice, as in "say ""yes"""'
    if "new-line character" in said:
        return "lines end with CR alone: save the file with LF or CRLF line ends"
    return f"a cell is longer than {MAX_LINE:,} characters: close its quote, or shorten it"

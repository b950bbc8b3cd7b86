"""Golden examples in Parquet files and spreadsheets, through the extra `tables`."""

import math
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from io import BytesIO
from itertools import islice
from typing import Any, BinaryIO
from zipfile import ZipFile

from promptci.errors import Fault, RequestError, SpecError
from promptci.extras import needs_extra
from promptci.parsing.datafile import DataRow, RowOrFault, named_cells
from promptci.parsing.headerline import MOST_COLUMNS
from promptci.parsing.sheetcells import UNCOMPUTED, sheet_rows
from promptci.parsing.source import Mark, Plain, excerpt
from promptci.parsing.workbook import Workbook, open_workbook

MOST_BYTES = 200_000_000
"""In a file once it is decompressed."""

_BATCH = 20
"""Rows decoded at once: each may hold as much as the whole file."""


def read_parquet(
    data: bytes | BinaryIO, path: str, left_out: Collection[str] = ()
) -> Iterator[RowOrFault]:
    """The rows of a Parquet file by its schema; a row's line is its number, from 1.

    Dates and times come as ISO text, decimals as text, NaN as null; the columns `left_out` are not
    read. Raises `RequestError` without the extra.
    """
    parquet = _library("pyarrow.parquet", path)
    content = data if isinstance(data, bytes) else data.read()
    try:
        file = parquet.ParquetFile(BytesIO(content))
        _check_size(_uncompressed(file.metadata), path)
        number = 0
        kept = [name for name in file.schema_arrow.names if name not in left_out]
        for batch in file.iter_batches(batch_size=_BATCH, columns=kept):
            for values in batch.to_pylist():
                number += 1
                yield _row(number, values, path)
    except SpecError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a library makes of a stranger's bytes)
        raise SpecError([Mark(path).fault(_unreadable("Parquet", error))]) from None


def columns_of_bytes(data: bytes, path: str) -> list[str]:
    """The columns of a Parquet file that hold bytes, such as images, or parts that do."""
    parquet, types = _library("pyarrow.parquet", path), _library("pyarrow.types", path)
    try:
        schema = parquet.read_schema(BytesIO(data))
    except Exception:  # noqa: BLE001 (whoever reads the rows tells what is wrong)
        return []
    return [each.name for each in schema if _holds_bytes(each.type, types)]


def _holds_bytes(kind: Any, types: Any) -> bool:
    is_bytes = types.is_binary, types.is_large_binary, types.is_fixed_size_binary
    parts = (kind.field(index) for index in range(kind.num_fields))
    return any(test(kind) for test in is_bytes) or any(_holds_bytes(p.type, types) for p in parts)


def read_xlsx(data: bytes | BinaryIO, path: str) -> Iterator[RowOrFault]:
    """The rows of a workbook's first sheet, under its first row; formulas as last computed.

    Numbers and truth values are themselves, dates ISO text, an empty cell is an empty text.
    """
    _library("openpyxl", path)
    content = data if isinstance(data, bytes) else data.read()
    try:
        with ZipFile(BytesIO(content)) as packed:
            _check_size(sum(each.file_size for each in packed.infolist()), path)
            book = open_workbook(packed)
            with packed.open(book.sheet) as file:
                records = sheet_rows(file, book.types)
                most = MOST_COLUMNS + 1
                cells = ((n, _cells(row[:most], Mark(path, n, 1))) for n, row in records)
                yield from named_cells(_as_wide(cells), path)
    except SpecError:
        raise
    except Exception as error:  # noqa: BLE001
        raise SpecError([Mark(path).fault(_unreadable("an .xlsx workbook", error))]) from None


def other_sheets(data: bytes, path: str) -> list[str]:
    """The names of a workbook's further sheets that are not empty."""
    _library("openpyxl", path)
    try:
        with ZipFile(BytesIO(data)) as packed:
            book = open_workbook(packed)
            return [name for name, place in book.others.items() if _is_filled(packed, place, book)]
    except Exception:  # noqa: BLE001 (whoever reads the first sheet tells what is wrong)
        return []


def _is_filled(packed: ZipFile, place: str, book: Workbook) -> bool:
    with packed.open(place) as file:
        rows = islice(sheet_rows(file, book.types), _LOOKED_AT)
        return any(cell not in (None, "") for _, cells in rows for cell in cells)


_LOOKED_AT = 1_000


def _cells(row: list[Any], mark: Mark) -> list[Plain] | Fault:
    """The cells of a row; a fault where a formula has no value that could be read."""
    if UNCOMPUTED in row:
        wrong = f"the formula in column {row.index(UNCOMPUTED) + 1} was never computed"
        return mark.fault(f"{wrong}: open the file in a spreadsheet program and save it")
    return [_cell(each) for each in row]


def _as_wide(
    records: Iterator[tuple[int, list[Plain] | Fault]],
) -> Iterator[tuple[int, list[Plain] | Fault]]:
    """Rows at least as wide as the first that holds something: a sheet leaves empty ends out."""
    width = 0
    for number, cells in records:
        if isinstance(cells, Fault):
            yield number, cells
            continue
        width = width or len(cells)
        yield number, [*cells, *[""] * (width - len(cells))]


def _library(name: str, path: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise RequestError(f"{path}: {needs_extra('reading it', 'tables')}") from None


def _unreadable(what: str, error: Exception) -> str:
    said = excerpt(" ".join(str(error).split()), 100)
    return f"this is not {what} that can be read ({said}): save it again, or as CSV"


def _uncompressed(metadata: Any) -> int:
    groups = (metadata.row_group(index) for index in range(metadata.num_row_groups))
    return sum(group.total_byte_size for group in groups)


def _check_size(size: int, path: str) -> None:
    if size > MOST_BYTES:
        wrong = f"the file holds over {MOST_BYTES // 1_000_000} MB: split it, or sample it"
        raise SpecError([Mark(path).fault(wrong)])


def _row(number: int, values: dict[str, Any], path: str) -> RowOrFault:
    try:
        return DataRow(number, {name: _plain(value) for name, value in values.items()})
    except _OtherKindError as error:
        wrong = f"a value of the kind `{error}` cannot be read: store it as text"
        return Mark(path, number, 1).fault(wrong)


class _OtherKindError(ValueError):
    """A value that JSON cannot hold; the message is its kind."""


def _plain(value: Any) -> Plain:
    """A cell as JSON holds it."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime | date | time):
        return _iso(value)
    if isinstance(value, Decimal | timedelta):
        return str(value)
    raise _OtherKindError(type(value).__name__)


def _iso(value: datetime | date | time) -> str:
    is_day = isinstance(value, datetime) and value.time() == time() and value.tzinfo is None
    return value.date().isoformat() if is_day and isinstance(value, datetime) else value.isoformat()


def _cell(value: Any) -> Plain:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return "" if value is None else _plain(value)

"""Tables of scores as rows: JSON lines, CSV, or one JSON object that holds the rows."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, TypeAlias

import msgspec

from promptci.errors import Fault, SpecError
from promptci.parsing.datafile import DataRow, read_csv, read_jsonl
from promptci.parsing.source import Mark, Plain

TableForm: TypeAlias = Callable[[bytes], list[DataRow] | None]
"""The rows of a file that is one JSON object, or None for one of another form."""

_NO_TABLE = "one object, and not a table: write a list of rows, `[{…}, …]`, or a row on each line"
_OBJECTS = re.compile(rb"\[\s*\{")
"""How a list of objects begins."""
_OF_A_ROW = frozenset(("id", "task_id"))
_whole = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


def table_rows(file: BinaryIO, path: str, forms: Sequence[TableForm]) -> list[DataRow]:
    """The rows of a table, as the file begins. Raises `SpecError` with every fault."""
    file.seek(0)
    begins = file.read(200).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    file.seek(0)
    if begins == b"{":
        whole = file.read()
        if (rows := next(filter(None, (form(whole) for form in forms)), None)) is not None:
            return rows
        if _is_no_row(whole):
            raise SpecError([Mark(path, 1, 1).fault(_NO_TABLE)])
        file.seek(0)
    if begins in (b"{", b"["):
        read = list(read_jsonl(file, path))
    else:
        read = list(read_csv(file, path, any_delimiter=True))
    faults = [row for row in read if isinstance(row, Fault)]
    found = [row for row in read if not isinstance(row, Fault)]
    if faults or not found:
        nothing = Mark(path).fault("the table has no rows: write one for each score")
        raise SpecError(faults or [nothing])
    return found


def wrapped_rows(data: bytes) -> list[DataRow] | None:
    """The rows of an object that holds one list of them, as `{"model": …, "results": [{…}]}`.

    Lists that hold no object are none of rows. An object with an `id` holds rows where these have
    one themselves, as in `results.json` of Terminal-Bench.
    """
    fields = _fields(data)
    lists = [raw for raw in fields.values() if _OBJECTS.match(raw)]
    if len(lists) != 1:
        return None
    rows = list(_rows(data, lists[0]))
    model = _plain(fields["model"]) if "model" in fields else None
    values = [value for _, value in rows if isinstance(value, dict)]
    is_row = not _OF_A_ROW.isdisjoint(fields) and any(map(_OF_A_ROW.isdisjoint, values))
    if is_row or len(values) < len(rows):
        return None
    known: dict[str, Plain] = {"model": model} if isinstance(model, str) else {}
    return [DataRow(line, {**known, **value}) for line, value in rows if isinstance(value, dict)]


def listed_rows(data: bytes) -> list[DataRow] | None:
    """A row for each item of an object of lists, `{"task-1": [1, 0, 1]}`: `id`, `trial`, `score`.

    Items that are objects give their own fields.
    """
    fields = _fields(data)
    if not fields or not all(raw.startswith(b"[") for raw in fields.values()):
        return None
    found = []
    for id_, raw in fields.items():
        for trial, (line, value) in enumerate(_rows(data, raw), 1):
            own: dict[str, Plain] = value if isinstance(value, dict) else {"score": value}
            found.append(DataRow(line, {"trial": trial, **own, "id": id_}))
    return found


def mapped_rows(data: bytes) -> list[DataRow] | None:
    """A row for each format of an object, `{"F1": 0.61}`, with its name below `format`.

    A value may be an object with the score and more, or hold the formats of a model.
    """
    values = {name: _plain(raw) for name, raw in _fields(data).items()}
    if len(values) < 2:
        return None
    if all(map(_is_number, values.values())):
        return [DataRow(1, {"format": name, "score": value}) for name, value in values.items()]
    inner = {name: value for name, value in values.items() if isinstance(value, dict) and value}
    if len(inner) < len(values):
        return None
    if any(name in value for value in inner.values() for name in _SCORED):
        return [DataRow(1, {**value, "format": name}) for name, value in inner.items()]
    if all(_is_number(each) for value in inner.values() for each in value.values()):
        return [
            DataRow(1, {"model": model, "format": name, "score": value})
            for model, each in inner.items()
            for name, value in each.items()
        ]
    return None


_SCORED = ("score", "accuracy", "acc")


def _is_number(value: Plain) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_no_row(data: bytes) -> bool:
    """Whether a file is one JSON object on several lines, or one that holds others alone."""
    fields = _fields(data)
    inner = [raw.startswith((b"[", b"{")) for raw in fields.values()]
    return bool(fields) and (all(inner) or b"\n" in data.strip())


def _fields(data: bytes) -> Mapping[str, bytes]:
    """The fields of a file that is one JSON object; none of any other."""
    try:
        found = _whole(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError):
        return {}
    return {name: bytes(raw) for name, raw in found.items()}


def _rows(data: bytes, listed: bytes) -> Iterator[tuple[int, Plain]]:
    """Each item of a list in a file, with its line."""
    place = data.index(listed)
    line = 1 + data.count(b"\n", 0, place)
    for raw in map(bytes, _items(listed)):
        at = data.index(raw, place)
        line += data.count(b"\n", place, at)
        place = at + len(raw)
        yield line, _plain(raw)
        line += data.count(b"\n", at, place)


def _plain(raw: bytes) -> Plain:
    value: Plain = msgspec.json.decode(raw)
    return value

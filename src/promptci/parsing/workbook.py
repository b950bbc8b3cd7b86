"""What a workbook of Excel says beside its cells (ECMA-376-1, 18.2, 18.4, 18.8)."""

import zipfile
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from posixpath import join, normpath
from typing import Any
from xml.etree import ElementTree

from msgspec import Struct, field

from promptci.parsing.sheetcells import CellTypes, SharedTexts

_DOCUMENT = "officeDocument"
_LARGEST_PART = 20_000_000


class Workbook(Struct, frozen=True):
    """The place of the first sheet, how its cells are read, and the other sheets by name."""

    sheet: str
    types: CellTypes
    others: dict[str, str] = field(default_factory=dict)


def open_workbook(packed: zipfile.ZipFile) -> Workbook:
    """Read a workbook. Raises `ValueError` and `KeyError` for what is none.

    Only how dates are written is asked of openpyxl, which knows Excel's formats and its calendar.
    """
    place = next(
        (target for kind, target in _relations(packed, "_rels/.rels", "").values()
         if kind.endswith(_DOCUMENT)),
        "xl/workbook.xml",
    )  # fmt: skip
    folder, _, name = place.rpartition("/")
    related = _relations(packed, f"{folder}/_rels/{name}.rels", folder)
    book = _part(packed, place)
    sheets = [each for each in book.iter() if _tag(each) == "sheet"]
    listed = [(each.get("name", ""), *related.get(_relation(each), ("", ""))) for each in sheets]
    tables = [(name, target) for name, kind, target in listed if kind.endswith("/worksheet")]
    if not tables:
        raise ValueError("it has no worksheet")
    known = {kind.rpartition("/")[2]: target for kind, target in related.values()}
    texts = known.get("sharedStrings", "")
    dates, spans = _date_styles(packed, known.get("styles", ""))
    strings = packed.open(texts) if texts in packed.namelist() else None
    types = CellTypes(SharedTexts(strings), dates, spans, partial(_as_date, _is_1904(book)))
    return Workbook(tables[0][1], types, dict(tables[1:]))


def _part(packed: zipfile.ZipFile, place: str) -> ElementTree.Element:
    data = packed.read(place)
    if len(data) > _LARGEST_PART or b"<!DOCTYPE" in data:
        raise ValueError(f"{place} is no part of a workbook")
    return ElementTree.fromstring(data)


def _relations(packed: zipfile.ZipFile, place: str, folder: str) -> dict[str, tuple[str, str]]:
    """By id: the kind of a related part, and where it is."""
    if place not in packed.namelist():
        return {}
    return {
        each.get("Id", ""): (each.get("Type", ""), _resolved(each.get("Target", ""), folder))
        for each in _part(packed, place)
    }


def _resolved(target: str, folder: str) -> str:
    return normpath(target if target.startswith("/") else join("/", folder, target)).lstrip("/")


def _relation(sheet: ElementTree.Element) -> str:
    return next((value for key, value in sheet.items() if key.rpartition("}")[2] == "id"), "")


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(root: ElementTree.Element, group: str) -> Iterator[ElementTree.Element]:
    for each in root:
        if _tag(each) == group:
            yield from each


def _date_styles(packed: zipfile.ZipFile, place: str) -> tuple[frozenset[int], frozenset[int]]:
    """The styles whose numbers are dates, and those of them that are spans of time."""
    if place not in packed.namelist():
        return frozenset(), frozenset()
    root, formats = _part(packed, place), import_module("openpyxl.styles.numbers")
    codes: dict[int, Any] = dict(formats.BUILTIN_FORMATS) | {
        int(each.get("numFmtId", 0)): each.get("formatCode", "")
        for each in _children(root, "numFmts")
    }
    styles = [
        codes.get(int(each.get("numFmtId", 0)), "General") for each in _children(root, "cellXfs")
    ]
    dates = frozenset(n for n, code in enumerate(styles) if formats.is_date_format(code))
    return dates, frozenset(n for n in dates if formats.is_timedelta_format(styles[n]))


def _is_1904(book: ElementTree.Element) -> bool:
    """Whether days are counted from 1904, as workbooks of old Macs do."""
    return any(
        _tag(each) == "workbookPr" and each.get("date1904") in ("1", "true") for each in book
    )


def _as_date(is_1904: bool, number: float, *, is_span: bool) -> object:
    """A date by the days since the epoch; one out of range is the error that openpyxl has."""
    calendar = import_module("openpyxl.utils.datetime")
    epoch = calendar.MAC_EPOCH if is_1904 else calendar.WINDOWS_EPOCH
    try:
        return calendar.from_excel(number, epoch, timedelta=is_span)
    except (OverflowError, ValueError):
        return "#VALUE!"

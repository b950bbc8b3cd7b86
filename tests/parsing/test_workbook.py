"""Workbooks read from their XML: the same cells as openpyxl reads, and no more of the file."""

import zipfile
from datetime import date, datetime, time, timedelta
from io import BytesIO

import pytest

from promptci.errors import SpecError
from promptci.parsing.tablefile import other_sheets, read_xlsx
from tables import every_row

openpyxl = pytest.importorskip("openpyxl")

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def saved(book) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def with_sheet(xml: str, strings: str = "") -> bytes:
    """A workbook whose first sheet is this XML."""
    out = BytesIO(saved(openpyxl.Workbook()))
    made = BytesIO()
    related = (
        '<Relationship Id="rIdS" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        'relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            text = xml if name.endswith("sheet1.xml") else old.read(name).decode()
            if strings and name.endswith("workbook.xml.rels"):
                text = text.replace("</Relationships>", related)
            if not name.endswith("sharedStrings.xml"):
                new.writestr(name, text)
        if strings:
            new.writestr("xl/sharedStrings.xml", strings)
    return made.getvalue()


CELLS = [
    ["a", "b", "c"],
    [1, 2.5, True],
    [datetime(2026, 11, 29), datetime(2026, 11, 29, 12, 30), time(1, 2, 3)],
    [timedelta(hours=30), date(2026, 1, 2), 1e20],
    ["", " <two> & lines\n", None],
    [None, None, "ünder"],
    [None, -0.0, 12345678901],
]


@pytest.mark.parametrize("write_only", [False, True])
@pytest.mark.parametrize("epoch", ["WINDOWS_EPOCH", "MAC_EPOCH"])
def test_cells_are_those_that_openpyxl_reads(write_only: bool, epoch: str) -> None:
    book = openpyxl.Workbook(write_only=write_only)
    book.epoch = getattr(openpyxl.utils.datetime, epoch)
    sheet = book.create_sheet("more") if write_only else book.active
    for row in CELLS:
        sheet.append(row)
    rows = [row.values for row in read_xlsx(saved(book), "x.xlsx")]
    assert rows == [
        {"a": 1, "b": 2.5, "c": True},
        {"a": "2026-11-29", "b": "2026-11-29T12:30:00", "c": "01:02:03"},
        {"a": "1 day, 6:00:00", "b": "2026-01-02", "c": 1e20},
        {"a": "", "b": " <two> & lines\n", "c": ""},
        {"a": "", "b": "", "c": "ünder"},
        {"a": "", "b": 0, "c": 12345678901},
    ]


def test_a_formula_without_a_value_and_cells_beside_the_table_are_told() -> None:
    book = openpyxl.Workbook()
    for row in (["a", "b"], ["x", "=1+1"], ["y", 2], ["z", 3, None, "stray"]):
        book.active.append(row)
    first, second, third = map(str, read_xlsx(saved(book), "x.xlsx"))
    assert first.startswith("x.xlsx:2:1: the formula in column 2 was never computed: open")
    assert "'b': 2" in second
    assert third.startswith("x.xlsx:4:1: 4 cells, and the first row names 2 columns: name each")


def test_cells_without_places_gaps_and_readings() -> None:
    xml = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:r><x:t>q'
        '</x:t></x:r><x:rPh><x:t>no</x:t></x:rPh><x:r><x:t>a</x:t></x:r></x:is></x:c>'
        '<x:c t="str"><x:f>1</x:f><x:v>b</x:v></x:c></x:row><x:row r="4"><x:c r="B4"><x:v>7</x:v>'
        '</x:c></x:row></x:sheetData><x:pageMargins/></x:worksheet>'
    )  # fmt: skip
    rows = list(read_xlsx(with_sheet(xml), "x.xlsx"))
    assert [(row.line, row.values) for row in rows if row.values["b"]] == [(4, {"qa": "", "b": 7})]


@every_row(
    ("xml", "why"),
    [
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet>&b;</worksheet>", "document type"),
        ("<worksheet><sheetData><row r='1'><c r='XFE1'><v>1</v></c></row>", "no column XFE"),
        ("<worksheet><sheetData><row r='1'><c t='s'><v>9</v></c></row>", "read"),
        ("<worksheet>", "no element"),
    ],
)
def test_what_is_no_worksheet_ends_in_a_sentence(xml: str, why: str) -> None:
    xml = xml.replace("<worksheet>", f'<worksheet xmlns="{MAIN}">')
    with pytest.raises(SpecError, match=r"x\.xlsx: this is not an \.xlsx workbook") as caught:
        list(read_xlsx(with_sheet(xml), "x.xlsx"))
    assert why in str(caught.value)


def test_other_sheets_are_named_where_something_is_in_them() -> None:
    book = openpyxl.Workbook()
    book.active.append(["q"])
    book.create_sheet("Sheet2")
    book.create_sheet("Second").append([None, 0])
    assert other_sheets(saved(book), "x.xlsx") == ["Second"]
    assert other_sheets(b"no", "x.xlsx") == []


def test_shared_texts_are_put_together_without_their_readings() -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>q</t></si><si><r><t>東</t></r>'
        '<rPh sb="0" eb="1"><t>ひ</t></rPh>'
        '<r><rPr/><t xml:space="preserve"> b</t></r></si><si/></sst>'
    )  # fmt: skip
    cells = "".join(f'<row><c t="s"><v>{n}</v></c><c t="s"><v>1</v></c></row>' for n in (0, 1, 2))
    xml = f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'
    rows = [row.values for row in read_xlsx(with_sheet(xml, strings), "x.xlsx")]
    assert rows == [{"q": "東 b", "東 b": "東 b"}, {"q": "", "東 b": "東 b"}]

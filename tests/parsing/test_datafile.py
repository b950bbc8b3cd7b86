"""Golden examples arrive row by row; a bad row is a fault at its line and never an exception."""

import csv
import io
import json
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from effort import done_within
from promptci.errors import Fault
from promptci.parsing.datafile import DataRow, read_csv, read_jsonl
from promptci.parsing.source import as_node
from tables import every_row


def jsonl(data):
    return list(read_jsonl(data if isinstance(data, bytes) else data.encode(), "e.jsonl"))


def table(data):
    return list(read_csv(data if isinstance(data, bytes) else data.encode(), "e.csv"))


def said(items):
    return [str(item) for item in items if isinstance(item, Fault)]


def rows(items):
    return [item for item in items if isinstance(item, DataRow)]


# JSONL


def test_rows_come_with_their_lines():
    data = b'\xef\xbb\xbf{"id": "a", "vars": {"x": [1, 2.5, null, true]}}\r\n\n  \t\n{"id": 2}'
    assert jsonl(data) == [
        DataRow(1, {"id": "a", "vars": {"x": [1, 2.5, None, True]}}),
        DataRow(4, {"id": 2}),
    ]


@every_row("separator", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c"])
def test_only_lf_ends_a_line(separator):
    text = json.dumps({"a": f"x{separator}y"}, ensure_ascii=False)
    assert jsonl(f"{text}\n{{}}\n") == [DataRow(1, {"a": f"x{separator}y"}), DataRow(2, {})]


@pytest.mark.slow
def test_the_bad_line_among_ten_thousand_is_named_and_the_others_are_read():
    lines = [f'{{"id": "case-{n}"}}' for n in range(1, 10_001)]
    lines[7430] = '{"id": "case-7431", "expected": "yes",}'
    found = jsonl("\n".join(lines))
    (fault,) = said(found)
    assert fault.startswith("e.jsonl:7431:")
    assert "comma" in fault
    assert len(rows(found)) == 9_999
    assert rows(found)[-1] == DataRow(10_000, {"id": "case-10000"})


def test_objects_over_several_lines_are_told_once():
    found = jsonl('{"id": "a"}\n' + json.dumps({"id": "b", "vars": {"a": 1}}, indent=2) * 9)
    assert said(found) == [
        "e.jsonl:2:2: an object is spread over several lines: write each on a line of its own, "
        "as `jq -c .` does"
    ]
    assert rows(found) == [DataRow(1, {"id": "a"})]


@every_row(
    ("line", "fault"),
    [
        ('{"a"', "e.jsonl:2:5: the colon after a name is missing: add it"),
        ('{"a":}', "e.jsonl:2:6: no JSON value here: quote text with double quotes, write true,"),
        (
            '{"a":True}',
            "e.jsonl:2:6: no JSON value here: quote text with double quotes, write true,",
        ),
        (
            '{"a":1 "b":2}',
            "e.jsonl:2:8: a comma is missing, or a quote inside a text is not written",
        ),
        ('{"a":[1', "e.jsonl:2:8: the line ends before what it opened is closed: add the `}` or"),
        ("{a:1}", "e.jsonl:2:2: a name in double quotes is missing, or a comma is one too many"),
        (
            '{"a":"x\ty"}',
            "e.jsonl:2:8: a raw tab or control character in a text: write it as \\t or",
        ),
        ('{"a":"\\d"}', "no such escape in JSON: write \\\\ for a backslash"),
        ('{"a":"x', "this quote is never closed on its line: add the closing one"),
        ("{} {}", "e.jsonl:2:4: something follows the object: write one object a line"),
        ("hello", "e.jsonl:2:1: no JSON value here: "),
        ("[{}]", 'e.jsonl:2:1: a row must be a JSON object: write {"name": value, …}'),
        ('"x"', 'e.jsonl:2:1: a row must be a JSON object: write {"name": value, …}'),
        ("null", 'e.jsonl:2:1: a row must be a JSON object: write {"name": value, …}'),
        ('{"a":1,"b":{"c":1,"c":2}}', "e.jsonl:2:1: `c` is there twice in one object: keep one"),
        ('{"a":NaN}', 'e.jsonl:2:1: `NaN` is not JSON: write null, or "NaN" for the text'),
        ('{"a":-Infinity}', "e.jsonl:2:1: `-Infinity` is not JSON: write null, or "),
        ('{"a":1e999}', "e.jsonl:2:1: `1e999` is too large for a number"),
        (f'{{"a":{"1" * 4301}}}', "e.jsonl:2:1: a number has too many digits: put quotes around"),
        ('{"a":"\\ud800"}', "e.jsonl:2:1: half a character (`\\ud800` to `\\udfff` alone): write"),
        (f'{{"a":{"[" * 32}{"]" * 32}}}', "e.jsonl:2:1: nested deeper than 32 levels: flatten"),
        (f'{{"a":{"[" * 100_000}', "e.jsonl:2:1: nested deeper than 32 levels: flatten this"),
        ('{"a":' * 100_000, "e.jsonl:2:1: nested deeper than 32 levels: flatten this"),
    ],
)
def test_a_bad_line_is_one_fault_between_good_rows(line, fault):
    before, found, after = jsonl(f"{{}}\n{line}\n{{}}\n")
    assert (before, after) == (DataRow(1, {}), DataRow(3, {}))
    assert isinstance(found, Fault)
    assert found.line == 2
    assert fault in str(found)
    assert "\n" not in found.message


def test_what_looks_dangerous_but_is_json_is_read():
    deepest = "[" * 31 + "]" * 31
    brackets = "[{" * 50
    found = jsonl(
        f'{{"a": {deepest}}}\n{{"a": "\\ud83d\\ude00 \\\\ud800"}}\n{{"a": "{brackets}"}}\n'
        f'{{"a": {"9" * 4300}}}\n{{"a": [{"[]," * 40}1]}}'
    )
    assert said(found) == []
    assert rows(found)[1].values == {"a": "😀 \\ud800"}


@pytest.mark.slow
def test_a_name_twice_among_very_many_is_found_at_once():
    line = "{" + ",".join(f'"k{n}":1' for n in range(50_000)) + ',"k49999":2}'
    found = done_within(30, lambda: jsonl(line.replace("49999", "x")), lambda: jsonl(line))
    assert said(found) == ["e.jsonl:1:1: `k49999` is there twice in one object: keep one"]


def test_after_twenty_faults_reading_stops():
    found = jsonl('{"a": 1}\n' + "x\n" * 500)
    assert len(rows(found)) == 1
    assert len(said(found)) == 21
    assert said(found)[-1] == "e.jsonl:22:1: not read from here on after 20 faults: fix those first"
    assert len(said(jsonl("x\n" * 20))) == 20


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "e.jsonl: the file has no rows: write one JSON object a line"),
        (b"\n \n", "e.jsonl: the file has no rows: write one JSON object a line"),
        ('{"a": 1}'.encode("utf-16"), "e.jsonl: this is UTF-16 text: save the file as UTF-8"),
        (
            b"PK\x03\x04\x14\x00",
            "e.jsonl: this is a spreadsheet or another packed file, and no text: save",
        ),
        (b"\x00\x01", "e.jsonl:1:1: this is binary (a NUL byte): write text in UTF-8"),
        ('{"a": "é'.encode() + b'\xe9"}', "e.jsonl:1:9: the byte 0xE9 is not UTF-8: save the file"),
        (b"x" * 10_000_001, "e.jsonl:1:1: the line is too long: end each row with a line break"),
    ],
    ids=["empty", "blank", "utf16", "packed", "nul", "latin1", "long"],
)
def test_a_file_that_cannot_be_read_is_one_fault(data, fault):
    (found,) = said(jsonl(data))
    assert found.startswith(fault)


def test_a_fault_of_the_whole_file_comes_after_the_rows_before_it():
    assert jsonl(b'{"a": 1}\n\xff\n{"b": 2}\n')[0] == DataRow(1, {"a": 1})
    assert said(jsonl(b'{"a": 1}\n\xff\n{"b": 2}\n')) == [
        "e.jsonl:2:1: the byte 0xFF is not UTF-8: save the file as UTF-8"
    ]


MANY = b"".join(
    b'{"id":"case-%d","vars":{"ticket":"My card was charged twice"},"expected":"billing"}\n' % n
    for n in range(30_000)
)


@pytest.mark.slow
def test_very_many_rows_are_read_quickly_and_in_no_memory(tmp_path):
    path = tmp_path / "many.jsonl"
    path.write_bytes(MANY)

    def read():
        with path.open("rb") as file:
            return sum(isinstance(item, DataRow) for item in read_jsonl(file, "e.jsonl"))

    assert done_within(40, lambda: list(map(json.loads, MANY.splitlines())), read) == 30_000
    with path.open("rb") as file:
        tracemalloc.start()
        try:
            for _, item in zip(range(10_000), read_jsonl(file, "e.jsonl"), strict=False):
                assert isinstance(item, DataRow)
            assert tracemalloc.get_traced_memory()[1] < 1_000_000
        finally:
            tracemalloc.stop()


TEXTS = st.text(st.characters(exclude_categories=("Cs",)))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=5
)


@settings(deadline=None)
@given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), min_size=1, max_size=3), st.booleans())
def test_any_objects_written_as_json_lines_read_back_equal(objects, ascii_only):
    text = "".join(json.dumps(each, ensure_ascii=ascii_only) + "\n" for each in objects)
    found = jsonl(text)
    assert [row.values for row in found] == objects
    assert [as_node(row.values, None).plain() for row in found] == objects


@settings(deadline=None)
@given(st.binary() | st.text('{}[]",:\\ud8e\n\r1x\ufeff').map(str.encode))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
def test_any_bytes_give_rows_or_faults(data):
    for items in (jsonl(data), table(data)):
        assert all(isinstance(item, DataRow | Fault) for item in items)
        assert "\n" not in "".join(said(items))


# CSV


def test_a_table_as_a_spreadsheet_saves_it():
    data = (
        "\ufeffid,question,expected\r\n"
        '1,"Hello, ""you""\r\nthere",no\r\n'
        "\r\n"
        "2,été\u2028,012\r\n"
        "3,,\r\n"
    )
    assert table(data) == [
        DataRow(2, {"id": "1", "question": 'Hello, "you"\nthere', "expected": "no"}),
        DataRow(5, {"id": "2", "question": "été\u2028", "expected": "012"}),
        DataRow(6, {"id": "3", "question": "", "expected": ""}),
    ]


def test_each_bad_record_is_named_by_the_line_it_starts_on():
    data = 'a,b\n1\n"x\ny",2\n"x"y,1\n1,2,3\n4,5\n6,"open\n7,8\n'
    found = table(data)
    assert rows(found) == [DataRow(3, {"a": "x\ny", "b": "2"}), DataRow(7, {"a": "4", "b": "5"})]
    assert said(found) == [
        "e.csv:2:1: 1 of 2 cells: add the missing ones, empty ones as commas",
        'e.csv:5:1: a quote inside a quoted cell: write it twice, as in "say ""yes"""',
        "e.csv:6:1: 3 cells for 2 columns: put double quotes around one with a comma",
        "e.csv:8:1: a quote opened in this row is never closed: add the closing one",
    ]


@pytest.mark.parametrize(
    ("data", "faults"),
    [
        (b"", ["e.csv: the file is empty: write a header line and a line for each row"]),
        (b"\n\n", ["e.csv: the file is empty: write a header line and a line for each row"]),
        (
            b"a;b\n1;2\n",
            [
                "e.csv:1:1: the columns are separated by `;`: "
                "use commas, or write `sep=;` in a line before it"
            ],
        ),
        (b"a\tb\n1\t2\n", ["e.csv:1:1: the columns are separated by `\\t`: use commas"]),
        (
            b"\na,a ,, b\n1,2,3,4\n",
            [
                "e.csv:2:1: column 3 has no name: write one, or delete the column",
                "e.csv:2:1: two columns are named `a`: rename one",
            ],
        ),
        (
            b'"a\n1,2\n',
            ["e.csv:1:1: a quote opened in this row is never closed: add the closing one"],
        ),
        (
            b"a,b\r1,2\r",
            ["e.csv:1:1: lines end with CR alone: save the file with LF or CRLF line ends"],
        ),
        (b"a,b\n1,\0\n", ["e.csv:2:3: this is binary (a NUL byte): write text in UTF-8"]),
        (b"a,b\n1,\xe9\n", ["e.csv:2:3: the byte 0xE9 is not UTF-8: save the file as UTF-8"]),
        ("a,b\n".encode("utf-16"), ["e.csv: this is UTF-16 text: save the file as UTF-8"]),
        (
            b'a,b\n1,"' + (b"x" * 999_999 + b"\n") * 11,
            [
                "e.csv:2:1: a cell is longer than 10,000,000 characters: close its quote, or "
                "shorten it"
            ],
        ),
    ],
    ids=[
        *["empty", "blank", "semicolon", "tab", "names", "quote", "cr", "nul", "latin1", "utf16"],
        "long",
    ],
)
def test_a_table_that_cannot_be_read(data, faults):
    found = table(data)
    assert said(found) == faults
    assert rows(found) == []


def test_a_cell_may_be_far_longer_than_pythons_default():
    document = "word " * 100_000
    assert table(f"a,b\n1,{document}\n") == [DataRow(2, {"a": "1", "b": document})]


def test_a_header_alone_is_a_table_without_rows():
    assert table("a,b\n") == []


CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\0"))


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1))
def test_any_cells_written_as_csv_read_back_equal(cells):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([("a", "b"), *cells])
    while cells and cells[-1] == ("", ""):  # as a spreadsheet's empty rows
        cells.pop()
    assert [tuple(row.values.values()) for row in table(out.getvalue())] == cells


def test_a_stream_is_read_as_it_comes():
    assert list(read_csv(io.BytesIO(b"a\n1\n"), "e.csv")) == [DataRow(2, {"a": "1"})]
    assert list(read_jsonl(io.BytesIO(b'{"a":1}'), "e.jsonl")) == [DataRow(1, {"a": 1})]


@every_row(
    ("text", "rows"),
    [
        ("a,b,,\n1,2,,\n", [DataRow(2, {"a": "1", "b": "2"})]),
        ("a,b\n1,2\n,\n,\n", [DataRow(2, {"a": "1", "b": "2"})]),
        ("a,b\n,\n1,2\n", [DataRow(2, {"a": "", "b": ""}), DataRow(3, {"a": "1", "b": "2"})]),
        ("a,b\n1,2,,,\n", [DataRow(2, {"a": "1", "b": "2"})]),
        ("sep=,\na,b\n1,2\n", [DataRow(3, {"a": "1", "b": "2"})]),
        ("sep=;\r\na;b\r\n1,5;2\r\n", [DataRow(3, {"a": "1,5", "b": "2"})]),
        ('"sep=,",\na,b\n1,2\n', [DataRow(3, {"a": "1", "b": "2"})]),
        ("sep=\t\na\tb\n1\t2\n", [DataRow(3, {"a": "1", "b": "2"})]),
    ],
)
def test_what_spreadsheets_leave_behind_does_no_harm(text, rows):
    assert table(text) == rows


@every_row(
    ("text", "said"),
    [
        ("[]", "1:1: the array is empty"),
        ("[1]", "1:2: a row must be a JSON object that is closed"),
        ('[{"a": 1} {"a": 2}]', "1:11: a comma between two objects is missing"),
        ('[{"a": 1}', "1:10: a comma between two objects is missing"),
        ('[{"a": "x}]', "1:2: a row must be a JSON object that is closed"),
        ('[{"a": 1}]\n[]', "2:1: something follows the array"),
        ('\n[\n{"a": NaN}]', "3:1: `NaN` is not JSON"),
        ('[{"a": 1}, [2]]', "1:12: a row must be a JSON object"),
    ],
)
def test_a_faulty_array_is_told_with_its_place(text, said):
    faults = [str(item) for item in jsonl(text) if not isinstance(item, DataRow)]
    assert len(faults) == 1
    assert faults[0].startswith(f"e.jsonl:{said}")

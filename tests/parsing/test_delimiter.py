"""The delimiter of the cells of a table, by its header."""

from promptci.parsing.datafile import read_csv
from promptci.parsing.delimiter import likely_delimiter
from tables import every_row


@every_row(
    ("header", "sign"),
    [
        ("a,b", ","),
        ("a;b\r\n", ";"),
        ("a\tb;c\td", "\t"),
        ("a|b|c", "|"),
        ("Size, cm;Price;Name", ";"),
        ('"a;b;c",d', ","),
        ("a", ","),
        ("", ","),
        ('"a;b', ","),
    ],
)
def test_the_header_tells_it(header, sign):
    assert likely_delimiter(header) == sign


def test_quoted_signs_stay_in_their_cells():
    [row] = read_csv(b'\xef\xbb\xbfa;b\r\n"x;y";1,5\r\n', "t.csv", any_delimiter=True)
    assert row.values == {"a": "x;y", "b": "1,5"}
    [fault] = read_csv(b"a;b\nx;y\n", "t.csv")
    assert "separated by `;`" in fault.message

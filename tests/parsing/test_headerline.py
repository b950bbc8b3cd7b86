"""The first line of a table, and the row numbers that pandas writes before the others."""

from promptci.errors import Fault
from promptci.parsing.datafile import read_csv
from promptci.parsing.headerline import leaves_out_numbers
from tables import every_row


@every_row(
    ("text", "found"),
    [
        (",id,score\n0,a,1\n1,b,0\n", [{"id": "a", "score": "1"}, {"id": "b", "score": "0"}]),
        ('"",id,score\n7,a,1\n3,b,0\n', [{"id": "a", "score": "1"}, {"id": "b", "score": "0"}]),
        (";id;score\n0;a;0,5\n", [{"id": "a", "score": "0,5"}]),
        (",id,score\n0,a,1\n,,\n", [{"id": "a", "score": "1"}]),
        (",id,score\nx,a,1\n", "column 1 has no name"),
        (",id,score\n0,a,1\nx,b,1\n", "column 1 has no name"),
        (",id,score\n,a,1\n", "column 1 has no name"),
        (",id,\n0,a,1\n", "2 columns"),
        (",id,,score\n0,a,b,1\n", "column 3 has no name"),
        (",id,id\n0,a,b\n", "two columns are named `id`"),
    ],
)
def test_row_numbers_without_a_name_are_left_out_and_all_else_is_kept_or_refused(text, found):
    rows = list(read_csv(text.encode(), "t.csv", any_delimiter=True))
    wrong = [str(row) for row in rows if isinstance(row, Fault)]
    if isinstance(found, str):
        assert any(found in each for each in wrong), wrong
    else:
        assert [row.values for row in rows] == found
        assert leaves_out_numbers(text.splitlines()[0])


@every_row("line", ["id,score", ",", "", "id", '{"id": "a"}', "\ufeffid,score"])
def test_other_tables_keep_their_first_column(line):
    assert not leaves_out_numbers(line)

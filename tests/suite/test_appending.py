"""Adding an example to a file leaves all else as it is."""

import pytest

from promptci.errors import RequestError
from promptci.suite.appending import with_example
from tables import every_row

ROW = {"id": "n", "vars": {"q": "new, one"}, "expected": "y"}
BLOCK = "examples:\n  - id: a  # first\n    vars:\n      q: |\n        long\n"
REST = "\n# after\nscorers: [equals]\n"
JSON = '{"id": "n", "vars": {"q": "new, one"}, "expected": "y"}'


@every_row(
    ("path", "before", "after"),
    [
        ("e.jsonl", '{"vars": {}}', '{"vars": {}}\n' + JSON + "\n"),
        ("e.jsonl", "", JSON + "\n"),
        ("e.csv", "id,q,expected\na,b,c\n", 'id,q,expected\na,b,c\nn,"new, one",y\n'),
        ("e.csv", "q,expected\r\nb,c", 'q,expected\r\nb,c\n"new, one",y\r\n'),
        ("e.yaml", "- {vars: {q: a}}\n", "- {vars: {q: a}}\n- " + JSON + "\n"),
        ("e.yaml", f"{BLOCK}{REST}", f"{BLOCK}  - {JSON}\n{REST}"),
    ],
)  # fmt: skip
def test_an_example_is_added_at_the_end(path, before, after):
    row = {**ROW, "id": None} if "id" not in before and path.endswith("csv") else ROW
    assert with_example(before, path, row) == after


@every_row(
    ("path", "before", "said"),
    [
        ("e.jsonl", "[{}]", "is one JSON array"),
        ("e.csv", "x,y\n", "has no column for expected, id, q"),
        ("e.yaml", "examples: [{vars: {q: a}}]\n", "are in brackets"),
        ("e.yaml", "examples: []\n", "no list of examples with an item"),
        ("e.parquet", "", "only added to"),
    ],
)
def test_where_there_is_no_place_is_told(path, before, said):
    with pytest.raises(RequestError, match=said):
        with_example(before, path, ROW)

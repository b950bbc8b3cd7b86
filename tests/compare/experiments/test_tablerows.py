"""JSON objects that hold a table's rows, each row with its line."""

from io import BytesIO

import pytest

from promptci.compare.experiments.tablerows import listed_rows, table_rows, wrapped_rows
from promptci.errors import SpecError
from tables import every_row


@every_row(
    ("text", "rows"),
    [
        ('{"model": "m", "results": [{"a": 1},\n{"a": 2}]}', [(1, "m", 1), (2, "m", 2)]),
        ('{\n"n": 2, "results": [\n{"a": 1}, {"a": 2}]}', [(3, None, 1), (3, None, 2)]),
        ('{"results": [{"model": "own", "a": 1}], "model": "m"}', [(1, "own", 1)]),
        ('{"id": "run", "results": [{"id": "t", "a": 1}], "ids": ["t"]}', [(1, None, 1)]),
        ('{"id": "t", "results": [{"a": 1}]}', None),
        ('{"results": [{"a": 1}], "more": [{"a": 2}]}', None),
        ('{"task_id": "t", "reward": 1, "traj": [{"role": "user"}]}', None),
        ('{"results": [1, 2]}', None),
        ('{"a": 1}\n{"a": 2}', None),
    ],
)
def test_the_one_list_of_an_object_is_the_table(text, rows):
    found = wrapped_rows(text.encode())
    told = found and [(row.line, row.values.get("model"), row.values["a"]) for row in found]
    assert told == rows


def test_an_object_of_lists_has_a_row_for_each_item():
    found = listed_rows(b'{"x": [1,\n0], "y": [{"reward": 1, "trial": 7}], "z": [1,\n0]}')
    assert found is not None
    assert [row.values for row in found] == [
        {"id": "x", "trial": 1, "score": 1},
        {"id": "x", "trial": 2, "score": 0},
        {"id": "y", "trial": 7, "reward": 1},
        {"id": "z", "trial": 1, "score": 1},
        {"id": "z", "trial": 2, "score": 0},
    ]
    assert listed_rows(b'{"x": [1], "y": 2}') is None


@pytest.mark.parametrize("text", ['{\n"id": 1,\n"score": 1\n}', '{"a": {"b": 1}, "c": [1]}'])
def test_an_object_that_holds_no_table_is_told_once(text):
    with pytest.raises(SpecError) as told:
        table_rows(BytesIO(text.encode()), "t.json", (wrapped_rows,))
    assert [str(fault) for fault in told.value.faults] == [
        "t.json:1:1: one object, and not a table: write a list of rows, `[{…}, …]`, or a row on "
        "each line"
    ]


def test_a_single_row_on_a_line_is_a_row():
    [row] = table_rows(BytesIO(b'{"id": 1, "rewards": [1, 0]}\n'), "t.jsonl", (wrapped_rows,))
    assert row.values == {"id": 1, "rewards": [1, 0]}

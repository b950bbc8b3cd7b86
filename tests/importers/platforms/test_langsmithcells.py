"""A dataset of LangSmith in a table: which tables are one, and what becomes of their rows."""

from promptci.importers.kinds import guess_kind

CELLS = """id,inputs,outputs,split
a,"{""q"": ""2+2?""}","{""answer"": ""4""}",base
b,two,,
"""


def test_cells_of_json_are_a_dataset_unless_columns_are_mapped(read, rows):
    assert guess_kind("d.csv", CELLS.encode()) == ["langsmith"]
    assert guess_kind("d.csv", CELLS.encode(), is_mapped=True) == ["csv"]
    assert guess_kind("d.csv", b"id,inputs,outputs\na,q,x\n") == ["csv"]
    found = read("langsmith", {"d.csv": CELLS})
    row = {"id": "a", "vars": {"q": "2+2?"}, "expected": "4", "meta": {"split": "base"}}
    assert rows(found) == [row]
    assert [(each.line, "`inputs`" in each.message) for each in found.losses] == [(3, True)]

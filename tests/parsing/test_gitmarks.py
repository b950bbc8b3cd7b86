"""Marks of a conflict are told from text that only looks like them."""

import pytest

from promptci.errors import Fault, SpecError
from promptci.parsing.datafile import DataRow, read_csv, read_jsonl
from promptci.parsing.gitmarks import is_lfs_pointer, opens_conflict
from promptci.parsing.yamlfile import load_yaml
from tables import every_row

CONFLICT = "<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n"


@every_row(
    "text",
    [
        "a: 1\n" + CONFLICT.format("b: 1", "b: 2"),
        ("a: 1\n" + CONFLICT.format("b: 1", "b: 2")).replace("\n", "\r\n"),
        "a: 1\n<<<<<<< HEAD\nb: 1\n||||||| base\nb: 0\n=======\n>>>>>>> other\n",
        "a: |\n  text\n" + CONFLICT.format("  more", "  less"),
    ],
)
def test_yaml_with_a_conflict_is_refused_at_its_first_mark(text):
    with pytest.raises(SpecError, match="an unresolved merge conflict") as caught:
        load_yaml(text.encode(), "a.yaml")
    assert text.splitlines()[caught.value.faults[0].line - 1].startswith("<<<<<<<")


@every_row("left", ["<<<<<<< HEAD", "=======", ">>>>>>> other", "||||||| base"])
def test_a_mark_that_was_left_behind_is_told(left):
    with pytest.raises(SpecError) as caught:
        load_yaml(f"a: 1\nb: 2\n{left}\nc: 3\n".encode(), "a.yaml")
    [fault] = caught.value.faults
    assert (fault.line, fault.message) == (3, "this line is left of a merge conflict: delete it")


def test_a_text_about_conflicts_is_none():
    indented = "".join(f"  {line}\n" for line in CONFLICT.format("b", "c").splitlines())
    assert load_yaml(f"a: |\n{indented}".encode(), "a.yaml").plain() == {
        "a": CONFLICT.format("b", "c")
    }


def test_rows_with_a_conflict_are_one_fault():
    for read, row in ((read_jsonl, '{"a": 1}'), (read_csv, "1,2")):
        head = "a,b\n" if read is read_csv else ""
        *_, last = read((head + f"{row}\n" + CONFLICT.format(row, row)).encode(), "rows")
        assert isinstance(last, Fault)
        assert "an unresolved merge conflict" in last.message
        assert last.line == (3 if head else 2)


def test_a_cell_about_conflicts_is_none():
    text = f'a,b\n"{CONFLICT.format("x", "y")}",2\n'
    assert [row.values for row in read_csv(text.encode(), "rows") if isinstance(row, DataRow)] == [
        {"a": CONFLICT.format("x", "y"), "b": "2"}
    ]


def test_marks_are_seven_signs_and_a_name():
    assert opens_conflict("<<<<<<< HEAD\r\n")
    assert opens_conflict("<<<<<<<")
    assert not opens_conflict("<<<<<<<< HEAD")
    assert not opens_conflict("<<<<<<<HEAD")
    assert not is_lfs_pointer(b"version: 1")

"""The score records in trees: each file is read once, and what is on disk is known by its bytes."""

import pytest
from msgspec.structs import replace

from check.evaluations import record
from projects import MemoryTree
from promptci.errors import SpecError
from promptci.history import recordsonce
from promptci.history.recordsonce import TreeRecords
from promptci.records.scorefile import dump
from promptci.remembered import REMEMBERED
from render.values import files

PATH = "evals/router.scores.yaml"
ONE = replace(record(files(3)), eval="router")
MODEL = ONE.model


@pytest.fixture(autouse=True)
def reads(tmp_path, monkeypatch):
    """The paths of records that were read, none of which an earlier command left behind."""
    REMEMBERED.keep_in(lambda: tmp_path)
    seen = []
    read = recordsonce.records_once

    def counted(data, tree, path, eval_name):
        seen.append(path)
        return read(data, tree, path, eval_name)

    monkeypatch.setattr(recordsonce, "records_once", counted)
    return seen


def tree(*records):
    return MemoryTree({PATH: dump({each.model: each for each in records})})


def test_there_are_no_records_without_a_file_or_a_tree():
    assert TreeRecords().of(None, "router") == {}
    assert TreeRecords().of(MemoryTree({}), "router") == {}


def test_the_same_bytes_are_read_once_whatever_tree_they_are_in(reads):
    known = TreeRecords()
    found = known.of(tree(ONE), "router")
    assert found[MODEL].score == ONE.score
    assert known.of(tree(ONE), "router") == found
    assert reads == [PATH]


def test_a_damaged_file_is_refused_each_time():
    known, broken = TreeRecords(), MemoryTree({PATH: "format: 1\nno: record\n"})
    for _ in range(2):
        with pytest.raises(SpecError, match="router"):
            known.of(broken, "router")


def test_a_file_says_what_was_read_of_it_and_nothing_else():
    known, there = TreeRecords(), tree(ONE)
    assert not known.says(there, PATH, {MODEL: ONE})  # it was not read yet
    found = known.of(there, "router")
    assert known.says(there, PATH, found)
    assert not known.says(MemoryTree({}), PATH, found)
    assert not known.says(there, PATH, {MODEL: replace(found[MODEL], version="another")})


def test_the_order_of_metrics_counts_since_it_is_written():
    known = TreeRecords()
    there = tree(replace(ONE, metrics={"one": 1.0, "other": 0.5}))
    found = known.of(there, "router")
    turned = replace(found[MODEL], metrics={"other": 0.5, "one": 1.0})
    assert turned == found[MODEL]
    assert not known.says(there, PATH, {MODEL: turned})

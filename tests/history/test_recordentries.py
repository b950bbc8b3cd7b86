"""A history's comparisons are those of whole records, though it does not keep these."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from histories import commit_record, record
from promptci.compare.comparison import compare_records
from promptci.errors import RepoError
from promptci.git.filechanges import steps
from promptci.git.repo import Repo
from promptci.history.modelpairs import pair_models
from promptci.history.movedexamples import compare_moved
from promptci.history.recordentries import entries
from promptci.history.recordhistory import RecordedCommit

IDS = st.sampled_from("abcdefgh")
SCORES = st.dictionaries(IDS, st.one_of(st.none(), st.sampled_from([0.0, 0.25, 0.5, 1.0])))
EDITED = st.lists(IDS, unique=True).map(tuple)


@given(SCORES, SCORES, EDITED)
def test_leaving_out_what_is_as_it_was_changes_nothing(before, after, edited):
    base, head = record(before), record(after, edited=edited)
    whole = compare_records(base, head)
    found, delta = compare_moved(base, head)
    for fate in ("lost", "won", "changed", "new", "removed"):
        assert found.ids(fate) == whole.ids(fate)
    assert delta == (None if whole.delta is None else pytest.approx(whole.delta))


@given(SCORES, SCORES)
def test_what_rules_a_comparison_out_still_does(before, after):
    base = record(before)
    head = replace(record(after), sampling="sampled")
    found, delta = compare_moved(base, head)
    assert (found.obstacle, delta) == ("sampling changed from greedy to sampled", None)


def test_parts_are_named_in_their_order():
    base = record({"a": 1.0})
    head = record(
        {"a": 1.0}, parts={"prompt": "x", "examples": "x", "scorers": "x", "model": "x"}, build="b"
    )
    assert head.changed_since(base) == ("prompt", "examples", "scorers", "model", "build")
    assert base.changed_since(base) == ()


def test_models_are_paired_by_name_and_single_ones_in_any_case():
    small, large = record({"a": 1.0}), record({"a": 1.0}, model="large")
    assert list(pair_models({"small": small}, {"large": large})) == [("large", small, large)]
    both = {"small": small, "large": large}
    assert list(pair_models(both, {"large": large})) == [
        ("large", large, large),
        ("small", small, None),
    ]
    assert list(pair_models({}, {"small": small})) == [("small", None, small)]


def test_records_that_come_and_go_and_come_back_are_read(repo):
    """An object that is wanted again long after it was read ahead and dropped."""
    for number in range(150):
        score = float(number % 100 == 0)
        commit_record(repo, record({"a": score, "b": (number % 100) / 100}))
    opened = Repo.discover(repo.path)
    found = [
        RecordedCommit(step, {})
        for step in steps(opened, "evals/router.scores.yaml", opened.head())
    ]
    told = list(entries(found, opened.blobs, "router"))
    assert len(told) == 150
    assert [entry.won for entry in told if entry.won] == [("a",)]
    assert [entry.lost for entry in told if entry.lost] == [("a",), ("a",)]
    assert all(entry.record is None or not entry.record.results for entry in told)
    opened.close()


def test_objects_are_read_in_any_number_and_size(repo):
    repo.write({f"f{number:03}": bytes([number]) * number * 3000 for number in range(100)})
    repo.commit("Many")
    listed = repo.git("ls-tree", "HEAD").splitlines()
    ids = [line.split()[2] for line in listed]
    opened = Repo.discover(repo.path)
    assert [len(data) for data in opened.blobs(ids)] == [number * 3000 for number in range(100)]
    assert list(opened.blobs([])) == []
    with pytest.raises(RepoError, match="has no object"):
        list(opened.blobs([ids[3], "0" * 40, ids[2]]))
    assert opened.blob(ids[1]) == b"\1" * 3000  # what came after the missing one was read away
    opened.close()

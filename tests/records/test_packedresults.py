"""Results that are packed as they come in make the record that listed ones make."""

import random

import pytest

from promptci.records import chunkfiles
from promptci.records.chunkwriter import dump_files
from promptci.records.packedresults import PackedResults
from promptci.records.record import Parts, Record, Result
from promptci.records.results import ChunkedResults, Passed, each_of, failed_of

RESULTS = [
    Result("ü 1", "a" * 32, "pass", 1.0),
    Result("e2", "0123456789abcdef" * 2, "fail", 0.0),
    Result("e3", "b" * 32, "error"),
    Result("e5c0", "e5c0" * 8, "pass", 1.0),
    Result("e4", "c" * 32, "pass", 0.123456789, (("step:draft", 0.5), ("step:end", 1 / 3))),
    *(Result(f"row-{n}", f"{n:032x}", "pass", 1 / (n + 1)) for n in range(30)),
]
PARTS = Parts("1" * 32, "2" * 32, "3" * 32, "4" * 32)


@pytest.fixture(autouse=True)
def roomy(monkeypatch):
    """Records of 10 results and more have 4,096 chunks."""
    monkeypatch.setattr(chunkfiles, "LARGE", 5)
    monkeypatch.setattr(chunkfiles, "ROOMY", 10)


def record(results):
    return Record("a", "m", "f" * 32, PARTS, 0.5, 1, len(results), results)


def packed(results, expected=0):
    found = PackedResults(expected=expected)
    for result in results:
        found.append(result)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_packed_in_any_order_they_are_the_same_files(seed):
    listed = tuple(sorted(RESULTS, key=lambda each: each.id))
    found = packed(random.Random(seed).sample(RESULTS, len(RESULTS)), expected=10 * (seed % 2))
    assert (found.listed, len(found)) == (None, len(RESULTS))
    assert found.chunked == listed
    assert sorted(found, key=lambda each: each.id) == list(listed)
    assert sorted(found.scores) == sorted(r.score for r in listed if r.fate != "error")
    path = "evals/a.scores.yaml"
    files = dump_files({"m": record(found.chunked)}).at(path)
    assert files == dump_files({"m": record(listed)}).at(path)


def test_beside_a_model_with_other_results_they_are_the_same_files():
    listed = tuple(sorted(RESULTS, key=lambda each: each.id))
    few = listed[:3]
    path = "evals/a.scores.yaml"
    files = dump_files({"m": record(packed(RESULTS).chunked), "n": record(few)}).at(path)
    assert files == dump_files({"m": record(listed), "n": record(few)}).at(path)


def test_few_are_listed_in_the_order_in_which_they_came():
    found = packed(RESULTS[:9])
    assert found.listed == RESULTS[:9] == list(found)
    assert list(found.scores) == [r.score for r in RESULTS[:9] if r.fate != "error"]


def test_repeats_stay_listed():
    found = PackedResults(stay_listed=True)
    for result in RESULTS:
        found.append(result)
    assert found.listed == RESULTS


def test_they_are_looked_through_without_being_kept():
    chunked = packed(RESULTS).chunked
    assert isinstance(chunked, ChunkedResults)
    assert len(list(each_of(chunked))) == len(RESULTS)
    assert chunked._whole is None


def test_only_chunks_with_failed_examples_are_read_for_them():
    read = []
    chunked = packed(RESULTS).chunked
    spied = ChunkedResults(chunked.lines, lambda name: read.append(name) or chunked.chunk(name))
    assert [each.id for each in failed_of(spied)] == ["e2"]
    assert read == [chunkfiles.chunk_name("e2", 3)]
    assert [each.id for each in failed_of(tuple(RESULTS))] == ["e2"]


@pytest.mark.parametrize("results", [tuple(RESULTS), "chunked", ()])
def test_what_passed_is_known_by_id_and_digest(results):
    passed = Passed(packed(RESULTS).chunked if results == "chunked" else results)
    asked = [("ü 1", "a" * 32), ("ü 1", "b" * 32), ("e2", "0123456789abcdef" * 2), ("no", "")]
    assert [passed.has(*each) for each in asked] == [bool(results), False, False, False]

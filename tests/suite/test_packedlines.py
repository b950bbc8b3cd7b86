"""The digest of many lines, and ids that come twice, whatever is packed meanwhile."""

import hashlib
import random

import pytest

from promptci.suite import packedlines
from promptci.suite.packedlines import SeenIds, SortedLines

LINES = [f"{n % 7:x}{n * 7919 % 1000:x} ü {n}\n" for n in range(100)] + ["", "a", "\U0001f600b"]


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_the_digest_is_that_of_the_sorted_lines_in_any_order(monkeypatch, at_once):
    monkeypatch.setattr(packedlines, "AT_ONCE", at_once)
    found = set()
    for seed in range(3):
        lines = SortedLines()
        for line in random.Random(seed).sample(LINES, len(LINES)):
            lines.add(line)
        assert lines.count == len(LINES)
        found.add(lines.digest())
    assert found == {hashlib.sha256("".join(sorted(LINES)).encode()).hexdigest()}


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_an_id_that_comes_twice_is_found_with_both_its_lines(monkeypatch, at_once):
    monkeypatch.setattr(packedlines, "AT_ONCE", at_once)
    ids = SeenIds()
    rows = [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("b", 5), ("ü", 6), ("a", 7), ("e", 8)]
    soon = [(id_, first, line) for id_, line in rows if (first := ids.add(id_, line))]
    found = sorted([*soon, *ids.repeated()])
    assert found == [("a", 1, 7), ("b", 2, 5)]


def test_ids_on_one_line_are_told_apart():
    ids = SeenIds()
    assert [ids.add(each, 1) for each in ("a", "b", "a")] == [0, 0, 1]

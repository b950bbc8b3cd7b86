"""The search itself: rows of letters, g for good, b for bad, s for one that cannot be judged."""

import math

from hypothesis import given
from hypothesis import strategies as st

from promptci.history.bisection import PointState, Window, first_bad
from tables import every_row

FINDINGS: dict[str, PointState] = {"g": "good", "b": "bad", "s": "skip"}


def is_decided(found: Window) -> bool:
    """Whether the first bad one is known for sure: none between was skipped."""
    return found.bad - found.good == 1


class Judge:
    """Judges letters, never the ends of the row and nothing twice, and remembers where."""

    def __init__(self, row: str) -> None:
        self.row = row
        self.asked: list[int] = []

    def search(self, known: frozenset[int] = frozenset()) -> Window:
        places = range(len(self.row))
        return first_bad(places, self._verdict, is_known=lambda place: place in known)

    @property
    def judged(self) -> list[int]:
        return [place for place in self.asked if self.row[place] != "s"]

    def _verdict(self, place: int) -> PointState:
        assert 0 < place < len(self.row) - 1
        assert place not in self.asked
        self.asked.append(place)
        return FINDINGS[self.row[place]]


@every_row(
    ("row", "good", "bad"),
    [
        ("gb", 0, 1),
        ("gbb", 0, 1),
        ("ggb", 1, 2),
        ("gggggggb", 6, 7),
        ("gbbbbbbb", 0, 1),
        ("ggggbbbb", 3, 4),
    ],
)
def test_the_first_bad_one_is_found(row, good, bad):
    found = Judge(row).search()
    assert found == Window(good, bad)
    assert is_decided(found)


@every_row(
    ("row", "good", "bad"),
    [
        ("gsb", 0, 2),
        ("gsssssb", 0, 6),
        ("ggssbb", 1, 4),
        ("gsgsbsb", 2, 4),
    ],
)
def test_it_may_be_any_of_those_that_were_skipped_before_it(row, good, bad):
    found = Judge(row).search()
    assert found == Window(good, bad)
    assert not is_decided(found)


@every_row("row", ["gsgbb", "gsgbsb", "ggsgbssb"])
def test_those_skipped_elsewhere_do_not_matter(row):
    found = Judge(row).search()
    assert is_decided(found)
    assert (row[found.good], row[found.bad]) == ("g", "b")


def test_two_neighbours_are_decided_without_a_verdict():
    judge = Judge("gb")
    assert is_decided(judge.search())
    assert judge.asked == []


def test_verdicts_that_cost_nothing_come_first():
    judge = Judge("g" * 12 + "b" * 12)
    judge.search(frozenset({2, 11, 14}))
    assert judge.asked[:2] == [11, 14]
    assert 2 not in judge.asked, "it lies before one that is known to be good"


def test_a_row_that_turns_twice_gives_one_of_the_turns():
    row = "ggbbggbb"
    found = Judge(row).search()
    assert is_decided(found)
    assert (row[found.good], row[found.bad]) == ("g", "b")


@given(
    good=st.integers(1, 60),
    bad=st.integers(1, 60),
    skips=st.sets(st.integers(1, 118)),
    known=st.frozensets(st.integers(1, 118)),
)
def test_the_first_bad_one_is_found_in_any_row_that_turns_once(good, bad, skips, known):
    plain = "g" * good + "b" * bad
    last = len(plain) - 1
    row = "".join("s" if 0 < i < last and i in skips else each for i, each in enumerate(plain))
    judge = Judge(row)
    found = judge.search(known)
    assert row[found.good] == "g"
    assert row[found.bad] == "b"
    assert set(row[found.good + 1 : found.bad]) <= {"s"}
    assert found.good < good <= found.bad
    between = len(row) - 2
    most = math.floor(math.log2(between)) + 1 if between else 0
    assert len([place for place in judge.judged if place not in known]) <= most

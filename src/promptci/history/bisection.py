"""Which of a row of revisions is the first bad one, found with as few verdicts as can be."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, TypeVar

from msgspec import Struct

PointState: TypeAlias = Literal["good", "bad", "skip"]
"""`skip`: there is no telling."""

T = TypeVar("T")


class Window(Struct, frozen=True):
    """The result of a search, as places in the row: the last good one and the first bad one.

    Places between the two were skipped, so that the first bad one may be any of them.
    """

    good: int
    bad: int


def first_bad(
    revisions: Sequence[T],
    verdict: Callable[[T], PointState],
    *,
    is_known: Callable[[T], bool] = lambda _: False,
) -> Window:
    """Where a row of revisions, the first of them good and the last one bad, turns bad.

    Neither end is asked about, so that there are two revisions at least. Of n between, at most
    floor(log2 n) + 1 get a verdict other than `skip`. Those whose verdict `is_known` cost nothing
    and come first. A row that turns more than once has several answers; this is one of them. Raises
    what `verdict` raises.
    """
    good, bad = 0, len(revisions) - 1
    skipped: set[int] = set()
    while left := [place for place in range(good + 1, bad) if place not in skipped]:
        known = [place for place in left if is_known(revisions[place])]
        middle = _middle(known or left)
        found = verdict(revisions[middle])
        if found == "good":
            good = middle
        elif found == "bad":
            bad = middle
        else:
            skipped.add(middle)
    return Window(good, bad)


def _middle(places: Sequence[int]) -> int:
    return places[len(places) // 2]

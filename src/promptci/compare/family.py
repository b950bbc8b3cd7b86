"""Judgements of one gate: each has its p adjusted for the others beside it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from promptci.stats.families import holm
from promptci.stats.verdict import verdict

if TYPE_CHECKING:  # where nothing was compared the tests are not loaded
    from promptci.compare.judgement import Judgement


def judge_family(
    judgements: "Sequence[Judgement]", members: Sequence[bool]
) -> "tuple[Judgement, ...]":
    """The same judgements with p adjusted by Holm over the members of the family, and new verdicts.

    `members` says of each judgement what `is_in_family` does; the others stay as they are, and so
    do those without a p. For Holm (1979) see `stats/families.py`. Raises `ValueError` where the two
    are not equally many.
    """
    tested = [
        found.p.p
        for found, is_member in zip(judgements, members, strict=True)
        if is_member and found.p is not None
    ]
    adjusted = iter(holm(tested))
    return tuple(
        _adjust(found, next(adjusted)) if is_member and found.p is not None else found
        for found, is_member in zip(judgements, members, strict=True)
    )


def regressed_among_moved(judgements: "Sequence[Judgement]") -> tuple[bool, ...]:
    """Which would be regressed in a family without those of p 1, in which nothing moved.

    These could not have been significant, and take from the others all the same.
    """
    members = [each.p is not None and each.p.p < 1 for each in judgements]
    found = judge_family(judgements, members)
    both = zip(found, members, strict=True)
    return tuple(is_one and each.verdict == "regressed" for each, is_one in both)


def _adjust(found: "Judgement", adjusted_p: float) -> "Judgement":
    assert found.interval is not None
    claim = verdict(
        found.delta, found.interval.low, adjusted_p=adjusted_p, tolerance=found.tolerance
    )
    return replace(found, adjusted_p=adjusted_p, verdict=claim)

"""Several pairs judged as one family, and what repeats say of a fall that judges saw."""

from collections.abc import Sequence

from msgspec.structs import replace

from promptci.compare.comparison import Comparison, is_in_family
from promptci.compare.confirmed import Confirmed
from promptci.compare.family import judge_family
from promptci.compare.judgement import Judgement, Test, judge_comparison
from promptci.compare.pairing.pairs import Pair


def judge_all(
    pairs: Sequence[Pair], comparisons: Sequence[Comparison], *, test: Test = "exact"
) -> tuple[Judgement, ...]:
    """Judge several comparisons, those that a change touched as one family."""
    members = [
        is_in_family(comparison, asks_the_same=pair.asks_the_same)
        for pair, comparison in zip(pairs, comparisons, strict=True)
    ]
    return judge_family(
        [
            judge_comparison(
                comparison,
                tolerance=pair.gate.tolerance,
                clusters=pair.clusters or None,
                accepted=pair.accepted,
                test=test,
                seed=int(pair.head.fingerprint, 16),
            )
            for pair, comparison in zip(pairs, comparisons, strict=True)
        ],
        members,
    )


def confirm_falls(
    pairs: Sequence[Pair],
    comparisons: Sequence[Comparison],
    judgements: Sequence[Judgement],
    confirmed: Sequence[Confirmed],
    *,
    test: Test = "exact",
) -> tuple[Judgement, ...]:
    """The same judgements, but a fall that the repeats do not show is none.

    That can only be where judges vary: there the flips have been asked again, and each counts with
    the mean of its repeats, on both sides alike. What nothing changed goes as often up as down.
    """
    if not any(
        j.verdict == "regressed" and c.averaged for j, c in zip(judgements, confirmed, strict=True)
    ):
        return tuple(judgements)
    averaged = [c.averaged or each for c, each in zip(confirmed, comparisons, strict=True)]
    held = judge_all(pairs, averaged, test=test)
    return tuple(
        confirm_fall(judgement, again) if found.averaged else judgement
        for judgement, again, found in zip(judgements, held, confirmed, strict=True)
    )


def confirm_fall(judgement: Judgement, held: Judgement) -> Judgement:
    """The same judgement; `underpowered` where its fall was not confirmed."""
    if judgement.verdict != "regressed" or held.verdict == "regressed":
        return judgement
    return replace(judgement, verdict="underpowered")

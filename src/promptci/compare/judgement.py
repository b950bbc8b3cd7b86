"""What a comparison says: a fact about these examples, and an inference beyond them.

The order is: pair, test, correct for the family of tests, then the first claim that holds.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.comparison import Change, Comparison, why_none
from promptci.compare.pairedscores import Cells, SharedScores, cells_of, scores_on
from promptci.records.shared import Counts
from promptci.stats.clusters import clustered_error, clustered_mean_interval
from promptci.stats.describe import mean
from promptci.stats.effect import examples_for_effect
from promptci.stats.graded import graded_test
from promptci.stats.mcnemar import exact_mcnemar, midp_mcnemar
from promptci.stats.power import examples_to_settle
from promptci.stats.student import interval_of_scores, mean_interval, standard_error
from promptci.stats.tango import tango
from promptci.stats.uncertainty import Interval, PValue
from promptci.stats.verdict import Claim, verdict
from promptci.stats.visible import visible_drop

Verdict: TypeAlias = Claim | Literal["not comparable"]
Test: TypeAlias = Literal["exact", "midp"]

_DIFFERENCES = Interval(-1.0, 1.0)
_SCORES = Interval(0.0, 1.0)


class Judgement(Struct, frozen=True):
    """The inference from one comparison. Scores and differences are shares; head minus base.

    It leaves accepted losses out; `all` has them in, where there are any. `scores` is what to show.

    `p` is None and `verdict` `not comparable` where there is nothing to test; `obstacle` says
    why. `detectable` is the smallest true drop that the test behind `p`, of this eval alone, would
    show in four comparisons of five, None if there is none; `needed` about how many examples would
    settle the tolerance.
    """

    n: int
    cells: Cells
    base_score: float
    head_score: float
    base_interval: Interval | None
    head_interval: Interval | None
    delta: float
    interval: Interval | None
    p: PValue | None
    adjusted_p: float
    tolerance: float
    verdict: Verdict
    detectable: float | None
    needed: int | None
    obstacle: str = ""
    all: SharedScores | None = None

    @property
    def scores(self) -> SharedScores:
        """The scores of all compared examples, accepted losses among them."""
        ends = self.base_interval, self.head_interval
        return self.all or SharedScores(self.base_score, self.head_score, self.delta, *ends)


def judge_comparison(
    comparison: Comparison,
    *,
    tolerance: float,
    clusters: Mapping[str, str] | None = None,
    accepted: frozenset[str] = frozenset(),
    test: Test = "exact",
    seed: int = 0,
) -> Judgement:
    """Judge one comparison on its own, `adjusted_p` being p; `judge_family` corrects for several.

    `tolerance` is the fall that is put up with, a share in 0..1. `clusters` names the cluster of
    each example where examples belong together. Losses in `accepted`, ids, are left out of the
    inference. Where every score is 0 or 1 and there are no clusters it is McNemar's test, in the
    form of `test`, with Tango's interval; else `graded_test`, whose draws go by `seed`, with a t
    interval. Intervals are of 95 %. Raises `ValueError` for a tolerance below 0.
    """
    both = [c for c in comparison.changes if c.fate in ("same", "lost", "won")]
    pairs = [change for change in both if change.id not in accepted]
    if comparison.obstacle or not (pairs or comparison.shared.answered):
        return _not_comparable(comparison.obstacle or why_none(comparison), tolerance)
    same = comparison.shared.counts()
    found = _judged(pairs, same, clusters, tolerance=tolerance, test=test, seed=seed)
    is_all = len(both) == len(pairs)
    return found if is_all else replace(found, all=_with_accepted(both, same, clusters))


def _judged(
    pairs: Sequence[Change],
    same: Counts,
    clusters: Mapping[str, str] | None,
    *,
    tolerance: float,
    test: Test,
    seed: int,
) -> Judgement:
    """The inference from these pairs, and from examples that are the same on both sides."""
    base, head = scores_on(pairs, same)
    groups = _groups(pairs, clusters)
    differences = [after - before or 0.0 for before, after in zip(base, head, strict=True)]
    is_binary = all(score in (0.0, 1.0) for score in chain(base, head))  # of a million no copies
    cells = cells_of(pairs, same)
    is_counted = is_binary and groups is None
    if is_counted:
        p, interval = _binary_test(cells, test)
    else:
        p = graded_test(differences, seed=seed, clusters=groups)
        interval = _mean_interval(differences, groups)
    delta = mean(differences)
    return Judgement(
        n=len(base),
        cells=cells,
        base_score=mean(base),
        head_score=mean(head),
        base_interval=_score_interval(base, groups),
        head_interval=_score_interval(head, groups),
        delta=delta,
        interval=interval,
        p=p,
        adjusted_p=p.p,
        tolerance=tolerance,
        verdict=verdict(delta, interval.low, adjusted_p=p.p, tolerance=tolerance),
        detectable=_detectable(cells, differences, groups, test=test if is_counted else None),
        needed=_needed(cells, differences, is_binary=is_binary, tolerance=tolerance),
    )


def _with_accepted(
    pairs: Sequence[Change],
    same: Counts,
    clusters: Mapping[str, str] | None,
) -> SharedScores:
    """The scores of both sides on all of some pairs."""
    (base, head), groups = scores_on(pairs, same), _groups(pairs, clusters)
    ends = (_score_interval(scores, groups) for scores in (base, head))
    delta = mean([after - before for before, after in zip(base, head, strict=True)])
    return SharedScores(mean(base), mean(head), delta, *ends)


def _binary_test(cells: Cells, test: Test) -> tuple[PValue, Interval]:
    """McNemar's test and Tango's interval, for scores that are 0 or 1."""
    lost, won = cells.only_base, cells.only_head
    p = (exact_mcnemar if test == "exact" else midp_mcnemar)(lost, won)
    return p, tango(lost, won, n=lost + won + cells.both + cells.neither)


def _not_comparable(obstacle: str, tolerance: float) -> Judgement:
    return Judgement(
        n=0,
        cells=Cells(0, 0, 0, 0),
        base_score=0.0,
        head_score=0.0,
        base_interval=None,
        head_interval=None,
        delta=0.0,
        interval=None,
        p=None,
        adjusted_p=1.0,
        tolerance=tolerance,
        verdict="not comparable",
        detectable=None,
        needed=None,
        obstacle=obstacle,
    )


def _groups(pairs: Sequence[Change], clusters: Mapping[str, str] | None) -> list[str] | None:
    """The cluster of each pair, an example without one being its own; None if none is declared."""
    if not clusters:
        return None
    return [clusters.get(change.id) or f"\0{change.id}" for change in pairs]


def _mean_interval(differences: Sequence[float], groups: Sequence[str] | None) -> Interval:
    if groups is None:
        return mean_interval(differences, bounds=_DIFFERENCES)
    return clustered_mean_interval(differences, groups, bounds=_DIFFERENCES)


def _score_interval(scores: Sequence[float], groups: Sequence[str] | None) -> Interval | None:
    if groups is not None:
        return clustered_mean_interval(scores, groups, bounds=_SCORES)
    return interval_of_scores(scores)


def _detectable(
    cells: Cells, differences: Sequence[float], groups: Sequence[str] | None, *, test: Test | None
) -> float | None:
    """With the noise that shows in these pairs: flips that cancel out, or the spread of a mean.

    `test` is the form of McNemar's, None for a test of the mean.
    """
    n = len(differences)
    if test is not None:
        noise = 2 * min(cells.only_base, cells.only_head) / n
        return visible_drop(n, noise, is_binary=True, test=test)
    return visible_drop(n, _spread(differences, groups), is_binary=False)


def _spread(differences: Sequence[float], groups: Sequence[str] | None) -> float:
    """The variance of one difference, as the mean of all has it; clusters vary together."""
    if groups is None:
        return standard_error(differences) ** 2 * len(differences)
    return clustered_error(differences, groups) ** 2 * len(differences)


def _needed(
    cells: Cells, differences: Sequence[float], *, is_binary: bool, tolerance: float
) -> int | None:
    n = len(differences)
    if is_binary or not tolerance:
        return examples_to_settle(tolerance, (cells.only_base + cells.only_head) / n)
    spread = standard_error(differences) ** 2 * n
    return examples_for_effect(tolerance, spread) if spread else examples_to_settle(tolerance, 0.0)

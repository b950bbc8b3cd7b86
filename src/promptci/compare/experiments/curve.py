"""A learning curve: the score by how many shots a prompt has, paired along the curve."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import fmean

from msgspec import Struct

from promptci.stats.families import holm
from promptci.stats.graded import graded_test
from promptci.stats.interval import Interval
from promptci.stats.student import interval_of_scores

_LEVEL = 0.05


class CurvePoint(Struct, frozen=True):
    """The examples' mean scores over several orders, with so many shots; `errors` have none.

    `cost` is that of one order, None if a price is unknown.
    """

    shots: int
    scores: Mapping[str, float]
    errors: int
    cost: Decimal | None

    @property
    def score(self) -> float:
        """The mean over the examples."""
        return fmean(self.scores.values()) if self.scores else 0.0

    @property
    def interval(self) -> Interval | None:
        """Its 95 % interval, examples being the sample."""
        return interval_of_scores(list(self.scores.values()))


class CurveStep(Struct, frozen=True):
    """What the last point adds to an earlier one: the paired difference, its p adjusted (Holm)."""

    shots: int
    delta: float
    adjusted_p: float


class CurveResult(Struct, frozen=True):
    """The curve of an eval's prompt on one model, few shots first, over so many `orders`.

    `step` is the step of a flow whose prompt got the shots.
    """

    eval: str
    model: str
    orders: int
    points: tuple[CurvePoint, ...]
    step: str = ""

    @property
    def steps(self) -> tuple[CurveStep, ...]:
        """By how much the best point is better than each with fewer shots."""
        best = self.best
        earlier = [each for each in self.points if each.shots < best.shots]
        deltas = [_differences(each, best) for each in earlier]
        tested = holm([graded_test(each, seed=0).p for each in deltas])
        return tuple(
            CurveStep(each.shots, fmean(delta), p)
            for each, delta, p in zip(earlier, deltas, tested, strict=True)
        )

    @property
    def best(self) -> CurvePoint:
        """The point with the best score, of equal ones that with the fewest shots."""
        return max(self.points, key=lambda each: (each.score, -each.shots))

    @property
    def enough(self) -> int:
        """The fewest shots that the best point is not shown to be better than."""
        better = {step.shots for step in self.steps if step.adjusted_p <= _LEVEL and step.delta > 0}
        return min(each.shots for each in self.points if each.shots not in better)

    @property
    def exit_code(self) -> int:
        """3 where answers are missing, else 0."""
        return 3 if any(each.errors or not each.scores for each in self.points) else 0


def _differences(base: CurvePoint, head: CurvePoint) -> Sequence[float]:
    shared = sorted(base.scores.keys() & head.scores.keys())
    return [head.scores[id_] - base.scores[id_] for id_ in shared]

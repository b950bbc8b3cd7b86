"""A learning curve: the score by how many shots a prompt has, paired along the curve."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from statistics import fmean

from msgspec import Struct

from promptci.stats.families import holm
from promptci.stats.graded import graded_test
from promptci.stats.student import interval_of_scores
from promptci.stats.uncertainty import Interval

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
    """What another point has over this one: the paired difference, its p adjusted (Holm)."""

    shots: int
    delta: float
    adjusted_p: float


class TunedPoint(Struct, frozen=True):
    """What a fine-tuned model scores without shots."""

    model: str
    point: CurvePoint


class CurveResult(Struct, frozen=True):
    """The curve of an eval's prompt on one model, few shots first, over so many `orders`.

    `step` is the step of a flow whose prompt got the shots, `tuned` what a fine-tuned model does.
    """

    eval: str
    model: str
    orders: int
    points: tuple[CurvePoint, ...]
    step: str = ""
    tuned: TunedPoint | None = None

    @property
    def steps(self) -> tuple[CurveStep, ...]:
        """By how much the best point is better than each with fewer shots."""
        best = self.best
        return _steps([each for each in self.points if each.shots < best.shots], best)

    @property
    def steps_to_tuned(self) -> tuple[CurveStep, ...]:
        """By how much the tuned model is better than each number of shots, if one was asked."""
        if self.tuned is None or not self.tuned.point.scores:
            return ()
        return _steps(self.points, self.tuned.point)

    @property
    def reaches_tuned(self) -> int | None:
        """The fewest shots that the tuned model is not shown to be better than; None for none."""
        return min(
            (e.shots for e in self.steps_to_tuned if e.adjusted_p > _LEVEL or e.delta <= 0),
            default=None,
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
        points = (*self.points, self.tuned.point) if self.tuned else self.points
        return 3 if any(each.errors or not each.scores for each in points) else 0


def _steps(points: Sequence[CurvePoint], better: CurvePoint) -> tuple[CurveStep, ...]:
    deltas = [(each.shots, _differences(each, better)) for each in points]
    shared = [(shots, delta) for shots, delta in deltas if delta]
    tested = holm([graded_test(delta, seed=0).p for _, delta in shared])
    return tuple(
        CurveStep(shots, fmean(delta), p) for (shots, delta), p in zip(shared, tested, strict=True)
    )


def _differences(base: CurvePoint, head: CurvePoint) -> Sequence[float]:
    shared = sorted(base.scores.keys() & head.scores.keys())
    return [head.scores[id_] - base.scores[id_] for id_ in shared]

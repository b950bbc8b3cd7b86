"""How much a prompt's score depends on its format: spread, worst, and which axis matters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from statistics import fmean, median, pvariance

from msgspec import Struct


class FormatScore(Struct, frozen=True):
    """The score under one format, which is `parts`: what it is on each axis, for people.

    `scores` are those of its examples by id, of which `errors` have none. `given` is its score
    where no single example's is known. `name` is what somebody else calls the format.
    """

    parts: Mapping[str, str]
    scores: Mapping[str, float]
    errors: int = 0
    given: float | None = None
    name: str = ""

    @property
    def score(self) -> float:
        """The mean over the examples that have an answer; 0 without any."""
        if self.given is not None:
            return self.given
        return fmean(self.scores.values()) if self.scores else 0.0

    @property
    def is_scored(self) -> bool:
        """Whether anything is known of it."""
        return self.given is not None or bool(self.scores)


class AxisEffect(Struct, frozen=True):
    """What one axis of formats does to the score, from 0 to 1.

    `scores` are what each value would score, were the rest as in the mean, the best first;
    `explained` is how much of the variance between formats is the axis's.
    """

    name: str
    scores: Mapping[str, float]
    explained: float

    @property
    def range(self) -> float:
        """By how much its values differ at most."""
        return max(self.scores.values()) - min(self.scores.values())


class SensitivityResult(Struct, frozen=True, dict=True):
    """The scores of an eval under several formats of its prompt.

    `most_spread` is what the user allows. With `has_own` the first format is the prompt's own.
    `left_out` are columns of a table that were not taken as axes. `step` is the step of a flow
    whose prompt was varied. `is_all` says that no other formats of the prompt were left to try.
    """

    eval: str
    model: str
    formats: tuple[FormatScore, ...]
    most_spread: float | None = None
    has_own: bool = True
    left_out: tuple[str, ...] = ()
    step: str = ""
    is_all: bool = False

    @property
    def own(self) -> FormatScore | None:
        """The prompt's own format, where there is one."""
        return self.formats[0] if self.has_own else None

    @property
    def spread(self) -> float:
        """The largest less the smallest score."""
        return self.best.score - self.worst.score

    @property
    def mean(self) -> float:
        """The mean score over the formats."""
        return fmean(each.score for each in self.formats)

    @property
    def median(self) -> float:
        """The score that half of the formats reach."""
        return median(each.score for each in self.formats)

    @property
    def deviation(self) -> float:
        """The standard deviation of the score over the formats."""
        return float(pvariance([each.score for each in self.formats]) ** 0.5)

    @cached_property
    def worst(self) -> FormatScore:
        """The format with the smallest score."""
        return min(self.formats, key=lambda each: each.score)

    @cached_property
    def best(self) -> FormatScore:
        """The format with the largest score."""
        return max(self.formats, key=lambda each: each.score)

    @cached_property
    def pss(self) -> float | None:
        """The prompt sensitivity score: by how much an example's score differs between two formats.

        The mean over examples of the mean absolute difference over pairs of formats (Zhuo and
        others 2024, ProSA, arXiv:2410.12405), from 0 to 1. None where no example has two scores.
        """
        by_example: dict[str, list[float]] = defaultdict(list)
        for each in self.formats:
            for id_, score in each.scores.items():
                by_example[id_].append(score)
        differences = [_mean_gap(scores) for scores in by_example.values() if len(scores) > 1]
        return fmean(differences) if differences else None

    @cached_property
    def axes(self) -> tuple[AxisEffect, ...]:
        """What each axis does, the one that explains most first.

        Since not every pair of values was drawn, the effects of all axes are fitted together (least
        squares, additive). A format without its axes says nothing of them.
        """
        points = [(each.parts, each.score) for each in self.formats if each.parts]
        if not points:
            return ()
        effects = _fitted(points)
        whole = pvariance([score for _, score in points])
        found = [
            _axis(axis, values, points, whole)
            for axis, values in effects.items()
            if len(values) > 1
        ]
        return tuple(sorted(found, key=lambda each: (-each.explained, -each.range)))

    @property
    def tells_axes(self) -> bool:
        """Whether there are more formats than effects that are fitted to them."""
        return len(self.formats) > 1 + sum(len(each.scores) - 1 for each in self.axes)

    @property
    def exit_code(self) -> int:
        """3 where answers are missing, 1 where the spread is over what is allowed, else 0."""
        if any(each.errors or not each.is_scored for each in self.formats):
            return 3
        is_over = self.most_spread is not None and self.spread > self.most_spread + 1e-9
        return 1 if is_over else 0


def _mean_gap(scores: Sequence[float]) -> float:
    """The mean absolute difference of all pairs, by the gaps between neighbours in order."""
    ordered = sorted(scores)
    count = len(ordered)
    steps = enumerate(pairwise(ordered), 1)
    return sum((high - low) * n * (count - n) for n, (low, high) in steps) * 2 / (count**2 - count)


def _axis(
    name: str,
    effects: Mapping[str, float],
    points: Sequence[tuple[Mapping[str, str], float]],
    whole: float,
) -> AxisEffect:
    middle = fmean(score for _, score in points)
    own = pvariance([effects[parts[name]] for parts, _ in points])
    ordered = sorted(effects.items(), key=lambda pair: -pair[1])
    scores = {value: middle + effect for value, effect in ordered}
    return AxisEffect(name, scores, min(own / whole, 1.0) if whole else 0.0)


_ROUNDS = 200
_ENOUGH = 1e-12


def _fitted(points: Sequence[tuple[Mapping[str, str], float]]) -> dict[str, dict[str, float]]:
    """What each value of each axis adds to a score, fitted by going round the axes."""
    middle = fmean(score for _, score in points)
    effects: dict[str, dict[str, float]] = {
        axis: {parts[axis]: 0.0 for parts, _ in points} for axis in points[0][0]
    }
    rests = [score - middle for _, score in points]
    for _ in range(_ROUNDS):
        moved = max((_refit(axis, effects[axis], points, rests) for axis in effects), default=0.0)
        if moved < _ENOUGH:
            break
    return effects


def _refit(
    axis: str,
    effects: dict[str, float],
    points: Sequence[tuple[Mapping[str, str], float]],
    rests: list[float],
) -> float:
    """Move an axis's effects to the mean of what is left, and say by how much at most."""
    left: dict[str, list[float]] = defaultdict(list)
    for (parts, _), rest in zip(points, rests, strict=True):
        left[parts[axis]].append(rest)
    moves = {value: fmean(rest) for value, rest in left.items()}
    for number, (parts, _) in enumerate(points):
        rests[number] -= moves[parts[axis]]
    for value, move in moves.items():
        effects[value] += move
    return max(map(abs, moves.values()))

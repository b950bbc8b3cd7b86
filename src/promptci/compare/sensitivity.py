"""How much a prompt's score depends on its format: spread, worst, and which axis matters."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from promptci.specs.formats import PromptFormat


@dataclass(frozen=True, slots=True)
class FormatScore:
    """The score under one format, and that of each example by id; `errors` have none."""

    form: PromptFormat
    scores: Mapping[str, float]
    errors: int

    @property
    def score(self) -> float:
        """The mean over the examples that have an answer; 0 without any."""
        return fmean(self.scores.values()) if self.scores else 0.0


@dataclass(frozen=True, slots=True)
class SensitivityResult:
    """The scores of an eval under several formats of its prompt, the prompt's own first.

    `most_spread` is what the user allows.
    """

    eval: str
    model: str
    formats: tuple[FormatScore, ...]
    most_spread: float | None = None

    @property
    def spread(self) -> float:
        """The largest less the smallest score."""
        scores = [each.score for each in self.formats]
        return max(scores) - min(scores)

    @property
    def mean(self) -> float:
        """The mean score over the formats."""
        return fmean(each.score for each in self.formats)

    @property
    def worst(self) -> FormatScore:
        """The format with the smallest score."""
        return min(self.formats, key=lambda each: each.score)

    @property
    def best(self) -> FormatScore:
        """The format with the largest score."""
        return max(self.formats, key=lambda each: each.score)

    @property
    def pss(self) -> float:
        """The prompt sensitivity score: by how much an example's score differs between two formats.

        The mean over examples and pairs of formats of the absolute difference (Zhuo and others
        2024, ProSA, arXiv:2410.12405), from 0 to 1.
        """
        pairs = combinations((each.scores for each in self.formats), 2)
        differences = [
            abs(one[id_] - two[id_]) for one, two in pairs for id_ in one.keys() & two.keys()
        ]
        return fmean(differences) if differences else 0.0

    @property
    def axes(self) -> Mapping[str, float]:
        """By how much the score differs between the values of each axis, the largest first.

        Since not every pair of values was drawn, the effects of all axes are fitted together (least
        squares, additive).
        """
        effects = _fitted([(each.form.parts, each.score) for each in self.formats])
        ranges = {
            axis: max(values.values()) - min(values.values())
            for axis, values in effects.items()
            if len(values) > 1
        }
        return dict(sorted(ranges.items(), key=lambda pair: -pair[1]))

    @property
    def exit_code(self) -> int:
        """3 where answers are missing, 1 where the spread is over what is allowed, else 0."""
        if any(each.errors or not each.scores for each in self.formats):
            return 3
        is_over = self.most_spread is not None and self.spread > self.most_spread + 1e-9
        return 1 if is_over else 0


_ROUNDS = 200


def _fitted(points: Sequence[tuple[Mapping[str, str], float]]) -> dict[str, dict[str, float]]:
    """What each value of each axis adds to a score, fitted by going round the axes."""
    middle = fmean(score for _, score in points)
    effects: dict[str, dict[str, float]] = {
        axis: {parts[axis]: 0.0 for parts, _ in points} for axis in points[0][0]
    }
    for _ in range(_ROUNDS):
        for axis, values in effects.items():
            left: dict[str, list[float]] = defaultdict(list)
            for parts, score in points:
                others = sum(effects[other][parts[other]] for other in effects if other != axis)
                left[parts[axis]].append(score - middle - others)
            values.update({value: fmean(rest) for value, rest in left.items()})
    return effects

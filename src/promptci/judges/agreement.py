"""How a judge's verdicts compare with people's: agreement, chance, bias by position and length."""

from collections.abc import Sequence
from functools import cached_property
from itertools import combinations

from msgspec import Struct

from promptci.judges.humanlabels import VERDICTS, Human
from promptci.judges.judgeset import Floors
from promptci.records.record import Score
from promptci.stats.agreement import Correlation, Kappa, cohen_kappa, rank_correlation
from promptci.stats.describe import mean
from promptci.stats.proportion import wilson
from promptci.stats.uncertainty import Interval


class Judged(Struct, frozen=True):
    """One output with both verdicts.

    `score` is the judge's, None where it gave none; `why` says so then. `turned` is its score with
    the choices in the opposite order, None where that was not asked or gave no verdict. `again` are
    the scores that it gave when it was asked the same once more. `output` is what was judged,
    `place` the file and line of its label.
    """

    id: str
    human: Human
    score: Score | None
    why: str = ""
    length: int = 0
    turned: Score | None = None
    again: tuple[Score, ...] = ()
    output: str = ""
    place: str = ""


class Consistency(Struct, frozen=True):
    """How far a judge agrees with itself on `n` outputs that it judged more than once.

    `same` of them always got the same class; `pairs` is the share of pairs of replies to an output
    that agree, the mean over the outputs. `varying` are the ids of the others.
    """

    n: int
    same: int
    pairs: float
    varying: tuple[str, ...]

    @property
    def interval(self) -> Interval:
        """Wilson's interval of the share that always got the same class."""
        return wilson(self.same, self.n)


class Position(Struct, frozen=True):
    """What the order of choices does: of `n` outputs judged in both orders, `changed` changed
    class, `first` of them towards what was listed first and the others towards the last."""

    n: int
    changed: int
    first: int


class Agreement(Struct, frozen=True, dict=True):
    """A judge against people over all outputs.

    `classes` are those of rows and columns, `choices` what the judge chooses from, in the order
    that it is shown; none where it has no choices. `question` is that of its `BoundScorer`.
    """

    classes: tuple[str, ...]
    outputs: tuple[Judged, ...]
    floors: Floors
    choices: tuple[str, ...] = ()
    question: str = ""

    @cached_property
    def judged(self) -> tuple[tuple[Judged, Score], ...]:
        """The outputs that the judge gave a verdict on."""
        return tuple((each, each.score) for each in self.outputs if each.score is not None)

    @cached_property
    def errors(self) -> tuple[Judged, ...]:
        """Those without a verdict."""
        return tuple(each for each in self.outputs if each.score is None)

    @cached_property
    def table(self) -> tuple[tuple[int, ...], ...]:
        """How many outputs of each human class (rows) the judge put into each class (columns)."""
        counts = [[0] * len(self.classes) for _ in self.classes]
        for each, score in self.judged:
            row = self.classes.index(each.human.label)
            counts[row][self.classes.index(self.label(score))] += 1
        return tuple(map(tuple, counts))

    @property
    def agreed(self) -> int:
        """Outputs judged as people did."""
        return sum(self.table[index][index] for index in range(len(self.classes)))

    @property
    def accuracy(self) -> float | None:
        """The share of them; None without any verdict."""
        return self.agreed / len(self.judged) if self.judged else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's interval of it."""
        return wilson(self.agreed, len(self.judged)) if self.judged else None

    @cached_property
    def kappa(self) -> Kappa | None:
        """Agreement beyond chance; None where all is one class."""
        return cohen_kappa(self.table)

    @cached_property
    def _gaps(self) -> tuple[float, ...]:
        return tuple(score.value - each.human.score for each, score in self.judged)

    @property
    def error(self) -> float | None:
        """The mean absolute error of the judge's values, where people gave scores."""
        is_graded = any(each.human.is_graded for each, _ in self.judged)
        return mean([abs(gap) for gap in self._gaps]) if is_graded else None

    @property
    def lean(self) -> float | None:
        """By how much the judge is kinder than people, on average; negative if stricter."""
        return mean(self._gaps) if self.judged else None

    @property
    def length_bias(self) -> Correlation | None:
        """Rank correlation of judge minus human with the output's length.

        Above 0 the judge favours the longer ones. None where one of them does not vary, and with
        fewer outputs than could tell.
        """
        lengths = [float(each.length) for each, _ in self.judged]
        return rank_correlation(self._gaps, lengths)

    @cached_property
    def consistency(self) -> Consistency | None:
        """The judge against itself; None where it was asked once."""
        asked = [
            (each.id, [self.label(each_score) for each_score in (score, *each.again)])
            for each, score in self.judged
            if each.again
        ]
        if not asked:
            return None
        varying = tuple(id_ for id_, labels in asked if len(set(labels)) > 1)
        pairs = mean([_agreeing_pairs(labels) for _, labels in asked])
        return Consistency(len(asked), len(asked) - len(varying), pairs, varying)

    @cached_property
    def position(self) -> Position | None:
        """What the order of the choices does; None where there is none."""
        pairs = [
            (self.choices.index(score.label), self.choices.index(each.turned.label))
            for each, score in self.judged
            if each.turned is not None and score.label and each.turned.label
        ]
        if not pairs:
            return None
        changed = [(one, other) for one, other in pairs if one != other]
        return Position(len(pairs), len(changed), sum(one < other for one, other in changed))

    @property
    def disagreements(self) -> tuple[tuple[Judged, Score], ...]:
        """The outputs that the judge sees otherwise than people."""
        return tuple(
            (each, score) for each, score in self.judged if self.label(score) != each.human.label
        )

    def passing_counts(self) -> tuple[tuple[int, int], tuple[int, int]] | None:
        """Of the outputs that people pass, how many the judge fails; of those that they fail, how
        many it passes; each with their number. None where labels are other classes."""
        if self.classes != VERDICTS:
            return None
        good, bad = (self.table[self.classes.index(name)] for name in ("pass", "fail"))
        passed = self.classes.index("pass")
        return (sum(good) - good[passed], sum(good)), (bad[passed], sum(bad))

    def label(self, score: Score) -> str:
        """The class of a judge's score."""
        if self.classes != VERDICTS or score.label in VERDICTS:
            return score.label
        return "pass" if score.passed else "fail"

    @property
    def exit_code(self) -> int:
        """3 where too little is known, 1 below a floor, else 0."""
        if self.is_undecided:
            return 3
        return 1 if self.missed else 0

    @property
    def is_undecided(self) -> bool:
        """Whether too little is known to say that the judge is good or bad."""
        too_many = len(self.errors) > self.floors.max_errors or not self.judged
        return too_many or self.lacks_kappa or self.lacks_repeats

    @property
    def lacks_kappa(self) -> bool:
        """Whether a floor asks for kappa, which has no meaning here."""
        return self.floors.min_kappa is not None and self.kappa is None

    @property
    def lacks_repeats(self) -> bool:
        """Whether a floor asks for agreement with itself, and nothing was judged twice."""
        return self.floors.min_self_agreement is not None and self.consistency is None

    @property
    def missed(self) -> tuple[str, ...]:
        """The floors that the judge does not reach, in words."""
        least, floor = self.floors.min_agreement, self.floors.min_kappa
        own = self.floors.min_self_agreement
        said = []
        if least is not None and self.accuracy is not None and self.accuracy < least:
            said.append(f"agreement {self.accuracy:.3f} is below {least:g}")
        if floor is not None and self.kappa is not None and self.kappa.value < floor:
            said.append(f"kappa {self.kappa.value:.3f} is below {floor:g}")
        if own is not None and self.consistency is not None and self.consistency.pairs < own:
            said.append(f"agreement with itself {self.consistency.pairs:.3f} is below {own:g}")
        return tuple(said)


def _agreeing_pairs(labels: Sequence[str]) -> float:
    """The share of pairs of labels that are equal."""
    pairs = list(combinations(labels, 2))
    return sum(one == other for one, other in pairs) / len(pairs)

"""Many results as one: sums of scores, and repeats of an example."""

from collections.abc import Iterable
from math import fsum

from msgspec import Struct
from msgspec.structs import replace

from promptci.records.record import CONTROL, STEP, Fate, Result, Tally


class Sum(Struct):
    """A running mean of scores, with the count of passed ones.

    Results arrive in any order and floats add up differently in each, so whole billionths are
    added: the same results give the same bytes.
    """

    billionths: int = 0
    passed: int = 0
    total: int = 0

    def add(self, score: float, *, passed: bool) -> None:
        """Add one score, in 0..1."""
        self.billionths += round(score * 10**9)
        self.passed += passed
        self.total += 1

    @property
    def tally(self) -> Tally:
        """The mean score so far, 0 of none, and how many passed of how many."""
        score = self.billionths / self.total / 10**9 if self.total else 0.0
        return Tally(score, self.passed, self.total)


def merge(results: Iterable[Result]) -> tuple[list[Result], int]:
    """Repeats of an example as one result: the mean score, passed if most passed.

    The second value counts examples whose repeats disagree.
    """
    repeats: dict[str, list[Result]] = {}
    for result in results:
        repeats.setdefault(result.id, []).append(result)
    merged = [_majority(each) for each in repeats.values()]
    return merged, sum(len({result.fate for result in each}) > 1 for each in repeats.values())


def _majority(repeats: list[Result]) -> Result:
    answered = [result for result in repeats if result.fate != "error"]
    if not answered:
        return repeats[0]
    passed = 2 * sum(result.passed for result in answered) > len(answered)
    score = fsum(result.score for result in answered) / len(answered)
    fate: Fate = "pass" if passed else "fail"
    return replace(answered[0], fate=fate, score=score, scores=_steps(answered))


def _steps(repeats: list[Result]) -> tuple[tuple[str, float], ...]:
    """What is said of the steps of a flow, the mean of each; of scorers the record has means."""
    values: dict[str, list[float]] = {}
    for result in repeats:
        for label, value in result.scores:
            if label == CONTROL or label.startswith(STEP):
                values.setdefault(label, []).append(value)
    return tuple((label, fsum(each) / len(each)) for label, each in values.items())

"""One example asked several times, and what its answers have in common."""

from collections import Counter
from functools import cached_property
from statistics import stdev

from msgspec import Struct

from promptci.records.record import Result
from promptci.stats.trials import pass_any, pass_power

_MARKS = {"pass": "+", "fail": "-"}


class Attempt(Struct, frozen=True):
    """One answer: its result, a mark that is equal for equal texts, and what scorers read in it."""

    result: Result
    text: int
    read: tuple[tuple[str, str], ...] = ()


class Repeated(Struct, frozen=True, dict=True):
    """One example, asked several times: its attempts in order, None where there was no answer."""

    id: str
    attempts: tuple[Attempt | None, ...]

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """The results of the answers."""
        return tuple(attempt.result for attempt in self.attempts if attempt is not None)

    @property
    def passed(self) -> int:
        """How many answers passed."""
        return sum(result.passed for result in self.results)

    @property
    def is_flipping(self) -> bool:
        """Whether some answers passed and some failed."""
        return 0 < self.passed < len(self.results)

    @property
    def is_same_text(self) -> bool:
        """Whether all answers are the same, character for character."""
        return len({attempt.text for attempt in self.attempts if attempt is not None}) == 1

    @property
    def is_same_answer(self) -> bool:
        """Whether scorers read the same in all answers, were it nothing."""
        return len({attempt.read for attempt in self.attempts if attempt is not None}) == 1

    @property
    def variance(self) -> float:
        """The variance of one answer's score: K/(K-1) p (1-p) where scores are 0 or 1."""
        return stdev([result.score for result in self.results]) ** 2

    @property
    def marks(self) -> str:
        """`+` for an answer that passed, `-` for one that failed, `?` for none."""
        return "".join(_MARKS[a.result.fate] if a is not None else "?" for a in self.attempts)

    def pass_power(self, k: int) -> float:
        """The chance that k answers all pass, without bias: pass^k."""
        return pass_power(len(self.results), self.passed, k)

    def pass_any(self, k: int) -> float:
        """The chance that one of k answers passes, without bias: pass@k."""
        return pass_any(len(self.results), self.passed, k)

    @property
    def voted(self) -> Result:
        """The result of the answer that is read most often, of equals the one given first."""
        answers = [attempt for attempt in self.attempts if attempt is not None]
        counts = Counter(answer.read for answer in answers)
        return max(answers, key=lambda answer: counts[answer.read]).result

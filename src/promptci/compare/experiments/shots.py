"""What a prompt's shots do: does the model get them right, and do they carry over."""

from msgspec import Struct

from promptci.stats.proportion import newcombe, wilson
from promptci.stats.uncertainty import Interval


class Recall(Struct, frozen=True):
    """How many of so many examples passed; `errors` have no answer and are not among them."""

    passed: int
    total: int
    errors: int = 0

    @property
    def score(self) -> float | None:
        """The share that passed; None where nothing was answered."""
        return self.passed / self.total if self.total else None

    @property
    def interval(self) -> Interval | None:
        """Its 95 % interval."""
        return wilson(self.passed, self.total) if self.total else None


class ShotFate(Struct, frozen=True):
    """One shot: its number from 1, its input, whether it is right with itself among the shots and
    without (None without an answer), and how the held-out examples fare without it.

    `without` is None where that was not asked.
    """

    number: int
    text: str
    left_in: bool | None
    left_out: bool | None
    without: Recall | None = None


class ShotsResult(Struct, frozen=True):
    """The shots of an eval's prompt on one model.

    `orders` are the held-out results under other orders of the shots.
    """

    eval: str
    model: str
    held_out: Recall
    shots: tuple[ShotFate, ...]
    orders: tuple[Recall, ...] = ()

    @property
    def left_in(self) -> Recall:
        """How many shots are right where each is among the shots."""
        return _recall([shot.left_in for shot in self.shots])

    @property
    def left_out(self) -> Recall:
        """How many are right where each is asked with the others alone."""
        return _recall([shot.left_out for shot in self.shots])

    @property
    def gap(self) -> tuple[float, Interval] | None:
        """By how much shots are right more often than held-out examples, with its 95 % interval."""
        own, other = self.left_in, self.held_out
        if own.score is None or other.score is None:
            return None
        interval = newcombe((own.passed, other.passed), (own.total, other.total))
        return own.score - other.score, interval

    @property
    def spread(self) -> float | None:
        """The largest less the smallest held-out score over all orders that were asked."""
        scores = [each.score for each in (self.held_out, *self.orders)]
        known = [score for score in scores if score is not None]
        return max(known) - min(known) if len(known) > 1 else None

    @property
    def harmful(self) -> tuple[ShotFate, ...]:
        """Shots without which more held-out examples pass, the worst first."""
        kept = self.held_out.passed
        worse = [s for s in self.shots if s.without is not None and s.without.passed > kept]
        return tuple(sorted(worse, key=lambda s: -s.without.passed if s.without else 0))

    @property
    def exit_code(self) -> int:
        """3 where answers are missing, else 0."""
        asked = [self.held_out, self.left_in, self.left_out, *self.orders]
        return 3 if any(each.errors or not each.total for each in asked) else 0


def _recall(fates: list[bool | None]) -> Recall:
    known = [fate for fate in fates if fate is not None]
    return Recall(sum(known), len(known), len(fates) - len(known))

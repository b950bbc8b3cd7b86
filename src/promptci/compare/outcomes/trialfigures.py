"""What several answers to each example say: pass@k, pass^k, and how far samples agree."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from msgspec import Struct, field

from promptci.specs.sampling import PickKind
from promptci.stats.describe import mean
from promptci.stats.proportion import wilson_of_shares
from promptci.stats.trials import pass_any, pass_power
from promptci.stats.uncertainty import Interval

if TYPE_CHECKING:
    from promptci.run.solving.solve import Evaluated

_ALL_UP_TO = 8
"""Up to so many trials every k is shown, beyond that powers of two and the last."""


class Estimated(Struct, frozen=True):
    """A mean over examples, with its 95 % interval."""

    value: float
    interval: Interval


class AtK(Struct, frozen=True):
    """What is known of k trials, over the `examples` that have so many."""

    k: int
    examples: int
    any_passes: Estimated
    all_pass: Estimated


class PickFigures(Struct, frozen=True):
    """How samples were picked, over examples.

    `agreement` is the mean share of the samples that gave the picked answer, None where nothing
    says which are alike. `tied` examples had others as good, in `invalid` ones no sample passed the
    check or could be read. `samples` were asked for in all, of at most `most` for each example.
    """

    pick: PickKind
    examples: int
    most: int
    samples: int
    agreement: float | None
    tied: int
    invalid: int


class TrialFigures(Struct, frozen=True):
    """Trials of one eval on one model: `samples` of one answer, or `repeats` of all of it."""

    kind: Literal["samples", "repeats"]
    at: tuple[AtK, ...]


class TrialCounts(Struct):
    """Trials by example as they come in: how many, and how many passed."""

    repeat: int
    counts: dict[str, list[int]] = field(default_factory=dict)
    agreements: list[float] = field(default_factory=list)
    examples: int = 0
    samples: int = 0
    tied: int = 0
    invalid: int = 0
    most: int = 0
    has_samples: bool = False

    def take(self, evaluated: "Evaluated") -> None:
        """Add one result."""
        result = evaluated.result
        if evaluated.trials:
            self.has_samples = True
            self._add(result.id, evaluated.trials)
        elif self.repeat > 1 and result.fate != "error":
            self._add(result.id, (result.passed,))
        picked = evaluated.picked
        if picked is not None:
            self.examples += 1
            self.samples += len(picked.candidates)
            self.most = max(self.most, len(picked.candidates))
            self.tied += picked.is_tied
            self.invalid += not picked.is_valid
            self.agreements += [] if picked.agreement is None else [picked.agreement]

    def _add(self, id_: str, passed: Sequence[bool]) -> None:
        count = self.counts.setdefault(id_, [0, 0])
        count[0] += len(passed)
        count[1] += sum(passed)

    def picks(self, pick: PickKind, most: int) -> PickFigures | None:
        """How samples were picked, of at most so many; None where there were none."""
        if not self.examples:
            return None
        agreement = mean(self.agreements) if self.agreements else None
        most = max(most, self.most)  # of samples from elsewhere there may be more
        return PickFigures(
            pick, self.examples, most, self.samples, agreement, self.tied, self.invalid
        )

    @property
    def figures(self) -> TrialFigures | None:
        """pass@k and pass^k; None where no example has two trials."""
        at = trials_at(self.counts)
        kind: Literal["samples", "repeats"] = "samples" if self.has_samples else "repeats"
        return TrialFigures(kind, at) if len(at) > 1 else None


def trials_at(counts: Mapping[str, Sequence[int]]) -> tuple[AtK, ...]:
    """The figures of k trials, for each k shown; counts are trials and passes by example."""
    return tuple(_at_each(counts))


def _at_each(counts: Mapping[str, Sequence[int]]) -> Iterable[AtK]:
    most = max((trials for trials, _ in counts.values()), default=0)
    ks = [k for k in range(1, most + 1) if k <= _ALL_UP_TO or k & (k - 1) == 0 or k == most]
    for k in ks:
        enough = [(trials, passed) for trials, passed in counts.values() if trials >= k]
        yield AtK(
            k,
            len(enough),
            _estimated([pass_any(trials, passed, k) for trials, passed in enough], most / k),
            _estimated([pass_power(trials, passed, k) for trials, passed in enough], most / k),
        )


def _estimated(values: Sequence[float], looks: float) -> Estimated:
    """A mean, of which each value comes from so many groups of k trials that share none."""
    return Estimated(mean(values), wilson_of_shares(values, looks=looks))

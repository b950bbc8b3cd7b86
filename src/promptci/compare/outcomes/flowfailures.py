"""How flows fail: a step wrong, the control flow wrong, or steps right and the whole wrong.

The share of examples that are wrong as a whole among those with every step right is the
composability gap, which Press et al. (2023), arXiv 2210.03350, call the compositionality gap.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from promptci.compare.comparison import Comparison
from promptci.records.record import CONTROL, STEP, Result

if TYPE_CHECKING:
    from promptci.stats.uncertainty import Interval

COMPOSITION = "composition"
"""Where the whole is wrong with every step right."""

_ROUNDING = 1e-9


class StepTally(Struct, frozen=True):
    """How often a step was right, of so many examples that expect an output of it."""

    name: str
    right: int
    total: int


class FlowFailures(Struct, frozen=True):
    """The examples of a flow, answered ones alone, by what is wrong with them.

    Each wrong example counts once: for the first of its steps that is wrong, in the order of the
    flow; else for its control flow; else, with every step right, for the whole. `steps_right`
    counts examples that expect an output of a step and have all of them right, and the control
    flow; `gap` those of them that are wrong as a whole. `despite` counts those that are right
    although a step, or the control flow, is wrong.
    """

    steps: tuple[StepTally, ...]
    by_step: dict[str, int]
    by_control: int
    gap: int
    steps_right: int
    despite: int

    @property
    def share(self) -> float | None:
        """The composability gap, in 0..1; None where no example has every step right."""
        return self.gap / self.steps_right if self.steps_right else None

    @property
    def interval(self) -> "Interval | None":
        """Its 95 % interval, that of Wilson (1927)."""
        from promptci.stats.proportion import wilson

        return wilson(self.gap, self.steps_right) if self.steps_right else None


def flow_failures(results: Iterable[Result]) -> FlowFailures | None:
    """How the examples of a record fail; None where nothing is said of steps."""
    told = [each for each in results if each.fate != "error" and _of_steps(each)]
    if not told:
        return None
    rights: dict[str, list[bool]] = {}
    for result in told:
        for name, is_right in _steps(result):
            rights.setdefault(name, []).append(is_right)
    wrong = Counter(wrong_part(each) for each in told if not each.passed)
    right = [each for each in told if not _wrong_part(each) and _steps(each)]
    return FlowFailures(
        steps=tuple(StepTally(name, sum(each), len(each)) for name, each in rights.items()),
        by_step={n: c for n, c in wrong.items() if n not in (CONTROL, COMPOSITION)},
        by_control=wrong[CONTROL],
        gap=sum(not each.passed for each in right),
        steps_right=len(right),
        despite=sum(each.passed and bool(_wrong_part(each)) for each in told),
    )


def blamed_step(base: Result | None, head: Result | None) -> str:
    """Which step a change broke, of an example that it lost: the first that was right before.

    Else `control flow`, if that was right before, or `composition`. Empty where nothing is said
    of steps on both sides.
    """
    if base is None or head is None or not (_of_steps(base) and _of_steps(head)):
        return ""
    before = dict(_of_steps(base))
    for label, value in _of_steps(head):
        if not _is_right(value) and _is_right(before.get(label, 0.0)):
            return label.removeprefix(STEP)
    return COMPOSITION


def blamed_steps(found: Comparison) -> dict[str, int]:
    """How many lost examples each step is to blame for, the most first."""
    lost = (each for each in found.changes if each.fate == "lost")
    counts = Counter(name for each in lost if (name := blamed_step(each.base, each.head)))
    return dict(counts.most_common())


def _of_steps(result: Result) -> Sequence[tuple[str, float]]:
    return [each for each in result.scores if each[0] == CONTROL or each[0].startswith(STEP)]


def _steps(result: Result) -> list[tuple[str, bool]]:
    named = (each for each in result.scores if each[0].startswith(STEP))
    return [(label.removeprefix(STEP), _is_right(value)) for label, value in named]


def _wrong_part(result: Result) -> str:
    """The first step that is wrong, else the control flow; empty where all is right."""
    first = next((name for name, right in _steps(result) if not right), "")
    control = dict(result.scores).get(CONTROL, 1.0)
    return first or ("" if _is_right(control) else CONTROL)


def wrong_part(result: Result) -> str:
    """What a wrong example counts for; without a step expected it is the whole, too."""
    return _wrong_part(result) or COMPOSITION


def _is_right(value: float) -> bool:
    return value >= 1 - _ROUNDING

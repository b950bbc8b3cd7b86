"""Before crying wolf: examples that flipped are asked again on both sides."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from promptci.collector import Collector
from promptci.comparison import Change, Comparison
from promptci.pairs import Pair
from promptci.plan import Plan, Task
from promptci.work import Finished

CONFIRM = 2
"""How often a lost or won example is asked again on each side."""

RunPlan: TypeAlias = Callable[[Plan, Callable[[Finished], None]], Collector]
"""Evaluates a plan, hands each result to the callable, and gives what it all comes to."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A comparison in which flips that did not hold are `flaky`; `note` says what was done.

    `was_asked` is false where nothing was asked again.
    """

    comparison: Comparison
    was_asked: bool
    note: str


def pass_over(_: Finished) -> None:
    """Take a result and remember nothing of it: what it all comes to is enough."""


@dataclass(slots=True)
class Fates:
    """Whether examples that were asked again passed, attempt by attempt, by task and example."""

    _passed: dict[int, dict[str, list[bool]]] = field(default_factory=dict)

    def take(self, finished: Finished) -> None:
        """Remember one result; one without an answer tells nothing."""
        result = finished.evaluated.result
        if result.fate != "error":
            of_task = self._passed.setdefault(id(finished.task), {})
            of_task.setdefault(result.id, []).append(result.passed)

    def of(self, task: Task, id_: str) -> list[bool]:
        """What the attempts came to that were answered."""
        return self._passed.get(id(task), {}).get(id_, [])


def confirm(
    pairs: Sequence[Pair], comparisons: Sequence[Comparison], run: RunPlan, *, times: int = CONFIRM
) -> tuple[Confirmed, ...]:
    """Ask flipped examples again, `times` on each side, where that can tell anything.

    A flip is confirmed if every repeat of both sides says the same as the first answers did. One
    that got no answer takes nothing back.
    """
    again = [
        pair.only(ids)
        if times and (ids := flipped(comparison)) and pair.can_repeat and not pair.is_deterministic
        else None
        for pair, comparison in zip(pairs, comparisons, strict=True)
    ]
    fates = Fates()
    tasks = tuple(task for pair in again if pair is not None for task in (pair.base, pair.head))
    if tasks:
        run(Plan(tasks, repeat=times, is_partial=True, first=1), fates.take)
    return tuple(
        Confirmed(
            _settle(comparison, asked, fates, times),
            asked is not None,
            _note(pair, comparison, times),
        )
        for pair, comparison, asked in zip(pairs, comparisons, again, strict=True)
    )


def flipped(comparison: Comparison) -> frozenset[str]:
    """The examples that were lost or won."""
    return frozenset((*comparison.ids("lost"), *comparison.ids("won")))


def _settle(comparison: Comparison, asked: Pair | None, fates: Fates, times: int) -> Comparison:
    if asked is None:
        return comparison
    changes = tuple(_settled(change, asked, fates, times) for change in comparison.changes)
    return replace(comparison, changes=changes)


def _settled(change: Change, asked: Pair, fates: Fates, times: int) -> Change:
    if change.fate not in ("lost", "won"):
        return change
    was_passed = change.fate == "lost"
    holds = _keeps(fates, asked.base, change.id, times, passed=was_passed) and _keeps(
        fates, asked.head, change.id, times, passed=not was_passed
    )
    return change if holds else replace(change, fate="flaky")


def _keeps(fates: Fates, task: Task, id_: str, times: int, *, passed: bool) -> bool:
    """Whether every repeat that was answered said the same."""
    return all(fate == passed for fate in fates.of(task, id_)[:times])


def _note(pair: Pair, comparison: Comparison, times: int) -> str:
    if not flipped(comparison):
        return ""
    if pair.is_deterministic:
        return "not asked again, since the model is deterministic"
    if not pair.can_repeat:
        return "not asked again, since that cannot be done here"
    return f"each asked {times} times more on both sides" if times else "not asked again"

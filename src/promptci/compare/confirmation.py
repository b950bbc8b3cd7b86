"""Before crying wolf: examples that flipped are asked again on both sides."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import TypeAlias

from promptci.compare.collector import Collector
from promptci.compare.comparison import Comparison
from promptci.compare.pairs import Pair
from promptci.run.plan import Plan, Task
from promptci.run.work import Finished
from promptci.spending.limits import CONFIRM

CHANCE = 0.025
"""How likely it may be that a judge's noise alone confirms a flip, over all evals of a command."""

MOST = 8
"""The most repeats on each side for that."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How often flips are asked again on each side, and how many repeats may contradict in all."""

    times: int
    contradicted: int


RunPlan: TypeAlias = Callable[[Plan, Callable[[Finished], None]], Collector]
"""Evaluates a plan, hands each result to the callable, and gives what it all comes to."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A comparison in which flips that did not hold are `flaky`; `note` says what was done.

    `was_asked` is false where nothing was asked again; `times` is how often each flip was asked
    again on each side, at most.
    """

    comparison: Comparison
    was_asked: bool
    note: str
    times: int = 0


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
    that got no answer takes nothing back. Where judges may vary, flips are asked more often and one
    repeat may contradict, so that noise alone hardly ever confirms a flip, nor hides one.
    """
    asked = [
        bool(times and flipped(comparison)) and pair.can_repeat and not pair.is_deterministic
        for pair, comparison in zip(pairs, comparisons, strict=True)
    ]
    judged = [is_asked and _is_judged(pair) for pair, is_asked in zip(pairs, asked, strict=True)]
    rule = repeats(sum(len(flipped(each)) for each in compress(comparisons, judged)), times)
    again = _Repeats(pairs, comparisons, run)
    again.ask(asked, range(1, times + 1), most=rule.contradicted)
    again.ask(judged, range(times + 1, rule.times + 1), most=rule.contradicted)
    return tuple(
        Confirmed(
            again.settled(index, rule.contradicted if is_judged else 0),
            asked[index],
            _note(pairs[index], comparisons[index], rule.times if is_judged else times),
            (rule.times if is_judged else times) if asked[index] else 0,
        )
        for index, is_judged in enumerate(judged)
    )


def repeats(flips: int, times: int) -> Rule:
    """The rule for so many flips of judged examples: `times` repeats at least, if any.

    A judge that says either thing half of the time gives each way in which n repeats of both sides
    can turn out a chance of 1 in 4 ** n, and no other judge confirms more of its own flips. Without
    a contradiction there is one way to hold, with one there are 2 n more.
    """
    if not flips or not times:
        return Rule(times, 0)
    for count in range(times, MOST + 1):
        if flips * (1 + 2 * count) <= CHANCE * 4**count:
            return Rule(count, 1)
    return Rule(max(times, MOST), 0)


def flipped(comparison: Comparison) -> frozenset[str]:
    """The examples that were lost or won."""
    return frozenset((*comparison.ids("lost"), *comparison.ids("won")))


def _asked_again(pair: Pair) -> tuple[Task, ...]:
    return (pair.head,) if pair.is_drift else (pair.base, pair.head)


def _is_judged(pair: Pair) -> bool:
    return pair.base.judges.varies or pair.head.judges.varies


@dataclass(frozen=True, slots=True)
class _Repeats:
    """Flips asked again; `doubts` counts the repeats that contradict each, by pair and example."""

    pairs: Sequence[Pair]
    comparisons: Sequence[Comparison]
    run: RunPlan
    doubts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def ask(self, wanted: Sequence[bool], attempts: range, *, most: int) -> None:
        """Ask both sides of the wanted pairs about flips with so many contradictions at most."""
        again = {
            index: pair.only(ids)
            for index, pair in enumerate(self.pairs)
            if wanted[index] and (ids := self._open(index, most))
        }
        tasks = tuple(task for pair in again.values() for task in _asked_again(pair))
        if not tasks or not attempts:
            return
        fates = Fates()
        self.run(Plan(tasks, len(attempts), is_partial=True, first=attempts.start), fates.take)
        for index, pair in again.items():
            for change in self.comparisons[index].changes:
                was_passed = change.fate == "lost"
                before, after = (fates.of(task, change.id) for task in (pair.base, pair.head))
                against = after.count(was_passed)
                against += 0 if pair.is_drift else before.count(not was_passed)
                self.doubts[index, change.id] += against

    def settled(self, index: int, most: int) -> Comparison:
        """A comparison in which flips with more contradictions are flaky."""
        comparison = self.comparisons[index]
        held = self._open(index, most)
        gone = flipped(comparison) - held
        changes = (replace(c, fate="flaky") if c.id in gone else c for c in comparison.changes)
        return replace(comparison, changes=tuple(changes)) if gone else comparison

    def _open(self, index: int, most: int) -> frozenset[str]:
        ids = flipped(self.comparisons[index])
        return frozenset(id_ for id_ in ids if self.doubts[index, id_] <= most)


def _note(pair: Pair, comparison: Comparison, times: int) -> str:
    if not flipped(comparison):
        return ""
    if pair.is_deterministic:
        return "not asked again, since the model is deterministic"
    if not pair.can_repeat:
        return "not asked again, since that cannot be done here"
    return f"each asked {times} times more on both sides" if times else "not asked again"

"""Stopping early where a change is worse beyond doubt, by a test that may look at any time."""

import math
from collections.abc import Mapping

from promptci.errors import GateMissedError
from promptci.records.record import Record
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.stats.evalue import log_evalue_of_loss

ALPHA = 0.05
"""How often a run that is no worse may be stopped, over all evals of a run together."""


def is_settled(lost: int, won: int, *, count: int, tolerance: float, family: int = 1) -> bool:
    """Whether losses outweigh wins beyond chance and by more than may be lost of `count`.

    `lost` and `won` count examples, of `count` in all; `tolerance` is a share in 0..1 that may be
    lost, net. Beyond chance means an e-value of losses of `family` / `ALPHA` or more, `family`
    being how many evals are looked at (see `log_evalue_of_loss`, and a union bound over them).
    Valid whenever it is looked at, provided that all that could be won is in: what comes then can
    only be lost, so that the evidence never looks stronger on the way than in the end.
    """
    if lost - won <= tolerance * count:
        return False
    return log_evalue_of_loss(lost, won) >= math.log(family / ALPHA)


class Sequential:
    """Ends a run once an eval is worse than its last record beyond doubt.

    A run that was stopped says nothing of the examples that were left: it writes no record.
    """

    def __init__(self, plan: Plan, bases: Mapping[tuple[str, str], Record]) -> None:
        self._plan = plan
        self._tasks = {id(task): _Flips(task, bases.get(_name(task))) for task in plan.tasks}
        self._family = sum(each.is_comparable for each in self._tasks.values())
        self._done = 0

    def take(self, finished: Finished) -> None:
        """Add one result. Raises `GateMissedError` when it settles the matter."""
        self._done += 1
        flips, task = self._tasks[id(finished.task)], finished.task
        flips.take(finished)
        if not flips.is_settled(self._family):
            return
        left = self._plan.count - self._done
        told = f"{flips.lost} examples lost, {flips.won} won against the last record"
        said = f"{task.spec.name} on {task.model.name}: {told}, which settles it (e-value)"
        raise GateMissedError(
            f"{said}; stopped with {left:,} of {self._plan.count:,} examples undecided, "
            "no record is written, what was answered is kept"
        )


class _Flips:
    """What has flipped of one task."""

    def __init__(self, task: Task, base: Record | None) -> None:
        self._task = task
        results = base.results if base else ()
        self._before = {r.id: r for r in results if r.fate != "error"}
        failed = {r.id for r in self._before.values() if not r.passed}
        self._awaited = {e.id for e in task.examples() if e.id in failed} if failed else set()
        self.lost = self.won = 0

    @property
    def is_comparable(self) -> bool:
        """Whether there is a record to compare with."""
        return bool(self._before)

    def take(self, finished: Finished) -> None:
        result = finished.evaluated.result
        self._awaited.discard(result.id)
        before = self._before.get(result.id)
        if before is None or before.digest != result.digest or result.fate == "error":
            return
        self.lost += before.passed and not result.passed
        self.won += result.passed and not before.passed

    def is_settled(self, family: int) -> bool:
        """Whether it is worse, now that all that could be won has been asked."""
        if self._awaited:
            return False
        tolerance = self._task.spec.gate.tolerance
        return is_settled(
            self.lost, self.won, count=self._task.count, tolerance=tolerance, family=family
        )


def _name(task: Task) -> tuple[str, str]:
    return task.spec.name, task.model.name

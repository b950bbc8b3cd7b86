"""Ask evals again, confirm what fails now, and compare it with the measurements before."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from promptci.check.evalstate import record_fits
from promptci.digest import long_digest
from promptci.drift.answers import DriftAnswers
from promptci.drift.confirming import ask_what_holds
from promptci.errors import BudgetError, ModelError, NothingToRunError
from promptci.history.drift import (
    Drift,
    DriftResult,
    Measurement,
    came_back,
    expected_to_pass,
    find_shift,
    served_otherwise,
    stays_away,
)
from promptci.project.allowance import Allowance
from promptci.project.history.loggedresults import logged
from promptci.project.preflight import bound_of
from promptci.project.project import Project
from promptci.project.running import plan_run
from promptci.project.session import Session
from promptci.records.record import Fate
from promptci.run.estimates import Estimate
from promptci.run.planning.plan import Again, Plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.spending.limits import Limits, Progress

FIRST = 1_000
"""The number of the first attempt that confirms: not one that `noise` or `check` ask."""
MOST_NOISE = 20
"""Attempts of `noise` that are looked at."""
_STEADY = "the model answers the same each time, so it cannot drift"


class DriftMeter:
    """Measures under one ceiling. `earlier` are the measurements so far, the oldest first."""

    def __init__(
        self, project: Project, limits: Limits, earlier: Sequence[Measurement], *, confirm: int
    ) -> None:
        self._project, self._confirm, self._earlier = project, confirm, earlier
        self._limits = replace(limits, refresh=True)
        self._stopped: BudgetError | None = None

    def measure(
        self,
        names: tuple[str, ...],
        models: tuple[str, ...],
        now: datetime,
        *,
        keep: Callable[[Measurement], None],
    ) -> DriftResult:
        """What was found; `keep` is given each new measurement at once, since it is paid for.

        Raises `NothingToRunError`.

        What was measured longest ago comes first. A ceiling ends it with what there is: what it cut
        off is left out, since a part of an eval is no measurement of it.
        """
        plan, asked = self._planned(names, models)
        left_out = {_name(task): _STEADY for task in plan.tasks if task.is_deterministic}
        found: dict[int, Drift] = {}
        with logged(self._project.workspace.state / "runs", now) as also:
            total = partial(self._bound, plan, asked)
            session = Session(self._project, self._limits, total=total, also=also)
            try:
                for task in sorted(asked, key=self._last):
                    if self._stopped is None:
                        found[id(task)] = self._one(session, plan, task, now)
                        keep(found[id(task)].now)
            except BudgetError as error:
                self._stopped = error
        rest = [task for task in asked if id(task) not in found]
        left_out |= {_name(task): str(self._stopped).partition("; ")[0] for task in rest}
        in_order = tuple(found[id(task)] for task in asked if id(task) in found)
        return DriftResult(in_order, left_out, session.taken, self._stopped)

    def estimates(self, names: tuple[str, ...], models: tuple[str, ...]) -> Sequence[Estimate]:
        """What measuring may ask. Raises `NothingToRunError`."""
        return self._bound(*self._planned(names, models))

    def _planned(
        self, names: tuple[str, ...], models: tuple[str, ...]
    ) -> tuple[Plan, Sequence[Task]]:
        """All there is, and what of it is asked."""
        plan = plan_run(self._project, Selection(names, models))
        asked = [task for task in plan.tasks if not task.is_deterministic]
        if not asked:
            raise NothingToRunError(f"there is no eval to ask again: {_STEADY}")
        return plan, asked

    def _last(self, task: Task) -> str:
        """When a task was last measured, whatever its fingerprint was then; empty for never."""
        name = task.spec.name, task.model.name
        return max((e.when for e in self._earlier if (e.eval, e.model) == name), default="")

    def _bound(self, plan: Plan, tasks: Sequence[Task]) -> Sequence[Estimate]:
        """What all of it may ask: each example once, and again what passed before."""
        again = [
            Again(task, task, min(len(self._passing(task)), task.count), self._confirm)
            for task in tasks
        ]
        plan = replace(plan, tasks=tuple(tasks), again=tuple(again), is_partial=True)
        return bound_of(self._project, plan, Progress(plan.count), limits=self._limits)

    def _passing(self, task: Task) -> frozenset[str]:
        """The examples of a task that are expected to pass."""
        recorded = self._recorded(task)
        return expected_to_pass(self._before(task, recorded), recorded)

    def _before(self, task: Task, recorded: Mapping[str, str] | None) -> list[Measurement]:
        """The measurements that a new one of a task is compared with."""
        series = _measurement(task, recorded).series
        return [each for each in self._earlier if each.series == series]

    def _one(self, session: Session, plan: Plan, task: Task, now: datetime) -> Drift:
        ids = [example.id for example in task.examples()]
        measured = self._answers(session, replace(plan, tasks=(task,), is_partial=True), ids)
        recorded = self._recorded(task)
        when = now.strftime("%Y-%m-%dT%H:%M:%SZ")
        latest = replace(
            _measurement(task, recorded),
            when=when,
            fates={id_: measured.fates[id_][0] for id_ in ids if id_ in measured.fates},
            scores={id_: measured.scores[id_] for id_ in ids if id_ in measured.scores},
            served=tuple(sorted(filter(None, measured.served))),
        )
        found = self._judged(session, plan, task, latest)
        whys = {id_: measured.whys[id_] for id_ in found.lost}
        [(why, _)] = measured.errors.most_common(1) or [("", 0)]
        return replace(found, whys=whys, why_missing=why)

    def _answers(self, session: Session, plan: Plan, ids: Sequence[str]) -> DriftAnswers:
        """The answers to a task: none of a model that is gone, which does not end the rest."""
        answers = DriftAnswers()
        try:
            session.run(plan, answers.take)
        except ModelError as error:
            if not error.ends_the_model:
                raise
            answers.miss(ids, str(error))
        return answers

    def _judged(self, session: Session, plan: Plan, task: Task, latest: Measurement) -> Drift:
        recorded = self._recorded(task)
        before = self._before(task, recorded)
        passing = expected_to_pass(before, recorded)
        fell = [id_ for id_, fate in latest.fates.items() if fate == "fail" and id_ in passing]
        noise = self._noise(plan, task, latest.scores.keys())
        varying = {id_ for id_, fates in noise.items() if "fail" in fates}
        known = came_back(before) | varying
        all_ = (*before, latest)
        relapsed = (i for i in fell if i in known and stays_away(all_, i, noise.get(i, ())))
        away = set(relapsed)
        suspects = frozenset(fell) - known
        try:
            ask = partial(self._again, session, plan, task)
            again = ask_what_holds(suspects, self._confirm, lambda ids, n: ask(ids, FIRST + n, 1))
            unconfirmed: tuple[str, ...] = ()
        except BudgetError as error:  # the first answers are whole, and a measurement
            self._stopped, again = error, {}
            unconfirmed, suspects = tuple(id_ for id_ in fell if id_ in suspects), frozenset()
        away |= {id_ for id_ in suspects if _all_fail(again.get(id_, ()))}
        lost = tuple(id_ for id_ in fell if id_ in away)
        errors = sum(fate == "error" for fate in latest.fates.values())
        return Drift(
            latest,
            len(all_),
            find_shift(all_, varying) if latest.scores else None,
            lost,
            tuple(id_ for id_ in fell if id_ in suspects and id_ not in lost),
            tuple(id_ for id_ in fell if id_ in known and id_ not in lost),
            served_otherwise(all_),
            errors,
            errors > task.spec.gate.max_errors or errors == len(latest.fates),
            unconfirmed,
        )

    def _recorded(self, task: Task) -> Mapping[str, str] | None:
        """The fates of the committed record, where it is of what was asked."""
        workspace = self._project.workspace
        record = workspace.records(workspace.committed, task.spec.name).get(task.model.name)
        if record is None or not record_fits(record, task):
            return None
        return {result.id: result.fate for result in record.results}

    def _noise(self, plan: Plan, task: Task, ids: Iterable[str]) -> dict[str, list[Fate]]:
        """Their fates in stored repeats, as `noise` asks them: nothing is asked."""
        offline = replace(self._limits, offline=True, refresh=False)
        allowance = Allowance(self._project, offline)
        session = Session(self._project, offline, says_bound=False, allowance=allowance)
        first = self._again(session, plan, task, frozenset(ids), 1, 1)
        stored = frozenset(id_ for id_, fates in first.items() if fates != ["error"])
        return self._again(session, plan, task, stored, 1, MOST_NOISE)

    def _again(
        self,
        session: Session,
        plan: Plan,
        task: Task,
        ids: frozenset[str],
        first: int,
        times: int,
    ) -> dict[str, list[Fate]]:
        """The fates of some examples in further attempts."""
        if not ids or not times:
            return {}
        part = replace(task, chosen=ids, count=len(ids))
        again = replace(plan, tasks=(part,), first=first, repeat=times, is_partial=True)
        return self._ask(session, again).fates

    def _ask(self, session: Session, plan: Plan) -> DriftAnswers:
        answers = DriftAnswers()
        session.run(plan, answers.take)
        return answers


def _name(task: Task) -> str:
    return f"{task.spec.name} on {task.model.name}"


def _measurement(task: Task, recorded: Mapping[str, str] | None) -> Measurement:
    """A measurement of a task in which nothing was asked yet."""
    record = long_digest(recorded) if recorded is not None else ""
    name, model = task.spec.name, task.model.name
    return Measurement("", name, model, task.fingerprint, {}, {}, record=record)


def _all_fail(fates: Collection[str]) -> bool:
    """Whether every further attempt failed; without one the first has to do."""
    return all(fate == "fail" for fate in fates)

"""The one engine of a session of tests: one project, one ceiling, in a thread of its own."""

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from promptci import interrupt
from promptci.compare.results import RunResult
from promptci.errors import NothingToRunError, PromptCIError, RequestError
from promptci.parsing.source import Plain
from promptci.project.allowance import Allowance
from promptci.project.asking import ask_prompt
from promptci.project.observer import Observer
from promptci.project.project import Project
from promptci.project.running import run_evals
from promptci.project.session import Session
from promptci.render.figures import money
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.secrets.safetext import for_terminal
from promptci.spending.limits import Limits, Progress, limits_under
from promptci.testing.findings import EvalTestKey, Findings, all_findings

ChosenExamples = Mapping[tuple[str, str], frozenset[str] | None]
"""Examples to be asked, by eval and model; None for all of them and the gate."""

T = TypeVar("T")


def chosen_of(keys: list[EvalTestKey]) -> ChosenExamples:
    """What tests need to be asked: a gate needs all examples."""
    found: dict[tuple[str, str], frozenset[str] | None] = {}
    for key in keys:
        name, known = (key.eval, key.model), found.get((key.eval, key.model), frozenset())
        found[name] = None if known is None or key.example is None else known | {key.example}
    return found


class EngineOptions(Struct, frozen=True):
    """What the command line says of asking."""

    max_cost: Decimal | None = None
    offline: bool = False

    def limits(self, project: Project) -> Limits:
        """The ceilings of the configuration, and those of the command line before them."""
        limits = limits_under(project.config)
        cost = limits.max_cost if self.max_cost is None else self.max_cost
        return replace(limits, max_cost=cost, offline=self.offline)


class _Remarks(Observer):
    """Keeps remarks for the end."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def remark(self, text: str) -> None:
        self.said.append(for_terminal(text))


class _Opened(Struct, frozen=True):
    """A project with what may be spent in it."""

    project: Project
    limits: Limits
    allowance: Allowance

    def session(self) -> Session:
        """One run of several that spend from the same."""
        return Session(self.project, self.limits, allowance=self.allowance)

    def close(self) -> None:
        self.project.end()
        self.project.close()


class Engine:
    """Evaluates and asks, whoever calls; one thing at a time, and each eval once."""

    def __init__(self, start: Path, options: EngineOptions) -> None:
        self._start, self._options = start, options
        self._thread = ThreadPoolExecutor(1, "promptci")
        self._remarks = _Remarks()
        self._opened: _Opened | None = None
        self._spent = Progress(0)
        self._findings: Findings | None = None

    def findings(self, chosen: ChosenExamples) -> Findings:
        """The results of the tests; evaluated when first asked for."""
        if self._findings is None:
            self._findings = self._call(lambda: self._evaluate(chosen))
        return self._findings

    def ask(self, prompt: str, variables: dict[str, Plain], model: str | None) -> str:
        """The text of an answer. Raises `PromptCIError`."""

        def work() -> str:
            opened = self._open()
            session = opened.session()
            try:
                return ask_prompt(opened.project, session, prompt, variables, model=model)
            finally:
                self._spent.add(session.asked, session.cached, session.cost)

        return self._call(work)

    @property
    def was_used(self) -> bool:
        """Whether anything was evaluated or asked."""
        return self._opened is not None

    @property
    def said(self) -> list[str]:
        """What it took so far, and what a person should read."""
        spent = self._spent
        cost = "at an unknown cost" if spent.has_unknown_cost else f"for {money(spent.cost)}"
        asked = f"{spent.asked:,} asked {cost if spent.asked else ''}".rstrip()
        return [*dict.fromkeys(self._remarks.said), f"{asked}, {spent.cached:,} from the cache"]

    def close(self) -> None:
        """Wait for what is under way and let go of the project."""
        if self._opened is not None:
            self._thread.submit(self._opened.close)
        self._thread.shutdown()

    def _call(self, work: Callable[[], T]) -> T:
        """Do work in the engine's thread; an interrupt here ends it there."""
        future = self._thread.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            interrupt.end_elsewhere()
            raise

    def _open(self) -> _Opened:
        if self._opened is None:
            project = Project(self._start, environ=os.environ, observer=self._remarks)
            project.workspace.leaves_faulty_out = True
            project.workspace.learn_keys()
            limits = self._options.limits(project)
            self._opened = _Opened(project, limits, Allowance(project, limits))
        return self._opened

    def _evaluate(self, chosen: ChosenExamples) -> Findings:
        try:
            opened = self._open()
            plan, faulty = _planned(opened.project, dict.fromkeys(name for name, _ in chosen))
            results = {kind: self._run(opened, e) for kind, e in _parts(plan, chosen).items()}
        except PromptCIError as error:
            return Findings(error=for_terminal(str(error)))
        return Findings(all_findings(results), _stopped(results), faulty)

    def _run(self, opened: _Opened, plan: Plan) -> RunResult:
        project, limits = opened.project, opened.limits
        result = run_evals(project, plan, limits, writes=False, allowance=opened.allowance)
        spent = result.progress
        cost = None if spent.has_unknown_cost else spent.cost
        self._spent.add(spent.asked, spent.cached, cost)
        return result


def _planned(project: Project, names: Iterable[str]) -> tuple[Plan, dict[str, str]]:
    """A plan of these evals, and of those that cannot be asked, why."""
    plans, faulty, build = [Plan(())], dict[str, str](), project.models.build
    for name in names:
        try:
            plans.append(make_plan(project.workspace.suite, Selection((name,)), build))
        except (RequestError, NothingToRunError) as error:
            faulty[name] = for_terminal(str(error))
    return replace(plans[-1], tasks=tuple(task for each in plans for task in each.tasks)), faulty


def _stopped(results: Mapping[str, RunResult]) -> str:
    """Why a run ended before its end, if one did."""
    stops = [str(each.stopped) for each in results.values() if each.stopped is not None]
    return for_terminal(stops[0]) if stops else ""


def _parts(plan: Plan, chosen: ChosenExamples) -> dict[str, Plan]:
    """A plan of the evals that are asked whole and one of those in part, where there are any."""
    tasks: dict[str, list[Task]] = {"whole": [], "part": []}
    for task in plan.tasks:
        name = task.spec.name, task.model.name
        if name in chosen:
            ids = chosen[name]
            part = task if ids is None else replace(task, chosen=ids, count=len(ids))
            tasks["whole" if ids is None else "part"].append(part)
    return {
        kind: replace(plan, tasks=tuple(found), is_partial=kind == "part")
        for kind, found in tasks.items()
        if found
    }

"""Judge outputs obtained elsewhere, without calling the model."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer, outcomes_exit_code
from promptci.errors import RequestError, SpecError
from promptci.project.evaluation import evaluate_plan
from promptci.project.project import Project
from promptci.project.runrecords.bases import build_if_installed, committed_records, gate_outcomes
from promptci.project.runrecords.basesides import under_base_gates
from promptci.project.session import Session
from promptci.records.record import Record
from promptci.run.driving.work import Finished
from promptci.run.logged.outputreading import check_ids, read_outputs, read_trials
from promptci.run.logged.outputs import Outputs, OutputSamples
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection, select_one
from promptci.run.planning.task import Given, Task
from promptci.spending.limits import Limits, Progress


class ScoreResult(Struct, frozen=True):
    """The result of scoring outputs obtained elsewhere, against the record of the last commit."""

    outcomes: tuple[EvalOutcome, ...]
    lost: tuple[LostAnswer, ...]
    progress: Progress

    @property
    def exit_code(self) -> int:
        """3 where answers are missing, 1 where the gate blocks, else 0."""
        return outcomes_exit_code(self.outcomes)


class GivenOutputs(Struct, frozen=True):
    """Outputs as JSONL, `id` and `output` a line: an open file and what to call it.

    `model` says whose outputs they are, where the eval has several; with `is_partial` examples
    may be without one.
    """

    file: BinaryIO
    path: str
    model: str | None = None
    is_partial: bool = False


def open_outputs(path: Path) -> BinaryIO:
    """A file of outputs, to be closed. Raises `RequestError` for one that cannot be read."""
    try:
        return path.open("rb")
    except OSError as error:
        wrong = f"{path}: {error.strerror}: name a file with a line of JSON for each output"
        raise RequestError(wrong) from error


def score_outputs(
    project: Project,
    name: str,
    given: GivenOutputs,
    limits: Limits,
    *,
    also: Callable[[Finished], None] = lambda _: None,
) -> ScoreResult:
    """Score the outputs of one eval and apply its gate; `also` receives every result.

    Scorers that ask a model still do. No record is written. Raises `SpecError` for ids that do
    not fit, and `RequestError` for a name that is not one eval on one model.
    """
    task = task_of_outputs(project, name, given.model)
    runs = _read(project, task, given)
    tell_doubts(project, runs)
    plan = _plan(task, runs, partial=given.is_partial)
    bases = committed_records(project, plan)
    plan = _as_built(under_base_gates(project, plan, bases), bases.records)
    session = Session(project, limits)
    collector, progress = evaluate_plan(
        project, plan, limits, bases.records, allowance=session.allowance, also=also
    )
    outcomes = gate_outcomes(
        project, session, collector.outcomes(), times=0, last_fitting=bases.last_fitting
    )
    return ScoreResult(tuple(outcomes), tuple(collector.lost(outcomes)), progress)


def task_of_outputs(project: Project, name: str, model: str | None) -> Task:
    """The one eval on the one model that outputs belong to.

    Raises `RequestError` for a name that is not one eval, and where it is not said which model's.
    """
    spec = select_one(project.workspace.suite, name)
    models = project.workspace.suite.models(spec)
    if model is None and len(models) > 1:
        names = ", ".join(f"`{each}`" for each in models)
        raise RequestError(f"`{spec.name}` runs on {names}: say whose outputs with --model")
    selection = Selection((spec.name,), (model or models[0],))
    [task] = make_plan(project.workspace.suite, selection, build_if_installed(project)).tasks
    return task


def tell_doubts(project: Project, runs: Sequence[Outputs]) -> None:
    """Hand on what is doubtful in a file of outputs."""
    for warning in runs[0].warnings if runs else ():
        project.observer.remark(str(warning))


def given_task(task: Task, outputs: Outputs) -> Task:
    """The task with outputs obtained elsewhere, of the examples that have one."""
    return replace(task, given=outputs, chosen=frozenset(outputs), count=len(outputs))


def _read(project: Project, task: Task, given: GivenOutputs) -> tuple[Outputs, ...]:
    """One output for each example; several where the prompt picks one of its samples."""
    price = project.prices.price(task.model)
    if task.prompt.solve is None:
        return (read_outputs(given.file, given.path, price),)
    return read_trials(given.file, given.path, price, is_sampled=True)


def _plan(task: Task, runs: tuple[Outputs, ...], *, partial: bool) -> Plan:
    """The examples that have an output. Raises `SpecError` for ids that do not fit."""
    marks = {example.id: example.mark for example in task.examples()}
    faults = check_ids(runs, marks, partial=partial)
    if faults:
        raise SpecError(faults)
    outputs: Mapping[str, Given] = runs[0] if len(runs) == 1 else OutputSamples(runs)
    chosen = frozenset(outputs) if len(outputs) < len(marks) else None
    given = replace(task, given=outputs, chosen=chosen, count=len(outputs))
    return Plan((given,), is_partial=chosen is not None)


def _as_built(plan: Plan, bases: Mapping[tuple[str, str], Record]) -> Plan:
    """The plan with the build of the record that it is compared with, since no other is known."""
    [task] = plan.tasks
    base = bases.get((task.spec.name, task.model.name))
    build = task.settings.build if base is None else base.build
    return replace(plan, tasks=(replace(task, settings=replace(task.settings, build=build)),))

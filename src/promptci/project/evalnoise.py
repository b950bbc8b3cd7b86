"""Measure how much an eval's scores vary when nothing changes."""

from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from promptci.compare.noise import Noise, Repeats, is_repeatable
from promptci.compare.results import NoiseResult
from promptci.errors import RequestError, SpecError
from promptci.project.history.loggedresults import logged
from promptci.project.project import Project
from promptci.project.scoring import GivenOutputs, given_task, task_of_outputs, tell_doubts
from promptci.project.session import Session
from promptci.run.driving.work import Finished
from promptci.run.logged.outputreading import check_ids, read_trials
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection, select_one
from promptci.spending.limits import Limits

ENOUGH = 2
"""How often a deterministic model is asked: once more than needed, to see that it is one."""


def measure_noise(
    project: Project, name: str, limits: Limits, *, times: int, models: tuple[str, ...] = ()
) -> NoiseResult:
    """Ask every example of an eval so often; no record is written.

    `models` are asked instead of the eval's own. Raises `RequestError` for a name that is none.
    """
    suite = project.workspace.suite
    selection = Selection((select_one(suite, name).name,), models)
    plan = make_plan(suite, selection, project.models.build)
    project.workspace.keep_out_of_git()
    with logged(project.workspace.state / "runs", datetime.now(UTC)) as also:
        session = Session(project, limits, also=also)
        return NoiseResult(tuple(_measure(session, plan, times)), session.taken)


def measure_recorded_noise(
    project: Project, name: str, given: GivenOutputs, limits: Limits
) -> NoiseResult:
    """Judge several outputs for each example, obtained elsewhere, without calling the model.

    Scorers that ask a model still do. Raises `SpecError` for ids that do not fit, and
    `RequestError` for a name that is not one eval on one model and for a single run.
    """
    task = task_of_outputs(project, name, given.model)
    price, is_sampled = project.prices.price(task.model), task.prompt.solve is not None
    runs = read_trials(given.file, given.path, price, is_sampled=is_sampled)
    tell_doubts(project, runs)
    marks = {example.id: example.mark for example in task.examples()}
    faults = check_ids(runs, marks, partial=given.is_partial) if runs else []
    if faults:
        raise SpecError(faults)
    if len(runs) < 2:
        cure = f"`promptci score {task.spec.name} --outputs FILE` judges single outputs"
        raise RequestError(f"{given.path}: no example has two outputs: {cure}")
    session, repeats = Session(project, limits), Repeats()

    def take(finished: Finished) -> None:
        repeats.take(replace(finished, task=task))

    plans = [
        Plan((given_task(task, outputs),), is_partial=True, first=run)
        for run, outputs in enumerate(runs)
    ]
    session.fill(lambda: plans)
    for plan in plans:
        session.run(plan, take)
    return NoiseResult((repeats.noise(task, len(runs)),), session.taken)


def _measure(session: Session, plan: Plan, times: int) -> Iterator[Noise]:
    """Ask a deterministic model just enough, and the others as often as was wished."""
    enough = min(times, ENOUGH)
    counts = {id(task): enough if is_repeatable(task) else times for task in plan.tasks}
    repeats = Repeats()
    plans = [
        Plan(tuple(each for each in plan.tasks if counts[id(each)] == count), count, True)
        for count in sorted(set(counts.values()))
    ]
    session.fill(lambda: plans)
    for each in plans:
        session.run(each, repeats.take)
    for task in plan.tasks:
        yield repeats.noise(task, counts[id(task)])

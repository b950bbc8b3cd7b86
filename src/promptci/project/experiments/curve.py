"""Ask an eval's examples with more and more shots, drawn from a pool in several orders."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from statistics import fmean

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.experiments.curve import CurvePoint, CurveResult, TunedPoint
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.planruns import pass_over
from promptci.digest import digest
from promptci.errors import Fault, SpecError
from promptci.project.experiments.curveplan import CurvePlan, read_pool
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate
from promptci.run.planning.plan import Plan
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.selection import select_one
from promptci.run.planning.task import Task
from promptci.specs.experiments import CurveFile
from promptci.specs.prompt import Shot
from promptci.spending.limits import Limits


def learning_curve(
    project: Project, name: str, limits: Limits, given: CurvePlan
) -> tuple[CurveResult, ...]:
    """The score by number of shots, for each of the eval's models; no record is written.

    Sets of shots are nested: those of a smaller number are the first of a larger one, in each
    order. Raises `RequestError` for a pool that holds golden examples of the eval or is too small.
    """
    asked = list(_tasks(project, name, given))
    plan = Plan(tuple(each.task for each in asked), is_partial=True)
    outcomes = Session(project, limits).run(plan, pass_over).outcomes()
    found: dict[str, dict[int, list[EvalOutcome]]] = {}
    for each, outcome in zip(asked, outcomes, strict=True):
        by_count = found.setdefault(each.task.model.name, {})
        by_count.setdefault(each.shots, []).append(outcome)
    name, step = asked[0].task.spec.name, asked[0].step
    written = given.over(asked[0].task.spec.curve or CurveFile())
    tuned = found.pop(written.tuned, None)
    beside = None if tuned is None else TunedPoint(written.tuned, _point(0, tuned[0]))
    return tuple(
        CurveResult(
            name,
            model,
            written.orders,
            tuple(_point(n, o) for n, o in sorted(each.items())),
            step,
            beside,
        )
        for model, each in found.items()
    )


def estimate_curve(
    project: Project, name: str, limits: Limits, given: CurvePlan
) -> tuple[Estimate, ...]:
    """What that would ask, found without asking."""
    asked = list(_tasks(project, name, given))
    plan = Plan(tuple(each.task for each in asked), is_partial=True)
    found = dry_run(plan, cache=project.workspace.cache, price_of=project.price_under(limits))
    for each, estimate in zip(asked, found, strict=True):
        form = "1 shot" if each.shots == 1 else f"{each.shots} shots"
        estimate.form = f"{form}, order {each.order}" if each.shots else form
    return found


class _Asked(Struct, frozen=True):
    shots: int
    order: int
    step: str
    task: Task


def _tasks(project: Project, name: str, plan: CurvePlan) -> Iterator[_Asked]:
    suite, build = project.workspace.suite, project.models.build
    spec = select_one(suite, name)
    given, place, pool = read_pool(project, spec, plan)
    counts = sorted(set(given.shots))

    def asked(model: str, order: int, shots: Sequence[Shot]) -> _Asked:
        form = place.within(replace(place.prompt, shots=tuple(shots)))
        faults: list[Fault] = []
        ready = make_ready(suite, spec, form, build, faults)
        if ready is None:
            raise SpecError([each for each in faults if not each.warning])
        task = make_task(ready, form, suite.config.model(model), build)
        return _Asked(len(shots), order + 1, place.step, task)

    for model in suite.models(spec):
        for order in range(given.orders):
            drawn = _drawn(pool, given.seed, order)
            for count in counts if order == 0 else [each for each in counts if each]:
                yield asked(model, order, drawn[:count])
    if given.tuned:
        yield asked(given.tuned, 0, ())


def _drawn(pool: Sequence[Shot], seed: int, order: int) -> list[Shot]:
    return sorted(pool, key=lambda shot: digest([seed, order, dict(shot.vars), shot.output]))


def _point(shots: int, outcomes: Sequence[EvalOutcome]) -> CurvePoint:
    scores: dict[str, list[float]] = {}
    for outcome in outcomes:
        for result in outcome.record.results:
            if result.fate != "error":
                scores.setdefault(result.id, []).append(result.score)
    costs = [outcome.spent.cost for outcome in outcomes]
    known = [cost for cost in costs if cost is not None]
    cost = sum(known, Decimal(0)) / len(costs) if len(known) == len(costs) else None
    errors = sum(outcome.record.errors for outcome in outcomes)
    means = {id_: fmean(each) for id_, each in scores.items()}
    return CurvePoint(shots, means, errors, cost)

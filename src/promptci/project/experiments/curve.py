"""Ask an eval's examples with more and more shots, drawn from a pool in several orders."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain
from statistics import fmean

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.experiments.curve import CurvePoint, CurveResult
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.planruns import pass_over
from promptci.digest import digest, long_digest
from promptci.errors import Fault, RequestError, SpecError
from promptci.git.tree import Tree
from promptci.parsing.datafile import MAX_FAULTS
from promptci.parsing.source import Plain, alike, excerpt
from promptci.parsing.template import as_text
from promptci.project.experiments.stepforms import PromptPlace
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate
from promptci.run.planning.plan import Plan
from promptci.run.planning.ready import make_ready, make_task
from promptci.run.planning.selection import select_one
from promptci.run.planning.task import Task
from promptci.specs.evalspec import EvalSpec, Example
from promptci.specs.experiments import CurveFile
from promptci.specs.prompt import Prompt, Shot
from promptci.specs.turns import last_user_turn
from promptci.spending.limits import Limits
from promptci.suite.golden import Golden


class CurvePlan(Struct, frozen=True):
    """How many shots are tried, in how many orders, drawn by a seed from a file beside the evals.

    None and empty leave that to what the eval's file says. Without a `pool` the prompt's own shots
    are it. `step` is the step of a flow whose prompt gets the shots.
    """

    shots: tuple[int, ...] = ()
    orders: int | None = None
    seed: int | None = None
    pool: str = ""
    step: str = ""

    def over(self, written: CurveFile) -> CurveFile:
        """What the eval's file says, with these in its place."""
        return CurveFile(
            self.shots or written.shots,
            written.orders if self.orders is None else self.orders,
            self.pool or written.pool,
            written.seed if self.seed is None else self.seed,
            self.step or written.step,
        )


def learning_curve(
    project: Project, name: str, limits: Limits, told: CurvePlan
) -> tuple[CurveResult, ...]:
    """The score by number of shots, for each of the eval's models; no record is written.

    Sets of shots are nested: those of a smaller number are the first of a larger one, in each
    order. Raises `RequestError` for a pool that holds golden examples of the eval or is too small.
    """
    asked = list(_tasks(project, name, told))
    plan = Plan(tuple(each.task for each in asked), is_partial=True)
    outcomes = Session(project, limits).run(plan, pass_over).outcomes()
    found: dict[str, dict[int, list[EvalOutcome]]] = {}
    for each, outcome in zip(asked, outcomes, strict=True):
        by_count = found.setdefault(each.task.model.name, {})
        by_count.setdefault(each.shots, []).append(outcome)
    name, step = asked[0].task.spec.name, asked[0].step
    orders = told.over(asked[0].task.spec.curve or CurveFile()).orders
    return tuple(
        CurveResult(name, model, orders, tuple(_point(n, o) for n, o in sorted(each.items())), step)
        for model, each in found.items()
    )


def estimate_curve(
    project: Project, name: str, limits: Limits, told: CurvePlan
) -> tuple[Estimate, ...]:
    """What that would ask, found without asking."""
    asked = list(_tasks(project, name, told))
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
    told, place, pool = read_pool(project, spec, plan)
    counts = sorted(set(told.shots))
    for model in suite.models(spec):
        for order in range(told.orders):
            drawn = _drawn(pool, told.seed, order)
            for count in counts if order == 0 else [each for each in counts if each]:
                form = place.within(replace(place.prompt, shots=tuple(drawn[:count])))
                faults: list[Fault] = []
                ready = make_ready(suite, spec, form, build, faults)
                if ready is None:
                    raise SpecError([each for each in faults if not each.warning])
                task = make_task(ready, form, suite.config.model(model), build)
                yield _Asked(count, order + 1, place.step, task)


def read_pool(
    project: Project, spec: EvalSpec, plan: CurvePlan
) -> tuple[CurveFile, PromptPlace, list[Shot]]:
    """What is asked for, over what the eval's file says, of which prompt, and the shots for it.

    Raises `RequestError` where there are too few, `SpecError` for each that is a golden example.
    """
    told = plan.over(spec.curve or CurveFile())
    _check_named(project.workspace.suite.tree, spec, plan.pool)
    place = PromptPlace.of(project.workspace.suite.prompts[spec.prompt], told.step, "`curve`")
    pool = _pool(project, spec, place.prompt, told)
    if max(told.shots) > len(pool):
        shots = "1 shot" if len(pool) == 1 else f"{len(pool)} shots"
        pool_name = told.pool or f"the prompt `{place.prompt.name}`"
        cure = "ask for at most so many" if pool else "name a file with --pool, or as `pool`"
        raise RequestError(f"{pool_name} holds {shots} to draw from: {cure}")
    return told, place, pool


def _check_named(tree: Tree, spec: EvalSpec, pool: str) -> None:
    """A pool that was named by hand is there. Raises `RequestError`."""
    folder = spec.mark.path.rpartition("/")[0]
    if pool and not any(map(tree.exists, (pool, posixpath.normpath(f"{folder}/{pool}")))):
        wrong = f"there is no file {excerpt(pool)} of shots, neither here nor in {folder}/"
        raise RequestError(f"{wrong}: name another with --pool")


def _drawn(pool: Sequence[Shot], seed: int, order: int) -> list[Shot]:
    return sorted(pool, key=lambda shot: digest([seed, order, dict(shot.vars), shot.output]))


def _beside(spec: EvalSpec, pool: str, tree: Tree) -> str:
    """The path of a pool from the eval's folder, whether it was written from there or not."""
    folder = spec.mark.path.rpartition("/")[0]
    if not tree.exists(pool):
        return pool
    return posixpath.relpath(pool, folder or ".")


def _pool(project: Project, spec: EvalSpec, prompt: Prompt, told: CurveFile) -> list[Shot]:
    """The shots to draw from. Raises `SpecError` for each that is a golden example."""
    suite = project.workspace.suite
    pool = list(prompt.shots)
    if told.pool:
        examples = _beside(spec, told.pool, suite.tree)
        marks = {**spec.marks, "examples": spec.marks["curve"]}
        pooled = replace(spec, examples=examples, columns=None, marks=marks)
        rows = list(Golden.of(suite.tree, pooled))
        faults = [each for each in rows if isinstance(each, Fault)]
        found = [each for each in rows if isinstance(each, Example)]
        faults += chain.from_iterable(_lacking(prompt, each) for each in found)
        if faults:
            raise SpecError(faults[:MAX_FAULTS])
        pool = [_as_shot(each) for each in found]
    faults = list(_golden_ones(pool, Golden.of(suite.tree, spec), spec.name))
    if faults:
        raise SpecError(faults[:MAX_FAULTS])
    return pool


def _lacking(prompt: Prompt, row: Example) -> Iterator[Fault]:
    """What a row of a pool needs to be a shot and does not have."""
    for name in prompt.turns[last_user_turn(prompt.turns)].content.missing(row.vars):
        wrong = f"this shot gives no `{name}`, which the last user message uses"
        yield row.mark.fault(f"{wrong}: add it")
    if not row.has_expected:
        yield row.mark.fault("this shot has no `expected`, which is its answer: add it")


def _golden_ones(
    pool: Sequence[Shot], golden: Iterable[Example | Fault], name: str
) -> Iterator[Fault]:
    """The shots with which an example agrees in all that they say; it may have more variables.

    Case, white space and whether a number is a text tell no two apart.
    """
    examples = [each for each in golden if isinstance(each, Example)]
    known: dict[tuple[str, ...], dict[str, str]] = {}
    cure = "shots must not be what they are tested on: delete it here, or there"
    for shot in pool:
        keys = tuple(sorted(shot.vars))
        if keys not in known:
            whole = (each for each in examples if each.vars.keys() >= {*keys})
            known[keys] = {_said(e.vars, keys): e.id for e in whole}
        if id_ := known[keys].get(_said(shot.vars, keys)):
            held = f"the pool holds the golden example `{excerpt(id_)}` of `{name}`"
            yield shot.mark.fault(f"{held}: {cure}")


def _said(variables: Mapping[str, Plain], keys: Sequence[str]) -> str:
    return long_digest([alike(as_text(variables[key])) for key in keys])


def _as_shot(example: Example) -> Shot:
    return Shot(dict(example.vars), as_text(example.expected), example.mark)


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

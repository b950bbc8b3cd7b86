"""Before the first question of a run goes out: how much there may be to ask, and at what cost."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.compare.planruns import RunPlan
from promptci.errors import MissingKeyError, StorageError
from promptci.project.modeldates import remarks_on_models
from promptci.project.project import Project
from promptci.run.planning.plan import Plan
from promptci.specs.credentials import missing_keys, needed_keys
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Model
from promptci.spending.limits import Limits, Progress

if TYPE_CHECKING:
    from promptci.batching.receipt import Receipt
    from promptci.compare.outcomes.collector import Collector
    from promptci.run.driving.work import Finished, Work
    from promptci.run.estimates import Estimate

MOST_LOOKED_UP = 2000
"""Examples looked up in the cache one by one; where there are more and the first one is not
there, all are taken for new, which is quicker and still an upper bound. Where nothing is stored
it is as many calls: each step of a flow counts."""


class Announcing:
    """A project as the pool of one run, which says what may be asked before anything is."""

    def __init__(self, project: Project, bound: "Callable[[], Sequence[Estimate]]") -> None:
        """`bound` finds out how much that is."""
        self._project, self._bound = project, bound
        self._is_said = False
        self.cost, self.most = project.prices.cost, project.prices.most

    def model(self, endpoint: EndpointSpec, concurrency: int) -> Model:
        """Whoever answers for an endpoint; of a hosted one it is said what it may be asked."""
        model = self._project.models.model(endpoint, concurrency)
        if not self._is_said and endpoint.base_url is not None:
            self._is_said = True
            self._project.observer.asking(self._bound())
            self._warn_of_batches()
        return model

    def _warn_of_batches(self) -> None:
        """Say of a live run what it may ask a second time."""
        if self._project.uses_batches:
            return
        from promptci.batching.receipt import BatchFolder, names_of  # late: before questions

        under_way: list[Receipt] = []
        with suppress(StorageError):  # whoever uses batches gets it
            under_way = BatchFolder(self._project.workspace.batches_path).open()
        if under_way:
            what = f"batches are under way ({names_of(under_way)})"
            cure = "what they hold is asked again here, `--batch` waits for it"
            self._project.observer.remark(f"warning: {what}: {cure}")

    def concurrency(self, endpoint: EndpointSpec) -> int:
        """As the project has it."""
        return self._project.models.concurrency(endpoint)


def bound_of(
    project: Project, plan: Plan, progress: Progress, *, limits: Limits
) -> "tuple[Estimate, ...]":
    """What a plan may ask; of a large one that begins, as if nothing were stored."""
    from promptci.cache.stillstored import newest_row
    from promptci.run.dryrun import dry_run
    from promptci.run.planbounds import most

    price_of, cache = project.price_under(limits), project.workspace.cache
    is_new = limits.refresh or not newest_row(cache)
    if not progress.done and (_calls(plan) if is_new else plan.count) > MOST_LOOKED_UP:
        return most(plan, price_of=price_of)
    return dry_run(
        plan,
        cache=cache,
        price_of=price_of,
        refresh=is_new,
        refresh_judges=limits.refresh_judges,
    )


def _calls(plan: Plan) -> int:
    """How often models are asked about, each step of a flow once."""
    return plan.repeat * sum(task.count * max(1, len(task.steps)) for task in plan.tasks)


class Rehearsal(Struct):
    """Takes the place of an evaluation, answers nothing and records what was to be asked."""

    plans: list[Plan] = field(default_factory=list)

    def run(self, plan: Plan, _: "Callable[[Finished], None]") -> "Collector":
        """Take a plan for one whose answers are all missing."""
        self.plans.append(plan)
        from promptci.compare.outcomes.collector import Collector  # late: where there is a plan

        return Collector(plan, {})

    def estimates(
        self, project: Project, limits: Limits, barred: Mapping[str, str]
    ) -> "tuple[Estimate, ...]":
        """What all plans may ask, but for endpoints that are not asked."""
        tasks = chain.from_iterable(plan.tasks for plan in self.plans)
        again = chain.from_iterable(plan.again for plan in self.plans)
        asked = Plan(
            tuple(task for task in tasks if barred.keys().isdisjoint(task.endpoints)),
            again=tuple(again),
        )
        from promptci.run.dryrun import dry_run  # late: see above

        return dry_run(
            asked,
            cache=project.workspace.cache,
            price_of=project.price_under(limits),
            refresh=limits.refresh,
            refresh_judges=limits.refresh_judges,
        )


def rehearsed(check: Callable[[RunPlan], object]) -> Rehearsal:
    """Something that evaluates plans, done without asking: its plans as far as they are known."""
    rehearsal = Rehearsal()
    check(rehearsal.run)
    return rehearsal


def say_doubts(project: Project, plan: Plan, *, is_offline: bool) -> None:
    """Say what is doubtful in the models asked, and in the forms that answers should have."""
    from promptci.project.answerforms import unheld_forms  # late: before questions

    suite = project.workspace.suite
    may_ask = {} if is_offline else suite.config.endpoints
    remarks = list(remarks_on_models(project, plan.models, may_ask=may_ask))
    remarks += (said for _, said in unheld_forms(suite, [task.spec for task in plan.tasks]))
    for remark in remarks:
        project.observer.remark(f"warning: {remark}")


def without_keyless(project: Project, plan: Plan, limits: Limits) -> Limits:
    """Limits that bar endpoints whose keys are not set, where others can be asked.

    Where nothing can be, the first question says what is missing.
    """
    wanted = [_endpoints(replace(plan, tasks=(task,))) for task in plan.tasks]
    barred = missing_keys(_endpoints(plan), project.environ, is_fork=False)
    if all(barred.keys() & endpoints.keys() for endpoints in wanted):
        return limits
    return replace(limits, barred={**barred, **limits.barred})


@contextmanager
def naming_all_keys(
    project: Project, limits: Limits, asked: Callable[[], Iterable[ModelSpec]]
) -> Iterator[None]:
    """Where an endpoint lacks its key, name all that do, of the models that are still `asked`."""
    try:
        yield
    except MissingKeyError as error:
        used = {model.endpoint.name: model.endpoint for model in asked()}
        lacking = missing_keys(used, project.environ, is_fork=False).keys() - limits.barred.keys()
        if len(lacking) <= 1:
            raise
        named = [used[name] for name in sorted(lacking)]
        raise MissingKeyError(needed_keys(named, project.environ)) from error


def models_asked(
    project: Project,
    limits: Limits,
    plan: "Plan | Iterable[Work]",
    make_works: "Callable[[], Iterable[Work]] | None",
) -> Iterable[ModelSpec]:
    """The models that a plan, or other work from `make_works`, has something left to ask of."""
    if isinstance(plan, Plan):
        return models_of_plan(project, limits, plan)
    return models_of_works(project, limits, make_works) if make_works is not None else ()


def models_of_plan(
    project: Project, limits: Limits, plan: Plan, *, has_contests: bool = False
) -> Iterable[ModelSpec]:
    """Whom a plan has something left to ask of, judges included.

    Those that prefer one of two sides are among them where the plan `has_contests`.
    """
    from promptci.run.dryrun import dry_run  # late: see above

    found = dry_run(
        plan,
        cache=project.workspace.cache,
        price_of=project.price_under(limits),
        refresh=limits.refresh,
        refresh_judges=limits.refresh_judges,
    )
    left = tuple(each.task for each in found if each.requests or each.is_least)
    yield from replace(plan, tasks=left).models
    for task in left if has_contests else ():
        for judge in task.judges.contests:
            yield from judge.models


def models_of_works(
    project: Project, limits: Limits, make_works: "Callable[[], Iterable[Work]]"
) -> Iterable[ModelSpec]:
    """The models that work which only asks judges has something left to ask of."""
    from promptci.run.dryrun import dry_run_works  # late: see above

    works = list(make_works())
    tasks = {id(work.task): work.task for work in works}.values()
    asked: list[ModelSpec] = []
    dry_run_works(
        works,
        tasks,
        cache=project.workspace.cache,
        price_of=asked.append,  # it is looked up for each request
        refresh=limits.refresh,
    )
    return asked


def _endpoints(plan: Plan) -> dict[str, EndpointSpec]:
    """Whom a plan may ask, judges included."""
    return {model.endpoint.name: model.endpoint for model in plan.models}

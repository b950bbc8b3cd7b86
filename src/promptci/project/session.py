"""Several plans evaluated by one command, under one ceiling of money and calls."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from msgspec.structs import replace

from promptci.compare.planruns import pass_over
from promptci.errors import BudgetError, RepeatsStoppedError
from promptci.project.allowance import Allowance
from promptci.project.preflight import Announcing, models_of_plan, naming_all_keys
from promptci.project.project import Project
from promptci.run.planning.plan import Plan
from promptci.specs.modelspec import ModelSpec
from promptci.spending.limits import Limits, Progress, Taken

if TYPE_CHECKING:
    from promptci.compare.outcomes.collector import Collector
    from promptci.run.driving.work import Finished, Work
    from promptci.run.estimates import Estimate


class Session:
    """Evaluates one plan after the other; what one has used is not there for the next.

    `asked`, `cached` and `cost` are totals; `cost` is None once a price was unknown. With `goes_on`
    a ceiling does not end it: `stopped` then says what did, and what was not asked has no answer.
    """

    def __init__(
        self,
        project: Project,
        limits: Limits,
        *,
        says_bound: bool = True,
        goes_on: bool = False,
        total: "Callable[[], Sequence[Estimate]] | None" = None,
        allowance: Allowance | None = None,
        also: "Callable[[Finished], None]" = pass_over,
    ) -> None:
        """With an `allowance` it is one of several that spend from it.

        `total` finds out what all plans together may ask, which is then said once; `also` hears of
        every result of every plan.
        """
        self.stopped: BudgetError | None = None
        self._goes_on = goes_on
        self._total = None if total is None else Announcing(project, total)
        self.asked = self.cached = 0
        self.cost: Decimal | None = Decimal(0)
        self.allowance = allowance or Allowance(project, limits)
        self._project = project
        self._limits = limits
        self.says_bound = says_bound
        self._also = also

    def announce(self, total: "Callable[[], Sequence[Estimate]]") -> None:
        """Say once, before anything more is asked, what all plans from here on may ask together."""
        self._total = Announcing(self._project, total)

    @property
    def taken(self) -> Taken:
        """The totals so far."""
        return Taken(self.asked, self.cached, self.cost, self.allowance.calls)

    def fill(self, plans: Callable[[], Sequence[Plan]]) -> None:
        """Where batches are used, have what several plans ask sent together, before any runs."""
        rounds = self.allowance.batches
        if rounds is None:
            return
        from promptci.run.driving.work import works

        each = plans()
        self.allowance.begin(task for plan in each for task in plan.tasks)
        pool = self._total or self._project.models
        try:
            with naming_all_keys(self._project, self._limits, lambda: self._asked(each)):
                rounds.fill(lambda: chain.from_iterable(map(works, each)), self._limits, pool)
            self.allowance.check_batches()
        except BudgetError as error:
            if not self._goes_on:
                raise
            self._stop(error)

    def _asked(self, plans: Sequence[Plan]) -> Iterator[ModelSpec]:
        for plan in plans:
            yield from models_of_plan(self._project, self._limits, plan)

    def run(self, plan: Plan, take: "Callable[[Finished], None]") -> "Collector":
        """Evaluate a plan and hand each result to `take`.

        Raises `RepeatsStoppedError` for repeats, where a ceiling ends them and not the rest.
        """
        if not self._goes_on:
            return self._evaluate(plan, self._heard(take))
        taken: set[tuple[int, str, int]] = set()
        hand_on = self._heard(take)

        def take_once(finished: "Finished") -> None:
            name = id(finished.task), finished.example.id, finished.attempt
            if name not in taken:
                taken.add(name)
                hand_on(finished)

        if self.stopped is None:
            try:
                return self._evaluate(plan, take_once)
            except BudgetError as error:
                self._stop(error)
        if plan.is_partial:
            raise RepeatsStoppedError(str(self.stopped))
        return self._evaluate(plan, take_once)

    def run_and_keep(self, plan: Plan, take: "Callable[[Finished], None]") -> "Collector":
        """The same, and what is found of whole evals is kept for later commands."""
        ran = self.run(plan, take)
        if plan.repeat == 1 and not plan.is_partial:
            from promptci.compare.stored.recalling import keep_judged  # late: see below

            keep_judged(self._project.answers, plan.tasks, ran)
        return ran

    def _heard(self, take: "Callable[[Finished], None]") -> "Callable[[Finished], None]":
        def hand_on(finished: "Finished") -> None:
            take(finished)
            self._also(finished)

        return hand_on

    def _stop(self, error: BudgetError) -> None:
        """Ask nothing more: whatever is not stored has no answer, and this is why."""
        self.stopped = error
        self._project.was_cut_short = True
        why = str(error).partition("; ")[0]
        self._limits = replace(self._limits, stopped=f"not asked: {why}")

    def _evaluate(self, plan: Plan, take: "Callable[[Finished], None]") -> "Collector":
        from promptci.project.evaluation import evaluate_plan  # late: most checks ask nothing

        progress = Progress(plan.count)
        try:
            collector, _ = evaluate_plan(
                self._project,
                plan,
                self._limits,
                {},
                allowance=self.allowance,
                also=take,
                says_bound=self.says_bound,
                pool=self._total,
                progress=progress,
            )
        finally:
            self._add(progress)
        return collector

    def drive(
        self,
        works: "Sequence[Work]",
        models: Iterable[ModelSpec],
        *,
        take: "Callable[[Finished], None]",
        bound: "Callable[[], Sequence[Estimate]]",
        make_works: "Callable[[], Iterable[Work]] | None" = None,
    ) -> None:
        """Do other work, which asks these models; `bound` says how much that may be at most.

        `make_works` makes the same work once more, so that it can ride in a batch.

        Raises `BudgetError` where a ceiling ends it, or ended what was before.
        """
        from promptci.project.evaluation import drive  # late: see above

        if self.stopped is not None:
            raise self.stopped
        if not works:
            return
        if not self._limits.offline:
            self._project.models.prepare(models)
        progress = Progress(len(works))
        pool = self._total or Announcing(self._project, bound)
        allowance, limits = self.allowance, self._limits
        try:
            drive(
                self._project,
                works,
                limits,
                take,
                progress,
                pool=pool,
                allowance=allowance,
                make_works=make_works,
            )
        except BudgetError as error:
            self._stop(error)
            raise
        finally:
            self._add(progress)

    def count_stored(self, answers: int) -> None:
        """Count the answers of a plan which need not be run."""
        self.cached += answers

    def _add(self, progress: Progress) -> None:
        self.asked += progress.asked
        self.cached += progress.cached
        unknown = self.cost is None or progress.has_unknown_cost
        self.cost = None if unknown else (self.cost or Decimal(0)) + progress.cost

"""Several plans evaluated by one command, under one ceiling of money and calls."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from promptci.compare.collector import Collector
from promptci.compare.confirmation import pass_over
from promptci.project.allowance import Allowance
from promptci.project.evaluation import drive, evaluate
from promptci.project.preflight import Announcing
from promptci.project.project import Project
from promptci.run.dryrun import Estimate
from promptci.run.plan import Plan
from promptci.run.work import Finished, Work
from promptci.specs.modelspec import ModelSpec
from promptci.spending.limits import Limits, Progress, Taken


class Session:
    """Evaluates one plan after the other; what one has used is not there for the next.

    `asked`, `cached` and `cost` are totals; `cost` is None once a price was unknown.
    """

    def __init__(
        self,
        project: Project,
        limits: Limits,
        *,
        says_bound: bool = True,
        allowance: Allowance | None = None,
        also: Callable[[Finished], None] = pass_over,
    ) -> None:
        """With an `allowance` it is one of several that spend from it.

        `also` hears of every result of every plan.
        """
        self.asked = self.cached = 0
        self.cost: Decimal | None = Decimal(0)
        self.allowance = allowance or Allowance(project, limits)
        self._project = project
        self._limits = limits
        self._says_bound = says_bound
        self._also = also

    @property
    def taken(self) -> Taken:
        """The totals so far."""
        return Taken(self.asked, self.cached, self.cost)

    def run(self, plan: Plan, take: Callable[[Finished], None]) -> Collector:
        """Evaluate a plan and hand each result to `take`."""

        def hand_on(finished: Finished) -> None:
            take(finished)
            self._also(finished)

        collector, progress = evaluate(
            self._project,
            plan,
            self._limits,
            {},
            allowance=self.allowance,
            also=hand_on,
            says_bound=self._says_bound,
        )
        self._add(progress)
        return collector

    def drive(
        self,
        works: Sequence[Work],
        models: Iterable[ModelSpec],
        *,
        take: Callable[[Finished], None],
        bound: Callable[[], Sequence[Estimate]],
    ) -> None:
        """Do other work, which asks these models; `bound` says how much that may be at most."""
        if not works:
            return
        if not self._limits.offline:
            self._project.models.prepare(models)
        progress = Progress(len(works))
        pool = Announcing(self._project, bound)
        drive(
            self._project, works, self._limits, take, progress, pool=pool, allowance=self.allowance
        )
        self._add(progress)

    def _add(self, progress: Progress) -> None:
        self.asked += progress.asked
        self.cached += progress.cached
        unknown = self.cost is None or progress.has_unknown_cost
        self.cost = None if unknown else (self.cost or Decimal(0)) + progress.cost

"""Several plans evaluated by one command, under one ceiling of money and calls."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from promptci.commands.context import ALLOW_CODE
from promptci.compare.collector import Collector
from promptci.compare.confirmation import CONFIRM
from promptci.errors import RequestError
from promptci.project.allowance import Allowance
from promptci.project.evaluation import drive, evaluate
from promptci.project.project import Project
from promptci.run.plan import Plan
from promptci.run.work import Finished, Work
from promptci.specs.completion import ModelSpec
from promptci.specs.config import Config
from promptci.spending.limits import Limits, Progress


def _dollars(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
    """An amount of money, kept exactly as it was written."""
    try:
        amount = None if value is None else Decimal(value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if amount is not None and not (amount.is_finite() and amount >= 0):
        raise click.BadParameter(f"`{value}` is no amount of US dollars: write one such as 0.50")
    return amount


def _allow_code(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    ctx.meta[ALLOW_CODE] = value


_OPTIONS = (
    click.option("--offline", is_flag=True, help="Ask nobody: use stored answers only."),
    click.option("--max-cost", callback=_dollars, metavar="USD", help="Stop before spending more."),
    click.option(
        "--max-requests", type=click.IntRange(min=0), metavar="N", help="Stop after N requests."
    ),
    click.option(
        "--max-tokens", type=click.IntRange(min=0), metavar="N", help="Stop before using more."
    ),
    click.option(
        "--max-time",
        type=click.FloatRange(min=0, min_open=True),
        metavar="SECONDS",
        help="Stop after this long.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="Requests under way at a time.",
    ),
    click.option(
        "--allow-code",
        is_flag=True,
        expose_value=False,
        callback=_allow_code,
        help="Run the scorers that are your own code.",
    ),
)


confirm_option = click.option(
    "--confirm",
    "times",
    type=click.IntRange(0, 20),
    default=CONFIRM,
    show_default=True,
    metavar="N",
    help="Ask flipped examples N times more on both sides.",
)
"""How often flipped examples are asked again, as the argument `times`."""


def limit_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that bound what it may ask."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def limits_of(options: Mapping[str, Any], config: Config) -> Limits:
    """What the command line says, else the configuration.

    Raises `RequestError` for options that contradict each other.
    """
    if options["offline"] and options.get("refresh"):
        raise RequestError("--offline asks nobody and --refresh everybody: leave one of them out")

    def ceiling(name: str) -> Any:
        return getattr(config, name) if options[name] is None else options[name]

    return Limits(
        concurrency=options["concurrency"],
        max_requests=ceiling("max_requests"),
        max_cost=ceiling("max_cost"),
        max_tokens=ceiling("max_tokens"),
        max_time=ceiling("max_time"),
        offline=options["offline"],
        refresh=bool(options.get("refresh")),
    )


class Session:
    """Evaluates one plan after the other; what one has used is not there for the next.

    `asked`, `cached` and `cost` are totals; `cost` is None once a price was unknown.
    """

    def __init__(self, project: Project, limits: Limits, *, says_bound: bool = True) -> None:
        self.asked = self.cached = 0
        self.cost: Decimal | None = Decimal(0)
        self.purse = Allowance(project, limits)
        self._project = project
        self._limits = limits
        self._says_bound = says_bound

    def run(self, plan: Plan, take: Callable[[Finished], None]) -> Collector:
        """Evaluate a plan and hand each result to `take`."""
        collector, progress = evaluate(
            self._project,
            plan,
            self._limits,
            {},
            purse=self.purse,
            also=take,
            says_bound=self._says_bound,
        )
        self._add(progress)
        return collector

    def drive(self, works: Sequence[Work], models: Iterable[ModelSpec]) -> None:
        """Do other work, which asks these models and keeps what it finds to itself."""
        if not works:
            return
        if not self._limits.offline:
            self._project.prepare(models)
        progress = Progress(len(works))
        drive(self._project, works, self._limits, lambda done: None, progress, purse=self.purse)
        self._add(progress)

    def _add(self, progress: Progress) -> None:
        self.asked += progress.asked
        self.cached += progress.cached
        unknown = self.cost is None or progress.has_unknown_cost
        self.cost = None if unknown else (self.cost or Decimal(0)) + progress.cost

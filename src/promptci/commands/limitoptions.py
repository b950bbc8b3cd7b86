"""Options on what a command may ask: ceilings, what is asked again, batches, and own code."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from promptci.commands.options import ALLOW_CODE, giving
from promptci.errors import RequestError
from promptci.specs.config import Config
from promptci.spending.limits import BatchMode, Limits


def dollars(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
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


allow_code_option = click.option(
    "--allow-code",
    is_flag=True,
    expose_value=False,
    callback=_allow_code,
    help="Run the scorers that are your own code.",
)
"""Leave to run the user's own code, kept until the project is opened."""


asking_options = giving(
    click.option("--max-cost", callback=dollars, metavar="USD", help="Stop before spending more."),
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
    allow_code_option,
)
"""What bounds a command that finds nothing out unless it asks."""

limit_options = giving(
    click.option("--offline", is_flag=True, help="Send no request: use stored answers only."),
    asking_options,
)
"""What bounds what a command may ask."""

refresh_options = giving(
    click.option("--refresh", is_flag=True, help="Ask everything again, whatever is stored."),
    click.option("--refresh-judges", is_flag=True, help="Ask only the judges again."),
)
"""What asks again what is stored."""

missing_options = giving(
    click.option("--missing", is_flag=True, help="Ask also what only a committed record says."),
    refresh_options,
)
"""The same where committed records are used for answers that are not stored."""

batch_options = giving(
    click.option(
        "--batch",
        is_flag=True,
        help="Ask by batches: for half the price, answered within a day.",
    ),
    click.option(
        "--no-wait", is_flag=True, help="With --batch: send, exit 3, and collect the next time."
    ),
    click.option(
        "--live-rest",
        is_flag=True,
        help="With --batch: ask at once, not by a further batch, what one leaves open.",
    ),
)
"""What has hosted models asked by batches."""


def _batch_mode(options: Mapping[str, Any]) -> BatchMode | None:
    """How batches are used, None where they are not. Raises `RequestError`."""
    if not options.get("batch"):
        if alone := next((n for n in ("no_wait", "live_rest") if options.get(n)), None):
            option = f"--{alone.replace('_', '-')}"
            raise RequestError(f"{option} says how batches are used: add --batch")
        return None
    beside = ("offline", "fail_fast", "sequential")
    if wrong := next((name for name in beside if options.get(name)), None):
        option = f"--{wrong.replace('_', '-')}"
        raise RequestError(f"--batch does not go with {option}: leave one of them out")
    return BatchMode(waits=not options["no_wait"], live_rest=options["live_rest"])


_ASKING = ("refresh", "refresh_judges", "missing")


def limits_of(options: Mapping[str, Any], config: Config) -> Limits:
    """What the command line says, else the configuration.

    Raises `RequestError` for options that contradict each other.
    """
    asking = next((name for name in _ASKING if options.get(name)), None)
    if options.get("offline") and asking:
        wrong = f"--offline sends no request and --{asking.replace('_', '-')} is there to send some"
        raise RequestError(f"{wrong}: leave one of them out")

    def ceiling(name: str) -> Any:
        return getattr(config, name) if options[name] is None else options[name]

    return Limits(
        concurrency=options["concurrency"],
        max_requests=ceiling("max_requests"),
        max_cost=ceiling("max_cost"),
        max_tokens=ceiling("max_tokens"),
        max_time=ceiling("max_time"),
        offline=bool(options.get("offline")),
        refresh=bool(options.get("refresh")),
        refresh_judges=bool(options.get("refresh_judges")),
        missing=bool(options.get("missing")),
        fail_fast=bool(options.get("fail_fast")),
        sequential=bool(options.get("sequential")),
        batch=_batch_mode(options),
    )

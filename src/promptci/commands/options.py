"""Options that several commands share, written once."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import click

from promptci.errors import RequestError
from promptci.specs.config import Config
from promptci.spending.limits import CONFIRM, MOST_CONFIRM, BatchMode, Limits

ALLOW_CODE = "promptci.allow_code"
"""Where `--allow-code` is kept until the project is opened."""


def _or_of_group(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    """Whether it is given here, or between a group and its command, as in `cache --json size`."""
    return value or bool(ctx.parent and ctx.parent.params.get("wants_json"))


json_option = click.option(
    "--json",
    "wants_json",
    is_flag=True,
    callback=_or_of_group,
    help="Print one JSON document instead.",
)
"""Whether a report is for a program, as the argument `wants_json`."""

dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be asked and what it would cost."
)
"""Whether only the bound is said, as the argument `dry_run`."""


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


def _giving(*options: Callable[..., Any]) -> Callable[..., Any]:
    """What gives a command several options, in this order."""

    def give(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return give


asking_options = _giving(
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

limit_options = _giving(
    click.option("--offline", is_flag=True, help="Send no request: use stored answers only."),
    asking_options,
)
"""What bounds what a command may ask."""

confirm_option = click.option(
    "--confirm",
    "times",
    type=click.IntRange(0, MOST_CONFIRM),
    default=CONFIRM,
    show_default=True,
    metavar="N",
    help="Ask flipped examples N times more on both sides.",
)
"""How often flipped examples are asked again, as the argument `times`."""


refresh_options = _giving(
    click.option("--refresh", is_flag=True, help="Ask everything again, whatever is stored."),
    click.option("--refresh-judges", is_flag=True, help="Ask only the judges again."),
)
"""What asks again what is stored."""

missing_options = _giving(
    click.option("--missing", is_flag=True, help="Ask also what only a committed record says."),
    refresh_options,
)
"""The same where committed records are used for answers that are not stored."""

batch_options = _giving(
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


step_option = click.option(
    "--step", default="", metavar="STEP", help="Of a flow: the step whose prompt is varied."
)
"""Which step of a flow a command tries other forms of."""


changed_options = _giving(
    click.option("--changed", is_flag=True, help="Only what differs from the last commit."),
    click.option("--since", metavar="REV", help="With --changed: what differs from this commit."),
)
"""What narrows a command down to what changed."""

elsewhere_options = _giving(
    click.option("--shard", metavar="I/N", help="Ask one part of N into a bundle, for `merge`."),
    click.option(
        "--bundle",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Where a shard's answers go.  [default: shard-I-of-N.bundle]",
    ),
    click.option(
        "--on", "where", metavar="ray[://...]", help="Ask on the workers of a Ray cluster."
    ),
    click.option(
        "--workers",
        type=click.IntRange(1, 10_000),
        metavar="N",
        help="Blocks asked there at a time.",
    ),
)
"""What has a part of a run asked, or has a cluster ask."""

_ALONE = (
    ("since", "changed", "--since says what --changed differs from: add --changed"),
    ("bundle", "shard", "--bundle is for a part: add --shard I/N, or `cache export FILE` after it"),
    ("workers", "where", "--workers is for a cluster: add --on, or write --concurrency"),
)
"""Options that say nothing without another one, that one, and what to do."""


def refuse_alone(options: Mapping[str, Any]) -> None:
    """Refuse an option of `changed_options` or `elsewhere_options` that lacks its other one."""
    for option, other, cure in _ALONE:
        if options[option] is not None and not options[other]:
            raise RequestError(cure)


def no_cluster_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Have a command that needs answers of two sides say how a cluster can ask for it."""
    return click.option("--on", hidden=True, expose_value=False, callback=_refuse_cluster)(command)


def _refuse_cluster(ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    del option
    if value is not None:
        first = f"`promptci run --on {value}` first"
        raise RequestError(
            f"--on is an option of `run`: {first}, and {ctx.info_name} finds its answers stored"
        )


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

"""Options that several commands share, written once."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from promptci.errors import RequestError
from promptci.parsing.didyoumean import meant_name
from promptci.spending.limits import CONFIRM, MOST_CONFIRM


class OneOf(click.Choice[str]):
    """One of a few words; of another one it says which is probably meant."""

    def get_invalid_choice_message(self, value: str, ctx: click.Context | None) -> str:
        """What is wrong with a word, which may be there, and the nearest of them."""
        said = super().get_invalid_choice_message(value, ctx)
        near = meant_name(value, self.choices)
        return f"{said} Did you mean '{near}'?" if near else said


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


def giving(*options: Callable[..., Any]) -> Callable[..., Any]:
    """What gives a command several options, in this order."""

    def give(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return give


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


step_option = click.option(
    "--step", default="", metavar="STEP", help="Of a flow: the step whose prompt is varied."
)
"""Which step of a flow a command tries other forms of."""


changed_options = giving(
    click.option("--changed", is_flag=True, help="Only what differs from the last commit."),
    click.option("--since", metavar="REV", help="With --changed: what differs from this commit."),
)
"""What narrows a command down to what changed."""

elsewhere_options = giving(
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

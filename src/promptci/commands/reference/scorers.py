"""`promptci scorers`."""

import click

from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.errors import RequestError
from promptci.parsing.source import excerpt
from promptci.render.json.jsontext import dumps
from promptci.render.json.scorers import scorers_report
from promptci.render.terminal import scorers as report
from promptci.scorers.registry.catalogue import ALIASES, SCORERS
from promptci.scorers.registry.described import described, everything
from promptci.scorers.registry.written import advice_on_name, known_name


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in (*SCORERS, *ALIASES) if name.startswith(incomplete)]


@click.command()
@click.argument("name", required=False, shell_complete=_complete)
@json_option
def command(name: str | None, wants_json: bool) -> int:
    """List the scorers, or show one with its options and an example."""
    if name is None:
        found = [scorer for _, scorers in everything() for scorer in scorers]
        text = dumps(scorers_report(found)) if wants_json else report.listing(look())
        click.echo(text, nl=wants_json)
        return 0
    known = known_name(name)
    if known is None:
        raise RequestError(f"there is no scorer `{excerpt(name)}`: {advice_on_name(name)}")
    one = described(known)
    text = dumps(scorers_report([one])) if wants_json else report.detail(one, look())
    click.echo(text, nl=wants_json)
    return 0

"""`promptci explain`."""

import textwrap

import click

from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.errors import RequestError
from promptci.parsing.didyoumean import did_you_mean
from promptci.parsing.source import excerpt
from promptci.render.glossary import WORDS, find_word, spellings
from promptci.render.json.explain import explain_report
from promptci.render.json.jsontext import dumps


def _complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in spellings() if name.startswith(incomplete)]


@click.command()
@click.argument("words", nargs=-1, metavar="[WORD]...", shell_complete=_complete)
@json_option
def command(words: tuple[str, ...], wants_json: bool) -> int:
    """Explain a word of the reports, with an example.

    Without WORD: list the words. Several make one, such as `explain negative flips`.
    """
    name = " ".join(words)
    found = find_word(name) if name else None
    if name and found is None:
        advice = did_you_mean(name, spellings())
        raise RequestError(f"`{excerpt(name)}` is not explained: {advice}")
    chosen = WORDS if found is None else (found,)
    if wants_json:
        click.echo(dumps(explain_report(chosen)))
    elif found is None:
        click.echo("\n".join(word.name for word in WORDS))
    else:
        wide = min(look().width, 100)
        click.echo(f"{found.name}\n\n{textwrap.fill(found.text, wide, break_on_hyphens=False)}")
    return 0

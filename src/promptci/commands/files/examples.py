"""`promptci examples`."""

import sys

import click

from promptci.commands.context import pass_project
from promptci.commands.display import folded, look
from promptci.commands.options import json_option
from promptci.commands.reading import eval_argument
from promptci.errors import RequestError
from promptci.project.golden.candidates import Candidate, LabelChoice, judge_candidates
from promptci.project.golden.goldenedit import (
    add_example,
    example_variables,
    read_shares,
    read_variables,
    split_examples,
)
from promptci.project.golden.goldenstats import golden_stats
from promptci.project.project import Project
from promptci.render.json.examples import ExamplesAddV1, label_report, split_report, stats_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.examples import candidate_text, label_text, split_text, stats_text
from promptci.secrets.safetext import for_terminal


@click.group()
def command() -> None:
    """Add, look at, split and label golden examples."""


@command.command()
@eval_argument
@json_option
@pass_project
def stats(project: Project, name: str, wants_json: bool) -> int:
    """Show balance, lengths, near duplicates, and what history says of each example.

    Examples that passed or failed at every commit on record tell nothing; those that changed
    their fate again and again may be worded unclearly.
    """
    project.workspace.names = (name,)
    found = golden_stats(project, name)
    click.echo(dumps(stats_report(found)) if wants_json else stats_text(found, look()))
    return 0


@command.command()
@eval_argument
@click.option("--id", "id_", default="", metavar="ID", help="What it is called.")
@click.option("--var", "variables", multiple=True, metavar="NAME=VALUE", help="[repeatable]")
@click.option("--expected", default=None, metavar="TEXT", help="What is expected.")
@json_option
@pass_project
def add(
    project: Project,
    *,
    name: str,
    id_: str,
    variables: tuple[str, ...],
    expected: str | None,
    wants_json: bool,
) -> int:
    """Add an example where the eval has its others.

    On a terminal, what is not given is asked for.
    """
    project.workspace.names = (name,)
    given = read_variables(variables)
    if not variables and sys.stdin.isatty():
        given, id_, expected = _ask(project, name, id_, expected)
    if not given:
        raise RequestError("an example needs its variables: write --var NAME=VALUE")
    path = add_example(project, name, given, expected=expected, id_=id_)
    click.echo(dumps(ExamplesAddV1(path=path)) if wants_json else for_terminal(f"added to {path}"))
    return 0


def _ask(
    project: Project, name: str, id_: str, expected: str | None
) -> tuple[dict[str, str], str, str | None]:
    given = {each: click.prompt(each) for each in example_variables(project, name)}
    id_ = id_ or click.prompt("id (empty: a digest)", default="", show_default=False)
    if expected is None:
        expected = click.prompt("expected (empty: none)", default="", show_default=False) or None
    return given, id_, expected


@command.command()
@eval_argument
@click.argument("shares", nargs=-1, required=True, metavar="PART=SHARE...")
@click.option("--seed", type=int, default=1, metavar="N", help="Which examples go where.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@json_option
@pass_project
def split(
    project: Project,
    *,
    name: str,
    shares: tuple[str, ...],
    seed: int,
    force: bool,
    wants_json: bool,
) -> int:
    """Split the examples into parts, such as `gate=0.5 dev=0.3 shots=0.2`.

    Each goes into evals/NAME.PART.jsonl by a digest of its input (or its cluster), so that it
    stays there when others are added. Nearly equal inputs in two parts are reported, and exit 1.
    """
    project.workspace.names = (name,)
    found = split_examples(project, name, read_shares(shares), seed=seed, overwrite=force)
    click.echo(dumps(split_report(found)) if wants_json else split_text(found, look()))
    return found.exit_code


@command.command()
@eval_argument
@json_option
@pass_project
def label(project: Project, name: str, wants_json: bool) -> int:
    """Go through the candidates that `promptci collect` drafted.

    For each: Enter takes the answer that was given as what is expected, a text takes that, `s`
    skips, `x` drops it for good, `q` ends; `"s"` in quotes expects the letter.
    """
    project.workspace.names = (name,)
    found = judge_candidates(project, name, _expected)
    click.echo(dumps(label_report(found)) if wants_json else label_text(found))
    return 0


def _expected(candidate: Candidate) -> str | LabelChoice:
    """Ask about a candidate, on stderr, so that stdout is for the report."""
    click.echo(folded(candidate_text(candidate.vars, candidate.answer), sys.stderr), err=True)
    while True:
        said: str = click.prompt(_ASKED, default="", show_default=False, err=True)
        if said in _CHOICES:
            return LabelChoice(said)
        meant = said.strip() or ("" if said else candidate.answer)
        if meant:
            return meant[1:-1] if meant[1:-1] in _CHOICES and meant == f'"{meant[1:-1]}"' else meant
        click.echo('say what is expected, or s, x or q (`"s"` expects the letter)', err=True)


_CHOICES = frozenset(each.value for each in LabelChoice)
_ASKED = "expected [Enter: as answered, s skip, x drop, q quit]"

"""`promptci examples`."""

import json
import sys
from dataclasses import asdict

import click

from promptci.commands.context import pass_project
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals
from promptci.errors import RequestError
from promptci.parsing.source import Plain
from promptci.project.candidates import Candidate, Candidates
from promptci.project.goldenedit import add_example, split_examples
from promptci.project.goldenstats import GoldenStats, golden_stats
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.render.figures import counted
from promptci.render.json.examples import (
    ExamplesAddV1,
    ExamplesLabelV1,
    ExamplesSplitV1,
    ExamplesStatsV1,
)
from promptci.render.json.jsontext import dumps
from promptci.secrets.safetext import for_terminal

_name = click.argument("name", shell_complete=complete_evals)
_MOST_LISTED = 8


@click.group()
def command() -> None:
    """Add, look at, split and label golden examples."""


@command.command()
@_name
@json_option
@pass_project
def stats(project: Project, name: str, wants_json: bool) -> int:
    """Show balance, lengths, near duplicates, and what history says of each example.

    Examples that passed or failed at every commit on record tell nothing; those that changed
    their fate again and again may be worded unclearly.
    """
    project.workspace.names = (name,)
    found = golden_stats(project, name)
    if wants_json:
        values = asdict(found)
        values["eval"] = values.pop("name")
        click.echo(dumps(ExamplesStatsV1(**values)))
        return 0
    for line in _stat_lines(found):
        click.echo(for_terminal(line))
    return 0


def _stat_lines(found: GoldenStats) -> list[str]:
    least, middle, most = found.lengths
    lines = [f"{found.name}: {counted(found.count, 'example')}"]
    lines += [f"input  {least:,} to {most:,} characters, median {middle:g}"]
    for title, counts in (("expected", found.classes), ("tag", found.tags)):
        for value, count in counts.items():
            lines.append(f"{title}  {value}: {count:,} ({count / found.count:.0%})")
    for one, other in found.near[:_MOST_LISTED]:
        lines.append(f"nearly equal  {one}, {other}")
    told = {
        "passed at every commit": found.always_pass,
        "failed at every commit": found.always_fail,
        "flapping": found.flapping,
    }
    for title, ids in told.items():
        if ids:
            more = f" and {len(ids) - _MOST_LISTED:,} more" if len(ids) > _MOST_LISTED else ""
            lines.append(f"{title}  {', '.join(ids[:_MOST_LISTED])}{more}")
    lines.append(f"{counted(found.commits, 'commit')} on record")
    return lines


@command.command()
@_name
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
    given = dict(_pair(each) for each in variables)
    if not variables and sys.stdin.isatty():
        given, id_, expected = _ask(project, name, id_, expected)
    if not given:
        raise RequestError("an example needs its variables: write --var NAME=VALUE")
    values: dict[str, Plain] = dict(given)
    path = add_example(project, name, values, expected=expected, id_=id_)
    click.echo(dumps(ExamplesAddV1(path=path)) if wants_json else for_terminal(f"added to {path}"))
    return 0


def _pair(option: str) -> tuple[str, str]:
    name, equals, value = option.partition("=")
    if not equals or not name:
        raise RequestError(f"--var {option}: write NAME=VALUE, such as ticket='My card'")
    return name, value


def _ask(
    project: Project, name: str, id_: str, expected: str | None
) -> tuple[dict[str, str], str, str | None]:
    suite = project.workspace.suite
    prompt = suite.prompts[suite.evals[named_eval(project, name)].prompt]
    given = {each: click.prompt(each) for each in sorted(prompt.variables)}
    id_ = id_ or click.prompt("id (empty: a digest)", default="", show_default=False)
    if expected is None:
        expected = click.prompt("expected (empty: none)", default="", show_default=False) or None
    return given, id_, expected


@command.command()
@_name
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
    stays there when others are added. Nearly equal inputs in two parts are told, and exit 1.
    """
    project.workspace.names = (name,)
    found = split_examples(project, name, _shares(shares), seed=seed, overwrite=force)
    if wants_json:
        report = ExamplesSplitV1(
            exit_code=found.exit_code, files=dict(found.files), leaks=list(found.leaks)
        )
        click.echo(dumps(report))
        return found.exit_code
    for path, count in found.files.items():
        click.echo(for_terminal(f"wrote {path} ({counted(count, 'example')})"))
    for one, other in found.leaks:
        click.echo(for_terminal(f"nearly equal, in two parts: {one}, {other}"))
    return found.exit_code


def _shares(options: tuple[str, ...]) -> dict[str, float]:
    found: dict[str, float] = {}
    for option in options:
        part, _, share = option.partition("=")
        try:
            found[part] = float(share)
        except ValueError:
            raise RequestError(f"{option}: write PART=SHARE, such as gate=0.5") from None
        if not part.replace("-", "").replace("_", "").isalnum():
            raise RequestError(f"{option}: a part is called by letters and digits, such as gate")
    return found


@command.command()
@_name
@json_option
@pass_project
def label(project: Project, name: str, wants_json: bool) -> int:
    """Go through the candidates that `promptci collect` drafted.

    For each: Enter takes the answer that was given as what is expected, a text takes that, `s`
    skips, `x` drops it for good, `q` ends.
    """
    project.workspace.names = (name,)
    found = Candidates(project, name)
    counts = {"taken": 0, "skipped": 0, "dropped": 0}
    for candidate in found:
        answer = _judged(candidate)
        if answer == "q":
            break
        if answer == "s":
            counts["skipped"] += 1
        elif answer == "x":
            found.drop(candidate)
            counts["dropped"] += 1
        else:
            found.accept(candidate, answer)
            counts["taken"] += 1
    if wants_json:
        click.echo(
            dumps(
                ExamplesLabelV1(
                    taken=counts["taken"],
                    skipped=counts["skipped"],
                    dropped=counts["dropped"],
                )
            )
        )
    else:
        click.echo(", ".join(f"{count:,} {what}" for what, count in counts.items()))
    return 0


def _judged(candidate: Candidate) -> str:
    """Ask about a candidate, on stderr, so that stdout is for the report."""
    for name, value in candidate.vars.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        click.echo(for_terminal(f"{name}: {text}"), err=True)
    click.echo(for_terminal(f"answered: {candidate.answer}"), err=True)
    said: str = click.prompt(
        "expected [Enter: as answered, s skip, x drop, q quit]",
        default=candidate.answer,
        show_default=False,
        err=True,
    )
    return said

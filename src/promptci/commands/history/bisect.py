"""`promptci bisect`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look, say
from promptci.commands.limitoptions import limit_options, limits_of
from promptci.commands.observing import TerminalObserver
from promptci.commands.options import OneOf, json_option
from promptci.commands.reading import eval_argument
from promptci.history.culprit import Measured
from promptci.project.bisecting import BisectOptions, find_worsening
from promptci.project.project import Project
from promptci.render.json.history.bisect import bisect_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.history import bisect as report


@click.command(
    epilog="Every commit is asked the same golden examples with the same scorers; prompt and model "
    "are those of the commit. Commits that cannot be evaluated are passed over."
)
@eval_argument
@click.argument("example", required=False)
@click.option("--good", metavar="REV", help="A commit where all was well.  [required]")
@click.option(
    "--bad", default="HEAD", show_default=True, metavar="REV", help="A later one where it is not."
)
@click.option(
    "--below",
    type=click.FloatRange(0, 1),
    metavar="SCORE",
    help="Call a lower score bad.  [default: the score at --good less the tolerance]",
)
@click.option(
    "--golden",
    type=OneOf(["good", "bad", "worktree"]),
    default="bad",
    show_default=True,
    help="Whose golden examples and scorers to use.",
)
@click.option(
    "--model", metavar="NAME", default="", help="Ask this model instead of each commit's own."
)
@click.option(
    "--confirm",
    "times",
    type=click.IntRange(0, 20),
    default=0,
    show_default=True,
    metavar="N",
    help="Ask what flipped N times more, at the commit found and before it.",
)
@json_option
@limit_options
@pass_project
def command(
    project: Project,
    *,
    name: str,
    example: str | None,
    good: str | None,
    bad: str,
    below: float | None,
    golden: Any,
    model: str,
    times: int,
    wants_json: bool,
    **options: Any,
) -> int:
    """Find the commit that made an eval worse.

    Bad is a fall of the score by more than the gate's tolerance; with EXAMPLE, that this example
    fails. Evaluates as few commits as can be, and of those only what is not stored. Exits 3 where
    the commit is not certain.
    """
    limits = limits_of(options, project.workspace.suite.config)
    given = BisectOptions(good or "", bad, example, below, golden, model, times)
    project.observer = _Telling()
    found = find_worsening(project, name, limits, given)
    if wants_json:
        click.echo(dumps(bisect_report(found.culprit, found.candidates)))
    else:
        click.echo(report.report(found.culprit, found.candidates, look()), nl=False)
    say(report.closing(found.culprit, found.taken))
    return found.exit_code


class _Telling(TerminalObserver):
    """Says of every commit how it did."""

    def measured(self, found: Measured) -> None:
        """Write a line on stderr."""
        say(report.measured(found))

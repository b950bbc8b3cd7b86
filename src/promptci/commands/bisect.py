"""`promptci bisect`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.options import json_option, limit_options, limits_of
from promptci.errors import RequestError
from promptci.git.lineage import Commit, commits, resolve, way
from promptci.git.repo import Tree
from promptci.git.revision import Revision
from promptci.history.culprit import Culprit, Measured
from promptci.history.descent import find_in_merges
from promptci.history.timeline import Timeline, choose_example, make_standard, make_timeline
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.render.json.bisect import bisect_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal import bisect as report


@click.command(
    epilog="Every commit is asked the same golden examples with the same scorers; prompt and model "
    "are those of the commit. Commits that cannot be evaluated are passed over."
)
@click.argument("name")
@click.argument("example", required=False)
@click.option("--good", required=True, metavar="REV", help="A commit where all was well.")
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
    type=click.Choice(["good", "bad", "worktree"]),
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
    below: float | None,
    times: int,
    wants_json: bool,
    **options: Any,
) -> int:
    """Find the commit that made an eval worse.

    Bad is a fall of the score by more than the gate's tolerance; with EXAMPLE, that this example
    fails. Evaluates as few commits as can be, and of those only what is not stored. Exits 3 where
    the commit cannot be told for sure.
    """
    if example is not None and below is not None:
        raise RequestError("EXAMPLE passes or fails, so --below has no meaning: drop one of them")
    timeline = _timeline(project, named_eval(project, name), example, options)
    limits = limits_of(options, project.workspace.suite.config)
    session = Session(project, limits, says_bound=False)  # of one commit it would say little
    found = find_in_merges(
        project.workspace.repo,
        timeline,
        session.run,
        project.workspace.cache.get,
        below=below,
        times=times,
        tell=_tell,
    )
    candidates = _candidates(project, found)
    if wants_json:
        click.echo(dumps(bisect_report(found, candidates)))
    else:
        click.echo(report.report(found, candidates, look()), nl=False)
    click.echo(report.closing(found, session.asked, session.cached, session.cost), err=True)
    return found.exit_code


def _timeline(
    project: Project, name: str, example: str | None, options: dict[str, Any]
) -> Timeline:
    """The commits to search, measured by what the options choose."""
    repo = project.workspace.repo
    good, bad = resolve(repo, options["good"]), resolve(repo, options["bad"])
    revisions = way(repo, good, bad)
    tree = _golden(project, options["golden"], good, bad)
    standard = make_standard(
        tree,
        name,
        build_of=project.models.build,
        config=project.workspace.suite.config,
        model=options["model"],
    )
    if example is not None:
        standard = choose_example(standard, example)
    return make_timeline(repo, revisions, standard)


def _golden(project: Project, choice: str, good: Revision, bad: Revision) -> Tree:
    if choice == "worktree":
        return project.workspace.repo.worktree
    return project.workspace.repo.tree(good if choice == "good" else bad)


def _candidates(project: Project, found: Culprit) -> tuple[Commit, ...]:
    """The commits that may have broken it, the oldest first."""
    points = (*found.between, found.first)
    return commits(project.workspace.repo, [point.revision for point in points])


def _tell(measured: Measured) -> None:
    click.echo(report.measured(measured), err=True)

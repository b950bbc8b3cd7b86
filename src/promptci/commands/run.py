"""`promptci run`."""

from collections.abc import Mapping
from typing import Any

import click

from promptci.commands.context import complete_evals, look, pass_project
from promptci.errors import RequestError
from promptci.project.backfill import fill_in
from promptci.project.evaluation import evaluate_logged, exit_code
from promptci.project.project import Project
from promptci.project.recording import committed_records, gate_outcomes, write_records
from promptci.project.session import Session, confirm_option, limit_options, limits_of
from promptci.render.json import document
from promptci.render.terminal import run as report
from promptci.run.dryrun import dry_run as estimate_plan
from promptci.run.plan import Plan, make_plan
from promptci.run.selection import Selection
from promptci.secrets.safetext import for_terminal
from promptci.spending.limits import Limits


@click.command(epilog="NAME is an eval, a folder of evals, a prompt, or the path of one of them.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_evals)
@click.option("--model", "models", multiple=True, help="Ask this model instead.  [repeatable]")
@click.option("--tag", "tags", multiple=True, help="Only examples with this tag.  [repeatable]")
@click.option("--example", "examples", multiple=True, help="Only this example.  [repeatable]")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only N examples of each eval.")
@click.option("--seed", type=int, default=0, show_default=True, help="Which sample to draw.")
@click.option("--repeat", type=click.IntRange(1, 100), default=1, help="Ask each example so often.")
@click.option("--dry-run", is_flag=True, help="Say what would be asked and what it would cost.")
@click.option("--refresh", is_flag=True, help="Ask everything anew, whatever is stored.")
@limit_options
@confirm_option
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON document instead.")
@click.option("--no-write", is_flag=True, help="Leave the score records as they are.")
@click.option("--rev", "span", metavar="A..B", help="Evaluate past commits that have no record.")
@pass_project
def command(
    project: Project,
    *,
    dry_run: bool,
    times: int,
    wants_json: bool,
    no_write: bool,
    span: str | None,
    **options: Any,
) -> int:
    """Evaluate prompts on their golden examples and record the scores.

    Asks only what is not stored. Exits 1 where the score fell against the last commit, or a floor
    or a must-pass example fails, and 3 where answers are missing.
    """
    project.names = options["names"]
    limits = limits_of(options, project.suite.config)
    for warning in project.suite.warnings:
        click.echo(for_terminal(str(warning)), err=True)
    if span is not None:
        if dry_run or no_write:
            raise RequestError("--rev goes neither with --dry-run nor with --no-write")
        return fill_in(project, span, _selection(options), limits, wants_json=wants_json)
    plan = make_plan(project.suite, _selection(options), project.build)
    if dry_run:
        return _say_what_would_be(project, plan, limits, wants_json=wants_json)
    session = Session(project, limits)
    bases = committed_records(project, plan)
    collector, progress = evaluate_logged(project, plan, limits, bases, purse=session.purse)
    times = 0 if limits.offline or plan.is_partial else times
    outcomes = gate_outcomes(project, session, collector.outcomes(), times=times)
    progress.add(session.asked, session.cached, session.cost)
    lost = collector.lost(outcomes)
    if not wants_json:
        click.echo(report.report(outcomes, lost, look()), nl=False)
    keeps = not no_write and not plan.is_partial
    written = list(write_records(project, outcomes)) if keeps else []
    code = exit_code(outcomes)
    if wants_json:
        click.echo(document.run(outcomes, lost, written, code))
    else:
        click.echo(report.closing(progress, written, outcomes, keeps=keeps), err=True)
    return code


def _selection(options: Mapping[str, Any]) -> Selection:
    names = ("names", "models", "tags", "examples", "sample", "seed", "repeat")
    return Selection(**{name: options[name] for name in names})


def _say_what_would_be(project: Project, plan: Plan, limits: Limits, *, wants_json: bool) -> int:
    estimates = estimate_plan(
        plan, cache=project.cache, price_of=project.price, refresh=limits.refresh
    )
    if wants_json:
        click.echo(document.dry_run(estimates))
    else:
        click.echo(report.dry_run(estimates, look()), nl=False)
    return 0

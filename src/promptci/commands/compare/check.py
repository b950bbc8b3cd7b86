"""`promptci check`."""

from pathlib import Path
from typing import Any

import click

from promptci.check.checked import Checked
from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.commands.jobsummary import refusal_told, tell_github
from promptci.commands.limitoptions import batch_options, limit_options, limits_of, refresh_options
from promptci.commands.options import (
    OneOf,
    confirm_option,
    dry_run_option,
    json_option,
    no_cluster_option,
)
from promptci.commands.reportfiles import (
    Reports,
    alias_option,
    answers_for,
    remember,
    report_option,
    whole_page,
    write_reports,
)
from promptci.errors import RequestError
from promptci.project.checking import CheckOptions, check_change, estimate_check
from promptci.project.project import Project
from promptci.render.terminal.compare import check as report
from promptci.specs.config import Config
from promptci.spending.limits import Limits


@click.command()
@click.option(
    "--base",
    metavar="REV",
    help="Compare with this revision.  [default: the pull request's target, or the main branch]",
)
@click.option("--staged", is_flag=True, help="Check what is staged instead of the working tree.")
@click.option("--frozen", is_flag=True, help="Ask no model: compare the committed records.")
@click.option(
    "--trust-records",
    "trusts_records",
    is_flag=True,
    help="With --frozen: take the change's own records for a verdict.",
)
@click.option(
    "--head",
    metavar="REV",
    help="Check this commit without checking it out; the base is then HEAD unless named.",
)
@click.option(
    "--no-key",
    "no_key",
    type=OneOf(["skip", "fail"]),
    default="skip",
    show_default=True,
    help="Without an endpoint's key leave its evals out, which is no verdict, or refuse to start.",
)
@refresh_options
@confirm_option
@dry_run_option
@report_option
@alias_option("--markdown", "Write a report for a pull request: --report markdown=FILE.")
@alias_option("--junit", "Write JUnit XML: --report junit=FILE.")
@json_option
@batch_options
@no_cluster_option
@limit_options
@pass_project
def command(
    project: Project,
    *,
    base: str | None,
    staged: bool,
    frozen: bool,
    trusts_records: bool,
    head: str | None,
    no_key: str,
    times: int,
    dry_run: bool,
    reports: Reports,
    markdown_file: Path | None,
    junit_file: Path | None,
    wants_json: bool,
    **options: Any,
) -> int:
    """Compare a change with its base, as continuous integration does.

    Evaluates what changed between base and head, reuses the rest, verifies that the committed
    records match, and applies the gate. Writes nothing into the tree. Exits 1 where the change
    may not pass and 3 where there is no verdict.
    """
    given = CheckOptions(base, head, staged, frozen, no_key == "skip", times, trusts_records)
    aliases = (("markdown", markdown_file), ("junit", junit_file))
    named = [(format, path) for format, path in aliases if path is not None]
    if frozen and options["batch"]:
        raise RequestError("--frozen asks no model, so there is no batch: leave --batch out")

    def limits_under(config: Config) -> Limits:
        return limits_of(options, config)

    if dry_run:
        if reports or named:
            raise RequestError("a report does not go with --dry-run: leave one of them out")
        estimates = estimate_check(project, given, limits_under)
        say_estimates(estimates, wants_json=wants_json, command="check")
        return 0
    book = answers_for(reports)
    with refusal_told(project, (*reports, *named)):
        checked = check_change(project, given, limits_under, also=remember(book))
    whole = whole_page("page_of_check", project, checked, book, head=head)
    write_reports("check", checked, (*reports, *named), whole)
    tell_github(checked, project)
    _show(checked, wants_json=wants_json)
    return checked.exit_code


def _show(checked: Checked, *, wants_json: bool) -> None:
    """Print the report; then raise what stopped the check, which its document says by itself."""
    if wants_json:
        from promptci.render.json.compare.check import check_report
        from promptci.render.json.jsontext import dumps

        click.echo(dumps(check_report(checked)))
    else:
        click.echo(report.report(checked, look()), nl=False)
        if checked.stopped is not None:
            raise checked.stopped

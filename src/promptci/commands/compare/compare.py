"""`promptci compare`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.commands.limitoptions import batch_options, limit_options, limits_of
from promptci.commands.options import (
    OneOf,
    confirm_option,
    dry_run_option,
    json_option,
    no_cluster_option,
)
from promptci.commands.reportfiles import (
    Reports,
    answers_for,
    remember,
    report_option,
    whole_page,
    write_reports,
)
from promptci.compare.results import CompareResult
from promptci.errors import RequestError
from promptci.project.comparing import CompareOptions, compare_sides, estimate_compare
from promptci.project.project import Project
from promptci.render.terminal.compare import compare as report


@click.command(
    epilog="A and B are each a prompt file, a model, a version label of prompts or a git revision. "
    "Where a name could be several of these, write path:, model:, label: or rev: before it."
)
@click.argument("base", metavar="A", required=False)
@click.argument("head", metavar="B", required=False)
@click.option("--variants", "variants_of", metavar="NAME", help="All variants of an eval's prompt.")
@click.option(
    "--eval", "names", multiple=True, metavar="NAME", help="Only this eval.  [repeatable]"
)
@click.option(
    "--golden",
    type=OneOf(["base", "head"]),
    default="head",
    show_default=True,
    help="Whose golden examples both sides answer.",
)
@confirm_option
@click.option(
    "--test",
    type=OneOf(["exact", "midp"]),
    default="exact",
    show_default=True,
    help="The form of McNemar's test.",
)
@click.option("--prompts", is_flag=True, help="Show how the prompts differ.")
@click.option("--strict", is_flag=True, help="Exit 1 where too few examples leave it open.")
@dry_run_option
@report_option
@json_option
@batch_options
@no_cluster_option
@limit_options
@pass_project
def command(
    project: Project,
    *,
    base: str | None,
    head: str | None,
    variants_of: str | None,
    names: tuple[str, ...],
    golden: Any,
    times: int,
    test: Any,
    prompts: bool,
    strict: bool,
    dry_run: bool,
    reports: Reports,
    wants_json: bool,
    **options: Any,
) -> int:
    """Compare two revisions, models or versions of prompts.

    Both sides answer the same golden examples; stored answers are not asked again. Exits 1 where
    B is worse than A and 3 where there is no verdict.
    """
    project.workspace.names = names
    limits = limits_of(options, project.workspace.suite.config)
    if variants_of is not None:
        from promptci.commands.compare.variantscompare import refuse_beside_variants, show_variants

        refuse_beside_variants(bool(base or names or prompts or strict or reports))
        return show_variants(
            project, variants_of, limits, test=test, is_dry=dry_run, wants_json=wants_json
        )
    if base is None or head is None:
        raise RequestError("name two sides, as in `promptci compare v1 v2`, or --variants NAME")
    given = CompareOptions(names, golden, times, test, strict)
    if dry_run:
        if reports:
            raise RequestError("--report does not go with --dry-run: leave one of them out")
        say_estimates(estimate_compare(project, base, head, limits, given), wants_json=wants_json)
        return 0
    book = answers_for(reports)
    result = compare_sides(project, base, head, limits, given, also=remember(book))
    whole = whole_page("page_of_comparison", project, result, book)
    write_reports("compare", result, reports, whole)
    _show(result, prompts=prompts, wants_json=wants_json)
    return result.exit_code


def _show(result: CompareResult, *, prompts: bool, wants_json: bool) -> None:
    if wants_json:
        from promptci.render.json.compare.compare import compare_report
        from promptci.render.json.jsontext import dumps

        click.echo(dumps(compare_report(result)))
    else:
        click.echo(report.report(result, look(), prompts=prompts), nl=False)
        if result.stopped is not None:
            raise result.stopped

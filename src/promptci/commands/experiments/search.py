"""`promptci search`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.commands.limitoptions import dollars, limit_options, limits_of
from promptci.commands.options import OneOf, dry_run_option, giving, json_option, step_option
from promptci.commands.reading import complete_evals
from promptci.project.project import Project
from promptci.project.promptsearch.prepared import SearchOptions
from promptci.project.promptsearch.searchrun import estimate_search, search_prompt
from promptci.project.promptsearch.triedtexts import read_tried
from promptci.promptsearch.methods import METHODS
from promptci.render.json.experiments.search import search_report, tried_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.experiments import search as report

_search_options = giving(
    click.option(
        "--by",
        type=OneOf(list(METHODS)),
        default="ape",
        show_default=True,
        help="How texts are written and kept.",
    ),
    click.option("--train", default="", metavar="FILE", help="Examples that a writer may see."),
    click.option("--select", default="", metavar="FILE", help="Examples to choose the best by."),
    click.option("--writer", default="", metavar="MODEL", help="Who writes the texts."),
    click.option("--model", default="", metavar="MODEL", help="Who is asked with them."),
    click.option(
        "--candidates",
        type=click.IntRange(1, 1000),
        default=12,
        show_default=True,
        metavar="N",
        help="How many texts are written.",
    ),
    click.option(
        "--keep",
        type=click.IntRange(1, 20),
        default=1,
        show_default=True,
        metavar="N",
        help="How many of them are judged at the gate.",
    ),
    click.option("--seed", type=int, default=1, metavar="N", help="Which examples are shown when."),
    click.option("--branch", default="", metavar="NAME", help="Instead of search/NAME."),
    click.option("--budget-usd", callback=dollars, metavar="USD", help="The same as --max-cost."),
    click.option("--ledger", is_flag=True, help="Show what was tried so far, and ask nothing."),
    step_option,
    dry_run_option,
)


@click.command()
@click.argument("name", shell_complete=complete_evals)
@_search_options
@limit_options
@json_option
@pass_project
def command(
    project: Project,
    *,
    name: str,
    ledger: bool,
    dry_run: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Search a better text for a prompt.

    A model writes texts for the first system message, else for the last user message. They are
    scored on NAME.train and NAME.select beside the eval, which `promptci examples split` makes; the
    eval's own examples are only asked at the end, to judge the best. What is better there becomes a
    branch, and nothing else is touched. Of a flow, texts of one step's prompt are searched, and
    the flow's answers are scored.
    """
    project.workspace.names = (name,)
    if ledger:
        tried = read_tried(project, name)
        shown = dumps(tried_report(tried)) if wants_json else report.ledger(tried, look())
        click.echo(shown, nl=wants_json)
        return 0
    names = SearchOptions.__struct_fields__
    given = SearchOptions(**{key: value for key, value in options.items() if key in names})
    if dry_run:
        found = estimate_search(project, name, given)
        say_estimates(found, wants_json=wants_json, command="search")
        return 0
    budget = options.pop("budget_usd")
    if budget is not None:
        options["max_cost"] = budget
    limits = limits_of(options, project.workspace.suite.config)
    result = search_prompt(project, name, limits, given)
    shown = dumps(search_report(result)) if wants_json else report.report(result, look())
    click.echo(shown, nl=wants_json)
    return result.exit_code

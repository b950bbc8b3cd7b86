"""`promptci show`."""

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look, say
from promptci.commands.options import json_option
from promptci.commands.reading import eval_argument
from promptci.project.history.storedresults import stored_example, stored_results
from promptci.project.project import Project
from promptci.render.json.jsontext import dumps
from promptci.render.json.results.show import example_report, results_report
from promptci.render.terminal.results import show as report


@click.command()
@eval_argument
@click.argument("example", required=False)
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Only this model.  [repeatable]"
)
@click.option(
    "--thoughts", "with_thoughts", is_flag=True, help="Print what the model thought, too."
)
@json_option
@pass_project
def command(
    project: Project,
    name: str,
    example: str | None,
    models: tuple[str, ...],
    with_thoughts: bool,
    wants_json: bool,
) -> int:
    """Show everything stored of an eval's results.

    With EXAMPLE: the prompt as sent, the answer, its scores and what it took. Without: a line per
    example, failed ones first.
    """
    project.workspace.names = (name,)
    if example is None:
        results = stored_results(project, name, models)
        text = (
            dumps(results_report(results.listed, results.unfinished, results.older))
            if wants_json
            else report.listing(results.listed, results.unfinished, look(), results.older)
        )
    else:
        shown = stored_example(project, name, example, models)
        text = (
            dumps(example_report(shown))
            if wants_json
            else report.details(shown, look(), with_thoughts=with_thoughts)
        )
    click.echo(text, nl=wants_json)
    if example is None and not wants_json:
        say(report.next_step(results.listed, models))
    return 0

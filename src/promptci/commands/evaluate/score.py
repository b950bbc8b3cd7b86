"""`promptci score`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look, say
from promptci.commands.limitoptions import limit_options, limits_of
from promptci.commands.options import json_option
from promptci.commands.outputsoption import opened_outputs
from promptci.commands.reading import eval_argument
from promptci.project.project import Project
from promptci.project.scoring import GivenOutputs, score_outputs
from promptci.render.json.evaluate.score import score_report
from promptci.render.json.jsontext import dumps
from promptci.render.scoredoutputs import Examined
from promptci.render.terminal.evaluate import score as report


@click.command(epilog="NAME is an eval, a prompt with one eval, or the path of one of them.")
@eval_argument
@click.option(
    "--outputs",
    "path",
    required=True,
    metavar="FILE",
    help="JSONL or CSV with `id` and `output`; - for standard input.",
)
@click.option("--model", metavar="NAME", help="Whose outputs they are, where the eval has several.")
@click.option("--partial", is_flag=True, help="Allow examples without an output.")
@limit_options
@json_option
@pass_project
def command(
    project: Project,
    name: str,
    *,
    path: str,
    model: str | None,
    partial: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Judge outputs obtained elsewhere, without calling the model.

    They are compared with the score record of the last commit, and the gate applies as in
    `promptci run`. Scorers that ask a model still do. No record is written. Where the prompt picks
    one of several samples, the lines of an example are its samples.
    """
    project.workspace.names = (name,)
    limits = limits_of(options, project.workspace.suite.config)
    for warning in project.workspace.suite.warnings:
        project.observer.remark(str(warning))
    examined = Examined()
    with opened_outputs(path) as file:
        given = GivenOutputs(file, path, model, partial)
        result = score_outputs(project, name, given, limits, also=examined.take)
    code = result.exit_code
    if wants_json:
        click.echo(dumps(score_report(result.outcomes, result.lost, examined.results, code)))
    else:
        click.echo(report.report(result.outcomes, result.lost, examined, look()), nl=False)
        say(report.closing(result.progress, path, result.outcomes))
    return code

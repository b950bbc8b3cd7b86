"""`promptci sensitivity`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.commands.limitoptions import batch_options, limit_options, limits_of
from promptci.commands.options import dry_run_option, json_option, step_option
from promptci.commands.outputsoption import opened_outputs
from promptci.commands.reading import complete_evals
from promptci.commands.scorecolumns import score_column_options, score_table
from promptci.compare.experiments.formatscores import FormatTable, read_format_scores
from promptci.compare.experiments.sensitivity import SensitivityResult
from promptci.errors import RequestError
from promptci.project.experiments.sensitivity import (
    Formats,
    estimate_sensitivity,
    measure_recorded_sensitivity,
    measure_sensitivity,
)
from promptci.project.project import Project
from promptci.project.scoring import GivenOutputs
from promptci.render.json.experiments.sensitivity import sensitivity_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.experiments import sensitivity as report
from promptci.spending.limits import Limits


@click.command(epilog="Writes no record. NAME is an eval, or a prompt with one eval.")
@click.argument("name", shell_complete=complete_evals, required=False)
@click.option(
    "--sample",
    type=click.IntRange(1, 200),
    metavar="N",
    help="Try N formats beside the prompt's own.  [default: 12]",
)
@click.option(
    "--orders",
    type=click.IntRange(0, 20),
    metavar="N",
    help="Vary the order of the shots, too: N other ones.",
)
@click.option("--seed", type=int, metavar="N", help="Which formats these are.  [default: 1]")
@click.option(
    "--wording",
    default="",
    metavar="FILE",
    help="Vary the words: YAML with a list of texts, or JSONL with `text`.",
)
@click.option("--writer", default="", metavar="MODEL", help="Have this model write other wordings.")
@click.option(
    "--spread",
    type=click.FloatRange(0, 1),
    default=None,
    metavar="SHARE",
    help="Exit 1 where the scores differ by more.",
)
@click.option(
    "--outputs",
    metavar="FILE",
    help="Judge the outputs in FILE instead of asking: JSONL with `id`, `output` and `format`.",
)
@click.option("--model", metavar="NAME", help="Whose outputs they are, where the eval has several.")
@click.option("--partial", is_flag=True, help="Allow examples without an output in FILE.")
@click.option(
    "--scores",
    metavar="FILE",
    help="Take the scores in FILE, CSV or JSONL with a row for each format, instead of asking.",
)
@score_column_options
@click.option(
    "--axis",
    "axes",
    multiple=True,
    metavar="COLUMN",
    help="Formats differ in this column.  [repeatable; default: all whose values recur]",
)
@step_option
@dry_run_option
@batch_options
@limit_options
@json_option
def command(*, scores: str | None, **options: Any) -> int:
    """Measure how much a prompt's score depends on its format.

    The same words with other separators behind labels, cases of labels, spaces between lines and
    orders of shots: a small change of form that changes the score is one that happens by accident.
    The eval's file may say below `sensitivity` what is varied.

    With --outputs the answers were made elsewhere and are judged here; with --scores they were
    judged elsewhere, too, and NAME may be left out.
    """
    if scores is None:
        return int(_ask(**options))
    if options["outputs"] is not None:
        raise RequestError("--outputs are to be judged, --scores are: give one of the two")
    return _show(_from_scores(scores, options), wants_json=options["wants_json"])


@pass_project
def _ask(project: Project, *, name: str | None, wants_json: bool, **options: Any) -> int:
    if name is None:
        raise RequestError("name an eval, or a table of scores with --scores FILE")
    if options["wording"] and options["writer"]:
        raise RequestError("--wording are texts, --writer writes some: give one of the two")
    project.workspace.names = (name,)
    limits = limits_of(options, project.workspace.suite.config)
    wording = project.workspace.path_of(options["wording"]) if options["wording"] else ""
    formats = Formats(
        options["sample"],
        options["orders"],
        options["seed"],
        wording,
        options["writer"],
        options["spread"],
        options["step"],
    )
    if options["outputs"] is not None:
        return _show(_from_outputs(project, name, limits, options), wants_json=wants_json)
    if options["dry_run"]:
        estimates = estimate_sensitivity(project, name, limits, formats)
        say_estimates(estimates, wants_json=wants_json, command="sensitivity")
        return 0
    results = measure_sensitivity(project, name, limits, formats)
    return _show(results, wants_json=wants_json)


def _from_scores(path: str, options: dict[str, Any]) -> tuple[SensitivityResult, ...]:
    with opened_outputs(path, "--scores") as file:
        more = {"axes": options["axes"], "most_spread": options["spread"]}
        table = score_table(FormatTable, file, path, options, **more)
        return read_format_scores(table)


def _from_outputs(
    project: Project, name: str, limits: Limits, options: dict[str, Any]
) -> tuple[SensitivityResult, ...]:
    path = options["outputs"]
    with opened_outputs(path) as file:
        given = GivenOutputs(file, path, options["model"], options["partial"])
        return measure_recorded_sensitivity(project, name, given, limits, most=options["spread"])


def _show(results: tuple[SensitivityResult, ...], *, wants_json: bool) -> int:
    codes = {result.exit_code for result in results}
    code = 3 if 3 in codes else max(codes)
    shown = (
        dumps(sensitivity_report(results, code)) if wants_json else report.report(results, look())
    )
    click.echo(shown, nl=wants_json)
    return code

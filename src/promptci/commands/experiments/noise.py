"""`promptci noise`."""

from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look, say
from promptci.commands.limitoptions import batch_options, limit_options, limits_of
from promptci.commands.options import json_option
from promptci.commands.outputsoption import opened_outputs
from promptci.commands.scorecolumns import score_column_options, score_table
from promptci.compare.experiments.trialscores import TrialTable, read_trial_scores
from promptci.compare.results import NoiseResult
from promptci.errors import RequestError
from promptci.project.evalnoise import measure_noise, measure_recorded_noise
from promptci.project.project import Project
from promptci.project.scoring import GivenOutputs
from promptci.render.json.evaluate.trials import recorded_trials_report
from promptci.render.json.experiments.noise import noise_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.evaluate.trials import recorded
from promptci.render.terminal.experiments import noise as report
from promptci.spending.limits import Limits

TIMES = 5
"""How often each example is asked by default."""


@click.command(epilog="Writes no record. Answers are stored, so that asking again costs nothing.")
@click.argument("name", required=False)
@click.option(
    "-k",
    "times",
    type=click.IntRange(2, 100),
    metavar="K",
    help=f"Ask each example K times.  [default: {TIMES}]",
)
@click.option(
    "--model",
    "models",
    metavar="NAME",
    multiple=True,
    help="Ask this model instead of the eval's.  [repeatable]",
)
@click.option(
    "--outputs",
    "path",
    metavar="FILE",
    help="Judge the outputs of repeated runs in FILE instead of asking.",
)
@click.option("--partial", is_flag=True, help="Allow examples without an output in FILE.")
@click.option(
    "--scores",
    metavar="FILE",
    help="Take the scores in FILE, CSV or JSONL with a row for each trial, instead of asking.",
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    default=1.0,
    metavar="SHARE",
    help="A trial in --scores passes from this score on.  [default: 1]",
)
@score_column_options
@batch_options
@json_option
@limit_options
def command(*, scores: str | None, **options: Any) -> int:
    """Measure how much an eval's scores vary when nothing changes.

    Asks every example of one eval K times and says which of them flip, how far the score strays,
    how often the gate would raise a false alarm, and how small a drop a comparison could see.

    With --outputs the runs were made elsewhere: JSONL with `id` and `output` on each line, several
    lines for one example, told apart by `trial` or by their order. With --scores they were judged
    elsewhere, too: `id`, `score` and `trial`; NAME may be left out.
    """
    if scores is None:
        return int(_ask(**options))
    if options["path"] is not None:
        raise RequestError("--outputs are to be judged, --scores are: give one of the two")
    with opened_outputs(scores, "--scores") as file:
        table = score_table(TrialTable, file, scores, options)
        found = read_trial_scores(table, options["threshold"])
    wants_json = options["wants_json"]
    click.echo(
        dumps(recorded_trials_report(found)) if wants_json else recorded(found, look()),
        nl=wants_json,
    )
    return 0


@pass_project
def _ask(project: Project, *, name: str | None, wants_json: bool, **options: Any) -> int:
    if name is None:
        raise RequestError("name an eval, or a table of scores with --scores FILE")
    project.workspace.names = (name,)
    limits = limits_of(options, project.workspace.suite.config)
    models, times = options["models"], options["times"]
    if options["path"] is None:
        result = measure_noise(project, name, limits, times=times or TIMES, models=models)
    else:
        how = {"models": models, "times": times, "partial": options["partial"]}
        result = _recorded(project, name, limits, options["path"], **how)
    if wants_json:
        click.echo(dumps(noise_report(result)))
    else:
        click.echo(report.report(result.found, look()), nl=False)
    say(report.closing(result.taken))
    return result.exit_code


def _recorded(project: Project, name: str, limits: Limits, path: str, **how: Any) -> NoiseResult:
    models: tuple[str, ...] = how["models"]
    if len(models) > 1:
        raise RequestError("--outputs are those of one model: name it with a single --model")
    if how["times"] is not None:
        raise RequestError("--outputs says how often each example was asked: leave out -k")
    with opened_outputs(path) as file:
        given = GivenOutputs(file, path, models[0] if models else None, how["partial"])
        return measure_recorded_noise(project, name, given, limits)

"""`promptci drift`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from promptci.atomic import write_report, write_text
from promptci.commands.context import pass_project
from promptci.commands.display import look, say
from promptci.commands.estimates import say_estimates
from promptci.commands.limitoptions import asking_options, limits_of
from promptci.commands.options import confirm_option, dry_run_option, json_option
from promptci.commands.reading import complete_evals
from promptci.drift.measuring import DriftMeter
from promptci.errors import RequestError
from promptci.history.drift import Measurement, read_measurements, write_measurements
from promptci.project.project import Project
from promptci.render.json.experiments.drift import drift_report
from promptci.render.json.jsontext import dumps
from promptci.render.markdown import drift as markdown
from promptci.render.terminal.experiments import drift as report

KEPT = 400
"""Measurements of each eval and model that are kept."""
MOST_BYTES = 200_000_000


@click.command(epilog="Each time costs as much as asking everything for the first time.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_evals)
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Ask this model instead.  [repeatable]"
)
@click.option(
    "--history",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where measurements are kept.  [default: .promptci/drift.jsonl]",
)
@click.option(
    "--markdown",
    "markdown_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the text of an issue.",
)
@confirm_option
@dry_run_option
@json_option
@asking_options
@pass_project
def command(
    project: Project,
    *,
    names: tuple[str, ...],
    models: tuple[str, ...],
    history: Path | None,
    markdown_file: Path | None,
    times: int,
    dry_run: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Ask hosted models the same again, and say whether they got worse.

    For a schedule. Compares the answers with the committed records and with earlier
    measurements of the same, which it keeps. Exits 1 where an example is lost each time it is
    asked, or the score fell and stays down. One that is known to vary does not alarm by itself.
    """
    project.workspace.names = names
    project.workspace.keep_out_of_git()
    path = history or project.workspace.state / "drift.jsonl"
    earlier = _earlier(project, path)
    limits = limits_of(options, project.workspace.suite.config)
    meter = DriftMeter(project, limits, earlier, confirm=times)
    if dry_run:
        estimates = meter.estimates(names, models)
        return say_estimates(estimates, wants_json=wants_json, command="drift")
    kept = list(earlier)

    def keep(latest: Measurement) -> None:
        kept.append(latest)
        write_text(path, "".join(write_measurements(kept, most=KEPT)))

    result = meter.measure(names, models, datetime.now(UTC), keep=keep)
    if markdown_file is not None:
        write_report(markdown_file, markdown.drift(result))
    text = dumps(drift_report(result)) if wants_json else report.report(result, look())
    click.echo(text, nl=wants_json)
    say(report.closing(result, str(path)))
    return result.exit_code


def _earlier(project: Project, path: Path) -> list[Measurement]:
    """The measurements of a file, which may come from elsewhere: it is data."""
    if not path.exists():
        return []
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        raise RequestError(f"{path}: is no file of measurements: name another with --history")
    found, odd = read_measurements(path.read_text("utf-8", "replace"))
    if odd:
        project.observer.remark(f"{path}: {odd} lines are no measurements and are left out")
    return found

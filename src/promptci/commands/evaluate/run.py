"""`promptci run`."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look, say
from promptci.commands.estimates import say_estimates
from promptci.commands.limitoptions import batch_options, limit_options, limits_of, missing_options
from promptci.commands.options import (
    changed_options,
    confirm_option,
    dry_run_option,
    elsewhere_options,
    json_option,
    refuse_alone,
)
from promptci.commands.reading import complete_evals
from promptci.commands.reportfiles import (
    Reports,
    answers_for,
    remember,
    report_option,
    whole_page,
    write_reports,
)
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.results import RunResult
from promptci.errors import RequestError
from promptci.project.project import Project
from promptci.project.running import estimate_run, plan_run, run_evals
from promptci.project.runrecords.changedplan import changed_plan
from promptci.run.planning.plan import Plan
from promptci.run.planning.selection import Selection
from promptci.spending.limits import Limits


@click.command(epilog="NAME is an eval, a folder of evals, a prompt, or the path of one of them.")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_evals)
@click.option(
    "--model", "models", metavar="NAME", multiple=True, help="Ask this model instead.  [repeatable]"
)
@click.option(
    "--tag", "tags", metavar="TAG", multiple=True, help="Only examples with this tag.  [repeatable]"
)
@click.option(
    "--example", "examples", metavar="ID", multiple=True, help="Only this example.  [repeatable]"
)
@click.option("--sample", type=click.IntRange(1), metavar="N", help="Only N examples of each eval.")
@click.option(
    "--seed", metavar="N", type=int, default=0, show_default=True, help="Which sample to draw."
)
@click.option(
    "--repeat",
    metavar="N",
    type=click.IntRange(1, 100),
    default=1,
    help="Ask each example so often.",
)
@changed_options
@dry_run_option
@click.option("--fail-fast", is_flag=True, help="Stop when the gate can no longer pass.")
@click.option("--sequential", is_flag=True, help="Stop when an eval is worse beyond doubt.")
@missing_options
@batch_options
@limit_options
@confirm_option
@report_option
@json_option
@click.option("--no-write", is_flag=True, help="Leave the score records as they are.")
@click.option("--watch", "watches", is_flag=True, help="Go on with what each saved file changes.")
@elsewhere_options
@click.option("--rev", "span", metavar="A..B", help="Evaluate past commits that have no record.")
@pass_project
def command(
    project: Project,
    *,
    dry_run: bool,
    times: int,
    reports: Reports,
    wants_json: bool,
    no_write: bool,
    span: str | None,
    watches: bool,
    **options: Any,
) -> int:
    """Evaluate prompts on their golden examples and record the scores.

    Asks only what is not stored. Exits 1 where the score fell against the last commit, or a floor
    or a must-pass example fails, and 3 where answers are missing.
    """
    project.workspace.names = options["names"]
    project.workspace.runs_the_rest = True
    refuse_alone(options)
    early = _early(options)
    limits = limits_of(options, project.workspace.suite.config)
    _warn(project)
    apart = bool(options["shard"] or span or watches)
    _refuse_beside(options, limits, apart=apart, again=bool(span is not None or watches))
    _ask_elsewhere(project, options, limits, beside=apart, dry=dry_run)
    if options["shard"] is not None:
        from promptci.commands.evaluate.shardrun import run_or_estimate_part as part

        how = {"beside": bool(span or reports or watches), "wants_json": wants_json}
        return part(project, options, _selection(options), limits, dry=dry_run, **how)
    if watches:
        beside = dry_run or span is not None or bool(reports) or wants_json
        return _watch(project, options, limits, times, writes=not no_write, beside=beside)
    if reports and (dry_run or span is not None):
        raise RequestError("--report goes neither with --dry-run nor with --rev")
    if span is not None:
        beside = dry_run or no_write or bool(early)
        return _backfill(project, span, options, limits, beside=beside, wants_json=wants_json)
    plan = _planned(project, options, wants_json=wants_json)
    if dry_run:
        asked = estimate_run(project, plan, limits, confirm=times)
        return say_estimates(asked, wants_json=wants_json, command="run")
    book = answers_for(reports)
    result = run_evals(
        project, plan, limits, confirm=times, writes=not no_write, also=remember(book)
    )
    write_reports("run", result, reports, whole_page("page_of_run", project, result, book))
    return _show(project, result, wants_json=wants_json)


def _planned(project: Project, options: Mapping[str, Any], *, wants_json: bool) -> Plan:
    """What is to be run, of all that is chosen or of what changed."""
    plan = plan_run(project, _selection(options))
    if options["changed"]:
        plan = changed_plan(project, plan, options["since"] or "HEAD")
    if plan.count <= _FEW:
        project.observer.expecting(*_SHOWN_BY[wants_json])
    return plan


def _refuse_beside(options: Mapping[str, Any], limits: Limits, *, apart: bool, again: bool) -> None:
    """Refuse --batch and --changed beside what asks elsewhere, in parts or again."""
    on = bool(options["where"])
    if limits.batch is not None and (again or on):
        raise RequestError("--batch goes with none of --watch, --on and --rev: leave one out")
    if options["changed"] and (apart or on):
        raise RequestError("--changed goes with none of --watch, --shard, --on and --rev")


def _ask_elsewhere(
    project: Project, options: Mapping[str, Any], limits: Limits, *, beside: bool, dry: bool
) -> None:
    """Have a cluster ask, where one is named, so that the answers are stored."""
    if options["where"] is None:
        return
    from promptci.commands.evaluate.shardrun import refuse_beside_cluster, run_on_cluster

    refuse_beside_cluster(options, beside=beside)
    if not dry:
        run_on_cluster(project, _selection(options), limits, options)


def _watch(
    project: Project,
    options: Mapping[str, Any],
    limits: Limits,
    times: int,
    *,
    writes: bool,
    beside: bool,
) -> int:
    if beside:
        raise RequestError("--watch goes with none of --dry-run, --rev, --report and --json")
    from promptci.commands.evaluate.watch import watch_run

    return watch_run(project, limits, _selection(options), times, writes=writes)


def _backfill(
    project: Project,
    span: str,
    options: Mapping[str, Any],
    limits: Limits,
    *,
    beside: bool,
    wants_json: bool,
) -> int:
    if beside:
        wrong = "--dry-run, --no-write, --fail-fast and --sequential"
        raise RequestError(f"--rev goes with none of {wrong}")
    from promptci.commands.evaluate.backfillrun import run_backfill

    return run_backfill(project, span, _selection(options), limits, wants_json=wants_json)


def _warn(project: Project) -> None:
    for warning in project.workspace.suite.warnings:
        project.observer.remark(str(warning))


def _early(options: Mapping[str, Any]) -> str | None:
    """Which option may end the run early; such a run asks once."""
    early = next((name for name in ("fail_fast", "sequential") if options[name]), None)
    if early and options["repeat"] > 1:
        option = f"--{early.replace('_', '-')}"
        raise RequestError(f"{option} goes with one attempt: leave --repeat out")
    return early


_SHOWN_BY: Mapping[bool, Sequence[str]] = {
    True: ("promptci.render.json.evaluate.run",),
    False: ("promptci.render.terminal.evaluate.run", "promptci.render.terminal.evaluate.closing"),
}
"""What `_show` needs, with `--json` and without."""

_FEW = 5_000
"""Examples up to which what is loaded ahead takes no memory from what is larger."""


def _show(project: Project, result: RunResult, *, wants_json: bool) -> int:
    if wants_json:
        from promptci.render.json.evaluate.run import run_report
        from promptci.render.json.jsontext import dumps

        click.echo(dumps(run_report(result)))
        return result.exit_code
    from promptci.render.terminal.evaluate.closing import closing
    from promptci.render.terminal.evaluate.run import report

    click.echo(report(result.outcomes, result.lost, look()), nl=False)
    if result.stopped is not None:
        raise result.stopped
    tried = _tried(project, result.outcomes)
    said = closing(
        result.progress, result.written, result.outcomes, keeps=result.keeps, tried=tried
    )
    say(said)
    return result.exit_code


def _tried(project: Project, outcomes: Sequence[EvalOutcome]) -> list[tuple[str, str]]:
    """Evals with a model that they do not name."""
    suite = project.workspace.suite
    asked = ((each.task.spec, each.record.model) for each in outcomes)
    return [(spec.name, model) for spec, model in asked if model not in suite.models(spec)]


def _selection(options: Mapping[str, Any]) -> Selection:
    names = ("names", "models", "tags", "examples", "sample", "seed", "repeat")
    return Selection(**{name: options[name] for name in names})

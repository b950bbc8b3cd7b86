"""`promptci score`."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import click

from promptci.commands.context import build_if_installed, complete_evals, look, pass_project
from promptci.errors import RequestError, SpecError
from promptci.project.evaluation import evaluate, exit_code
from promptci.project.project import Project
from promptci.project.recording import committed_records, gate_outcomes
from promptci.project.session import Session, limit_options, limits_of
from promptci.records.record import Record
from promptci.render.json import document
from promptci.render.terminal import score as report
from promptci.run.outputs import Outputs, check_ids
from promptci.run.plan import Plan, Task, make_plan
from promptci.run.selection import Selection, select
from promptci.secrets.safetext import for_terminal


@click.command(epilog="NAME is an eval, a prompt with one eval, or the path of one of them.")
@click.argument("name", shell_complete=complete_evals)
@click.option(
    "--outputs",
    "path",
    required=True,
    metavar="FILE",
    help="JSONL with `id` and `output` on each line; - for standard input.",
)
@click.option("--model", metavar="NAME", help="Whose outputs they are, where the eval has several.")
@click.option("--partial", is_flag=True, help="Allow examples without an output.")
@limit_options
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON document instead.")
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

    They are held against the score record of the last commit, and the gate applies as in
    `promptci run`. Scorers that ask a model still do. No record is written.
    """
    project.names = (name,)
    limits = limits_of(options, project.suite.config)
    for warning in project.suite.warnings:
        click.echo(for_terminal(str(warning)), err=True)
    task = _task(project, name, model)
    with _opened(path) as file:
        outputs = Outputs(file, path, project.price(task.model))
        plan = _plan(task, outputs, partial=partial)
        bases = committed_records(project, plan)
        plan = _as_built(plan, bases)
        examined = report.Examined()
        session = Session(project, limits)
        collector, progress = evaluate(
            project, plan, limits, bases, purse=session.purse, also=examined.take
        )
    outcomes = gate_outcomes(project, session, collector.outcomes(), times=0)
    lost = collector.lost(outcomes)
    code = exit_code(outcomes)
    if wants_json:
        click.echo(document.score(outcomes, lost, examined.results, code))
    else:
        click.echo(report.report(outcomes, lost, examined, look()), nl=False)
        click.echo(report.closing(progress, path), err=True)
    return code


def _task(project: Project, name: str, model: str | None) -> Task:
    """The one eval on the one model that the outputs belong to."""
    specs = select(project.suite, (name,))
    if len(specs) > 1:
        names = ", ".join(f"`{spec.name}`" for spec in specs)
        raise RequestError(f"`{name}` stands for several evals: name one of {names}")
    models = project.suite.models(specs[0])
    if model is None and len(models) > 1:
        names = ", ".join(f"`{each}`" for each in models)
        raise RequestError(f"`{specs[0].name}` runs on {names}: say whose outputs with --model")
    selection = Selection((specs[0].name,), (model or models[0],))
    [task] = make_plan(project.suite, selection, build_if_installed(project)).tasks
    return task


def _plan(task: Task, outputs: Outputs, *, partial: bool) -> Plan:
    """The examples that have an output. Raises `SpecError` for ids that do not fit."""
    marks = {example.id: example.mark for example in task.examples()}
    faults = check_ids(outputs, marks, partial=partial)
    if faults:
        raise SpecError(faults)
    chosen = frozenset(outputs) if len(outputs) < len(marks) else None
    given = replace(task, given=outputs, chosen=chosen, count=len(outputs))
    return Plan((given,), is_partial=chosen is not None)


def _as_built(plan: Plan, bases: Mapping[tuple[str, str], Record]) -> Plan:
    """The plan with the build of the record that it is held against: nobody knows another."""
    [task] = plan.tasks
    base = bases.get((task.spec.name, task.model.name))
    build = task.settings.build if base is None else base.build
    return replace(plan, tasks=(replace(task, settings=replace(task.settings, build=build)),))


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """A file, or standard input kept in one, as it is read more than once."""
    if path != "-":
        with _file(path) as file:
            yield file
        return
    with TemporaryFile() as kept:
        for chunk in iter(lambda: sys.stdin.buffer.read(1 << 20), b""):
            kept.write(chunk)
        yield kept


def _file(path: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise RequestError(f"{path}: {error.strerror}: check --outputs") from None

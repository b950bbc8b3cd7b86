"""`promptci show`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import click

from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals
from promptci.errors import NothingToRunError, RequestError
from promptci.history.olderrecords import older_records
from promptci.parsing.source import did_you_mean
from promptci.project.project import Project
from promptci.render.json.jsontext import dumps
from promptci.render.json.show import example_report, results_report
from promptci.render.stored import Listed, Shown
from promptci.render.terminal import show as report
from promptci.run.logformat import Line
from promptci.run.plan import make_plan
from promptci.run.rejudged import stored_judgements
from promptci.run.runlog import log_lines, unfinished
from promptci.run.selection import Selection
from promptci.run.task import Task
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Request
from promptci.specs.thoughts import separate_thoughts

Logged: TypeAlias = Mapping[tuple[str, str, str, int], Line]
"""The newest logged result by eval, model, example and attempt."""


@click.command()
@click.argument("name", shell_complete=complete_evals)
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
    plan = make_plan(project.workspace.suite, Selection((name,), models), project.models.build)
    logged = _logged(project, {task.spec.name for task in plan.tasks}, example)
    if example is None:
        cut = unfinished(project.workspace.state / "runs", plan.tasks[0].spec.name)
        listed = [each for task in plan.tasks for each in _listed(task, logged)]
        if not listed:
            raise NothingToRunError(f"nothing is stored of `{name}`: run `promptci run {name}`")
        text = (
            dumps(results_report(listed, cut))
            if wants_json
            else report.listing(listed, cut, look(), _older(project, plan.tasks))
        )
    else:
        found = [(task, _find(task, example)) for task in plan.tasks]
        shown = [_shown(project, task, each, logged) for task, each in found if each is not None]
        if not shown:
            raise RequestError(_unknown(name, plan.tasks, example))
        text = (
            dumps(example_report(shown))
            if wants_json
            else report.details(shown, look(), with_thoughts=with_thoughts)
        )
    click.echo(text, nl=wants_json)
    return 0


def _older(project: Project, tasks: Sequence[Task]) -> list[str]:
    """What the records are not of: files that were edited since."""
    names = tuple({task.spec.name for task in tasks})
    found = older_records(project.workspace.repo.worktree, names)
    shown = {task.model.name for task in tasks}
    return [each.sentence for each in found if each.what and each.model in shown]


def _logged(project: Project, names: set[str], example: str | None) -> Logged:
    """The newest results of some evals, or of one example in them."""
    newest: dict[tuple[str, str, str, int], Line] = {}
    for line in log_lines(project.workspace.state / "runs"):
        if line.eval in names and example in (None, line.example):
            newest.setdefault((line.eval, line.model, line.example, line.attempt), line)
    return newest


def _listed(task: Task, logged: Logged) -> list[Listed]:
    """The logged results of the examples that a task has now, failed ones first."""
    found = []
    for example in task.examples():
        line = logged.get((task.spec.name, task.model.name, example.id, 0))
        if line is not None:
            found.append(Listed(line, line.key in ("", _request(task, example).key)))
    return sorted(found, key=lambda listed: (listed.line.fate == "pass", listed.line.score))


def _request(task: Task, example: Example, attempt: int = 0) -> Request:
    """What would be asked now."""
    return Request(task.settings, task.prompt.render(example.vars, example.files), attempt)


def _find(task: Task, id_: str) -> Example | None:
    return next((example for example in task.examples() if example.id == id_), None)


def _unknown(name: str, tasks: tuple[Task, ...], example: str) -> str:
    ids = {each.id for task in tasks for each in task.examples()}
    return f"`{name}` has no example `{example}`: {did_you_mean(example, ids)}"


def _shown(project: Project, task: Task, example: Example, logged: Logged) -> Shown:
    """An example as it would be asked now, with what is stored of it."""
    request = _request(task, example)
    line = logged.get((task.spec.name, task.model.name, example.id, 0))
    key = line.key if line is not None and line.key else request.key
    repeats = tuple(_repeats(task, example, logged))
    answers = project.workspace.cache.get([key, *(line.key for line in repeats)])
    completion = _heard(task, answers.get(key))
    judged = (
        ()
        if completion is None
        else stored_judgements(task, example, completion, project.workspace.cache.get)
    )
    return Shown(
        eval=task.spec.name,
        model=task.model.name,
        example=example,
        request=request,
        completion=completion,
        line=line,
        is_current=key == request.key,
        judgements=tuple(judged),
        repeats=tuple((line, _heard(task, answers.get(line.key))) for line in repeats),
    )


def _heard(task: Task, completion: Completion | None) -> Completion | None:
    return None if completion is None else separate_thoughts(completion, task.prompt.thoughts)


def _repeats(task: Task, example: Example, logged: Logged) -> Iterator[Line]:
    """The results of asking the same again."""
    attempt = 1
    while line := logged.get((task.spec.name, task.model.name, example.id, attempt)):
        if line.key == _request(task, example, attempt).key:
            yield line
        attempt += 1

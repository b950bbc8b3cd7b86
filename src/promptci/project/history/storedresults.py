"""Find what is stored of an eval's results: a line per example, or all of one example."""

from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import TypeAlias

from msgspec import Struct

from promptci.errors import NothingToRunError, RequestError
from promptci.history.olderrecords import older_records, older_sentences
from promptci.parsing.didyoumean import did_you_mean
from promptci.project.project import Project
from promptci.records.chunkfiles import score_path
from promptci.render.stored import Listed, Shown
from promptci.run.logged.logformat import Line
from promptci.run.logged.runlog import Unfinished, log_lines, unfinished
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from promptci.run.recall import Find, recall
from promptci.run.rejudged import stored_judgements
from promptci.run.solved import Solved
from promptci.run.solving.questions import opening_request, question_key
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.flows.flow import Flow
from promptci.specs.thoughts import separate_thoughts

_Place: TypeAlias = tuple[str, str, str, int]
"""Eval, model, example and attempt."""


class Logged(Struct, frozen=True):
    """The newest logged results: whatever was asked, and of each question."""

    newest: Mapping[_Place, Line]
    by_key: Mapping[tuple[_Place, str], Line]

    def get(self, place: _Place, key: str) -> Line | None:
        """The newest result of what would be asked now; without one the newest of all."""
        newest = self.newest.get(place)
        if newest is None or newest.key in ("", key):
            return newest
        return self.by_key.get((place, key), newest)


class StoredResults(Struct, frozen=True):
    """The newest result of every example, failed ones first.

    `unfinished` says how far the last run came if it was cut short, `older` what of the records and
    results is not of the files as they are.
    """

    listed: tuple[Listed, ...]
    unfinished: Unfinished | None
    tasks: tuple[Task, ...]
    older: tuple[str, ...] = ()


def stored_results(project: Project, name: str, models: tuple[str, ...] = ()) -> StoredResults:
    """What is stored of an eval. Raises `NothingToRunError` where nothing is."""
    plan = _plan(project, name, models)
    logged = _logged(project, {task.spec.name for task in plan.tasks}, None)
    cut = unfinished(project.workspace.state / "runs", plan.tasks[0].spec.name)
    listed = tuple(each for task in plan.tasks for each in _listed(task, logged))
    if not listed:
        raise NothingToRunError(_nothing(project, name, plan.tasks))
    older = (*_unrun(plan.tasks, listed), *_edited_since(project, plan.tasks))
    return StoredResults(listed, cut, plan.tasks, older)


def stored_example(
    project: Project, name: str, example: str, models: tuple[str, ...] = ()
) -> tuple[Shown, ...]:
    """All that is stored of one example, model by model. Raises `RequestError` for none such."""
    plan = _plan(project, name, models)
    logged = _logged(project, {task.spec.name for task in plan.tasks}, example)
    found = [(task, _find(task, example)) for task in plan.tasks]
    shown = tuple(_shown(project, task, each, logged) for task, each in found if each is not None)
    if not shown:
        raise RequestError(_unknown(name, plan.tasks, example))
    return shown


def _plan(project: Project, name: str, models: tuple[str, ...]) -> Plan:
    return make_plan(project.workspace.suite, Selection((name,), models), project.models.build)


def _nothing(project: Project, name: str, tasks: Sequence[Task]) -> str:
    """Say that no answer is here, and how to get them: a record would be used for them in a run."""
    tree, cure = project.workspace.repo.worktree, f"`promptci run {quote(name)}"
    if any(tree.exists(score_path(task.spec.name)) for task in tasks):
        return (
            f"no answer of `{name}` is stored here, only its score record: {cure} --missing` asks"
        )
    return f"nothing is stored of `{name}`: run {cure}`"


def _unrun(tasks: Sequence[Task], listed: Sequence[Listed]) -> Iterator[str]:
    """Say how many examples nothing is known of."""
    for task in tasks:
        name, model = task.spec.name, task.model.name
        known = sum((each.line.eval, each.line.model) == (name, model) for each in listed)
        if known < task.count:
            count = task.count - known
            have = "example has" if count == 1 else "examples have"
            yield f"{name} on {model}: {count:,} {have} not been run yet"


def _edited_since(project: Project, tasks: Sequence[Task]) -> list[str]:
    """Say what the records of these tasks are not of: files that were edited since."""
    names = tuple({task.spec.name for task in tasks})
    known = project.workspace.known_configuration
    found = older_records(project.workspace.repo.worktree, names, known=known)
    shown = {task.model.name for task in tasks}
    return list(older_sentences(each for each in found if each.what and each.model in shown))


def _logged(project: Project, names: set[str], example: str | None) -> Logged:
    """The newest results of some evals, or of one example in them."""
    newest: dict[_Place, Line] = {}
    by_key: dict[tuple[_Place, str], Line] = {}
    for line in log_lines(project.workspace.state / "runs"):
        if line.eval in names and example in (None, line.example):
            place = (line.eval, line.model, line.example, line.attempt)
            newest.setdefault(place, line)
            by_key.setdefault((place, line.key), line)
    return Logged(newest, by_key)


def _listed(task: Task, logged: Logged) -> list[Listed]:
    """The logged results of the examples that a task has now, failed ones first."""
    found = []
    for example in task.examples():
        key = question_key(task, example)
        line = logged.get((task.spec.name, task.model.name, example.id, 0), key)
        if line is not None:
            found.append(Listed(line, line.key in ("", key)))
    return sorted(found, key=lambda listed: (listed.line.fate == "pass", listed.line.score))


def _find(task: Task, id_: str) -> Example | None:
    return next((example for example in task.examples() if example.id == id_), None)


def _unknown(name: str, tasks: tuple[Task, ...], example: str) -> str:
    ids = {each.id for task in tasks for each in task.examples()}
    return f"`{name}` has no example `{example}`: {did_you_mean(example, ids)}"


def _shown(project: Project, task: Task, example: Example, logged: Logged) -> Shown:
    """An example as it would be asked now, with what is stored of it."""
    find = project.workspace.cache.get
    current = question_key(task, example)
    line = logged.get((task.spec.name, task.model.name, example.id, 0), current)
    key = line.key if line is not None and line.key else current
    solved = recall(task, example, find) if key == current else _earlier(task, key, find)
    completion = _said(solved)
    judged = () if solved is None else stored_judgements(task, example, solved, find)
    return Shown(
        eval=task.spec.name,
        model=task.model.name,
        example=example,
        key=current,
        request=None if isinstance(task.prompt, Flow) else opening_request(task, example),
        completion=completion,
        line=line,
        is_current=key == current,
        judgements=tuple(judged),
        steps=() if solved is None else solved.trace,
        picked=None if solved is None else solved.picked,
        repeats=tuple(
            (line, _said(recall(task, example, find, attempt=line.attempt)))
            for line in _repeats(task, example, logged)
        ),
    )


def _earlier(task: Task, key: str, find: Find) -> Solved | None:
    """What was answered to an earlier question, if that was one request."""
    found = find([key]).get(key)
    return None if found is None else Solved(separate_thoughts(found, task.prompt.thoughts))


def _said(solved: Solved | None) -> Completion | None:
    return None if solved is None else solved.completion


def _repeats(task: Task, example: Example, logged: Logged) -> Iterator[Line]:
    """The results of asking the same again."""
    attempt = 1
    while True:
        key = question_key(task, example, attempt=attempt)
        line = logged.get((task.spec.name, task.model.name, example.id, attempt), key)
        if line is None:
            return
        if line.key == key:
            yield line
        attempt += 1

"""Why examples had no answer when they were last asked, by the run logs: answers do not say it."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from promptci.run.logged.logformat import Line
from promptci.run.planning.task import Task
from promptci.run.solving.questions import question_key
from promptci.specs.evalspec import Example

LastErrors: TypeAlias = Mapping[tuple[str, str, str], Line]
"""The newest result of an example that has no answer, by eval, model and example."""


def last_errors(lines: Iterable[Line]) -> LastErrors:
    """Those among the lines of run logs, the newest run first."""
    newest: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        if not line.attempt:
            newest.setdefault((line.eval, line.model, line.example), line)
    return {place: line for place, line in newest.items() if line.fate == "error"}


def why_missing(errors: LastErrors, task: Task, example: Example) -> str:
    """Why the last run had no answer to what an example asks now; empty where it is not known."""
    line = errors.get((task.spec.name, task.model.name, example.id))
    if line is None or not line.why or line.key not in ("", question_key(task, example)):
        return ""
    return f"The last run had no answer: {line.why}"

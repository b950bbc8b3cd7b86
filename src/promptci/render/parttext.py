"""A part of a fingerprint as text, and how it differs between base and working tree."""

import json
from collections.abc import Iterator

from promptci.check.baserevision import Base
from promptci.history.partdiff import PartDiff
from promptci.parsing.source import Plain
from promptci.render.prompttext import prompt_text
from promptci.render.textdiff import unified
from promptci.run.planning.task import Task

_HEAD = "the working tree"
_SAME_TEXT = "(the same as text: only line breaks at the end or types of values differ)"


def part_lines(found: PartDiff, part: str, basis: Base) -> list[str]:
    """The unified diff of a part's text."""
    assert found.base is not None
    assert found.head is not None
    if part == "build":
        return [f"-{found.base_build}", f"+{found.head.settings.build}"]
    before, after = (_text(task, part) for task in (found.base, found.head))
    return unified(before, after, (basis.revision.short, _HEAD)) or [_SAME_TEXT]


def _text(task: Task, part: str) -> str:
    """A part of a task as lines of text."""
    if part == "prompt":
        return prompt_text(task.prompt)
    if part == "model":
        itself = f"endpoint: {task.model.endpoint.address}\nmodel: {task.model.model_id}"
        scorer = task.picker.scorer
        return itself if scorer is None else "\n".join((itself, "[pick]", *scorer.lines()))
    return "\n".join(_scorer_lines(task))


def _scorer_lines(task: Task) -> Iterator[str]:
    """The options of every scorer, those at their defaults left out, and what the eval says."""
    for scorer in task.judges.shared:
        yield from scorer.lines()
    if task.spec.threshold is not None:
        yield f"threshold: {task.spec.threshold}"
    if task.spec.truncated != "score":
        yield f"truncated: {task.spec.truncated}"
    if task.talk is not None:
        yield "[conversation]"
        lines = json.dumps(task.talk.canonical, indent=2, sort_keys=True, ensure_ascii=False)
        yield from lines.splitlines()


def as_json(value: Plain) -> str:
    """A value that shows its type: "1" is not 1."""
    return json.dumps(value, ensure_ascii=False)

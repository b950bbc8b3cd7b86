"""Which parts of a fingerprint differ, each with its text on both sides."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import RenderableType

from promptci.check.baserevision import Base
from promptci.history.partdiff import ExampleEdit, PartDiff, example_edits
from promptci.parsing.source import Plain
from promptci.parsing.template import as_text
from promptci.render.basis import base_name
from promptci.render.figures import counted
from promptci.render.json.jsontext import dumps
from promptci.render.prompttext import prompt_text
from promptci.render.terminal.screen import Look, draw, text
from promptci.render.textdiff import unified
from promptci.run.plan import Task
from promptci.secrets.safetext import for_terminal, on_one_line

MOST_WIDTH = 1000
"""Characters of a line shown."""
MOST_EXAMPLES = 50
"""Examples shown; of more only the count is given, and `--json` has them all."""
_HEAD = "the working tree"
_SAME_TEXT = "(the same as text: only line breaks at the end or types of values differ)"
_LINES = {"+": "green", "-": "red", "@": "cyan"}


def report(found: Sequence[PartDiff], basis: Base, look: Look) -> str:
    """Every eval and model: what differs from the base, and how the record stands to it."""
    return "\n".join(draw(_parts(each, basis), look) for each in found)


def report_document(found: Sequence[PartDiff], basis: Base) -> str:
    """The same for programs."""
    return dumps(
        {
            "command": "why",
            "exit_code": 0,
            "base": {"commit": basis.revision.id, "why": basis.why},
            "evals": [_document(each, basis) for each in found],
        }
    )


def _parts(found: PartDiff, basis: Base) -> Iterator[RenderableType]:
    names = ", ".join(found.parts)
    base = base_name(basis)
    verb = "differ" if len(found.parts) > 1 else "differs"
    title = f"{found.title} on {found.task.model.name}"
    if found.base is None:
        yield text(f"{title}: new since {base}", "bold")
    elif found.head is None:
        yield text(f"{title}: gone since {base}", "bold")
    else:
        yield text(f"{title}: {names or 'nothing'} {verb} from {base}", "bold")
        yield from _details(found, basis)
    yield from (text(line) for line in _standing(found))


def _details(found: PartDiff, basis: Base) -> Iterator[RenderableType]:
    """Each part that differs, with its text."""
    for part in found.parts:
        yield ""
        if part == "examples":
            yield from _examples(found)
        else:
            yield text(part, "bold")
            for line in _lines(found, part, basis):
                yield text(for_terminal(line)[:MOST_WIDTH], _LINES.get(line[:1], ""))
    if found.parts:
        yield ""


def _lines(found: PartDiff, part: str, basis: Base) -> list[str]:
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
        return f"endpoint: {task.model.endpoint.address}\nmodel: {task.model.model_id}"
    return "\n".join(_scorer_lines(task))


def _scorer_lines(task: Task) -> Iterator[str]:
    """The options of every scorer, those at their defaults left out, and what the eval says."""
    for scorer in task.judges.shared:
        yield from scorer.lines()
    if task.spec.threshold is not None:
        yield f"threshold: {task.spec.threshold}"
    if task.spec.truncated != "score":
        yield f"truncated: {task.spec.truncated}"


def _examples(found: PartDiff) -> Iterator[RenderableType]:
    assert found.base is not None
    assert found.head is not None
    edits = list(example_edits(found.base, found.head))
    counts = {kind: sum(edit.kind == kind for edit in edits) for kind in _MARKS}
    summary = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    yield text(f"examples: {summary}", "bold")
    for edit in edits[:MOST_EXAMPLES]:
        yield from _example(edit)
    if len(edits) > MOST_EXAMPLES:
        yield text(f"  … {counted(len(edits) - MOST_EXAMPLES, 'more example')}", "dim")


_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "edited": ("~", "yellow")}


def _example(edit: ExampleEdit) -> Iterator[RenderableType]:
    mark, style = _MARKS[edit.kind]
    yield text(f"{mark} {on_one_line(edit.id)}", style)
    for each in edit.fields:
        yield text(f"    {on_one_line(each.name)}")
        is_same = as_text(each.base) == as_text(each.head)
        as_shown = _as_json if is_same else as_text
        if each.base is not None:
            yield text(f"    - {on_one_line(as_shown(each.base), 400)}", "red")
        if each.head is not None:
            yield text(f"    + {on_one_line(as_shown(each.head), 400)}", "green")


def _as_json(value: Plain) -> str:
    """A value that shows its type: "1" is not 1."""
    return json.dumps(value, ensure_ascii=False)


def _standing(found: PartDiff) -> Iterator[str]:
    """How the record in the files stands to them."""
    if found.head is None:
        return
    name = found.head.spec.name
    stale = found.stale_parts
    if stale is None:
        yield f"There is no record yet: run `promptci run {name}`."
    elif stale:
        parts = " and ".join(stale)
        yield f"The record was made before a change of {parts}: run `promptci run {name}`."
    else:
        yield "The record is that of these files."


def _document(found: PartDiff, basis: Base) -> dict[str, Any]:
    stale = found.stale_parts
    return {
        "eval": found.task.spec.name,
        "was": found.was or None,
        "model": found.task.model.name,
        "state": "new" if found.base is None else "gone" if found.head is None else "both",
        "fingerprint": {
            "base": found.base.fingerprint if found.base else None,
            "head": found.head.fingerprint if found.head else None,
        },
        "parts": [_part_document(found, part, basis) for part in found.parts],
        "record": "none" if stale is None else "stale" if stale else "current",
        "stale_parts": list(stale or ()),
    }


def _part_document(found: PartDiff, part: str, basis: Base) -> dict[str, Any]:
    assert found.base is not None
    assert found.head is not None
    if part != "examples":
        return {"part": part, "diff": _lines(found, part, basis)}
    edits = [
        {
            "id": edit.id,
            "kind": edit.kind,
            "fields": [{"name": f.name, "base": f.base, "head": f.head} for f in edit.fields],
        }
        for edit in example_edits(found.base, found.head)
    ]
    return {"part": part, "examples": edits}

"""Which parts of a fingerprint differ, each with its text on both sides."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.check.baserevision import Base
from promptci.history.partdiff import ExampleEdit, PartDiff, example_edits
from promptci.render.basetitle import base_name
from promptci.render.figures import counted
from promptci.render.parttext import as_json, part_lines
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import diff_line, draw, text
from promptci.secrets.safetext import for_terminal, on_one_line
from promptci.specs.answerer import takes_votes
from promptci.templates.template import as_text

MOST_WIDTH = 1000
"""Characters of a line shown."""
MOST_EXAMPLES = 50
"""Examples shown; of more only the count is given, and `--json` has them all."""
_LINES = {"+": "green", "-": "red", "@": "cyan"}


def report(found: Sequence[PartDiff], basis: Base, look: Look) -> str:
    """Every eval: what differs from the base, and how the record relates to it.

    It is shown once for the models of an eval of which it is the same.
    """
    models: dict[tuple[str, str, str], list[str]] = {}
    for each in found:
        says = each.title, _summary(each, basis), draw(_parts(each, basis), look)
        models.setdefault(says, []).append(each.task.model.name)
    return "\n".join(
        draw((text(f"{title} on {', '.join(on)}: {summary}", "bold"),), look) + parts
        for (title, summary, parts), on in models.items()
    )


def _summary(found: PartDiff, basis: Base) -> str:
    """What differs, in a few words."""
    base = base_name(basis)
    if found.base is None:
        return f"new since {base}"
    if found.head is None:
        return f"gone since {base}"
    verb = "differ" if len(found.parts) > 1 else "differs"
    return f"{', '.join(found.parts) or 'nothing'} {verb} from {base}"


def _parts(found: PartDiff, basis: Base) -> Iterator[RenderableType]:
    if found.base is not None and found.head is not None:
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
            for line in part_lines(found, part, basis):
                yield diff_line(for_terminal(line)[:MOST_WIDTH], _LINES.get(line[:1], ""))
    if found.parts:
        yield ""


def _examples(found: PartDiff) -> Iterator[RenderableType]:
    edits = list(example_edits(found))
    counts = {kind: sum(edit.kind == kind for edit in edits) for kind in _MARKS}
    summary = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    yield text(f"examples: {summary}", "bold")
    for edit in edits[:MOST_EXAMPLES]:
        yield from _example(edit)
    if len(edits) > MOST_EXAMPLES:
        yield text(f"  … {counted(len(edits) - MOST_EXAMPLES, 'more example')}", "dim")


_MARKS = {
    "added": ("+", "green"),
    "taken": ("<", "yellow"),
    "removed": ("-", "red"),
    "moved": (">", "yellow"),
    "edited": ("~", "yellow"),
}


def _example(edit: ExampleEdit) -> Iterator[RenderableType]:
    mark, style = _MARKS[edit.kind]
    to = f" (in {on_one_line(edit.to)} now)" if edit.to else ""
    source = f" (was in {on_one_line(edit.source)})" if edit.source else ""
    yield text(f"{mark} {on_one_line(edit.id)}{to}{source}", style)
    for each in edit.fields:
        yield text(f"    {on_one_line(each.name)}")
        is_same = as_text(each.base) == as_text(each.head)
        as_shown = as_json if is_same else as_text
        if each.base is not None:
            yield text(f"    - {on_one_line(as_shown(each.base), 400)}", "red")
        if each.head is not None:
            yield text(f"    + {on_one_line(as_shown(each.head), 400)}", "green")


def _standing(found: PartDiff) -> Iterator[str]:
    """How the record in the files relates to them."""
    if found.head is None:
        return
    name = found.head.spec.name
    stale = found.stale_parts
    if stale is None:
        yield f"There is no record yet: run `promptci run {name}`."
    elif stale:
        is_voted = "prompt" in stale and takes_votes(found.head.prompt)
        parts = " and ".join(stale) + (" (or of how votes are counted)" if is_voted else "")
        yield f"The record was made before a change of {parts}: run `promptci run {name}`."
    else:
        yield "The record is that of these files."

"""What a change changed of an eval: which parts, and its prompt line by line."""

from collections.abc import Iterator, Sequence

from promptci.render.figures import counted
from promptci.render.html.markup import Child, Markup, element
from promptci.render.json.page.parts import PageEvalV1
from promptci.render.textdiff import unified

MOST_LINES = 200
"""Lines of a prompt's change that are shown."""

MOST_TEXT = 200_000
"""Characters of a prompt whose lines are compared."""

_MOVED = ("added", "removed")
_KINDS = {"+": "added", "-": "removed", "@": "place"}


def changed_rows(each: PageEvalV1) -> Iterator[Child]:
    """The parts that differ from the base, with the prompt's lines folded beneath."""
    lines = _prompt_lines(each)
    counts = [sum(line.startswith(sign) for line in lines) for sign in "+-"]
    moved = [f"{counted(n, 'line')} {word}" for n, word in zip(counts, _MOVED, strict=True) if n]
    parts = [
        f"{part} ({', '.join(moved)})" if part == "prompt" and moved else part
        for part in each.changed
    ]
    said = f"Changed: {', '.join(parts)}"
    if lines:
        left = len(lines) - MOST_LINES
        more = element("p", f"{counted(left, 'more line')}.", class_="note") if left > 0 else None
        yield element("details", element("summary", said), line_diff(lines[:MOST_LINES]), more)
    elif parts:
        yield element("p", f"{said}.")


def line_diff(lines: Sequence[str]) -> Markup:
    """The lines of a unified diff without its heads; signs tell what colours do."""
    shown = (element("span", f"{line}\n", class_=_KINDS.get(line[:1])) for line in lines)
    return element("pre", shown, tabindex=0, class_="lines")


def _prompt_lines(each: PageEvalV1) -> Sequence[str]:
    if each.base is None or max(len(each.base.prompt), len(each.head.prompt)) > MOST_TEXT:
        return ()
    return unified(each.base.prompt, each.head.prompt, ("base", "head"))[2:]

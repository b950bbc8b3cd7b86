"""How text looks on a terminal: the only place that knows `rich`."""

from collections.abc import Iterable, Mapping
from io import StringIO
from itertools import groupby
from typing import TypeAlias

from rich.console import Console, JustifyMethod, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from promptci.render.terminal.lines import GAP, Line, Pairs, Part, Rows
from promptci.render.terminal.look import Look
from promptci.render.terminal.plaintable import PlainLines, PlainTable, is_line
from promptci.secrets.safetext import for_terminal, for_workflow_log

_MARKS = ("+", "-")
_TITLES = ("---", "+++")

Shown: TypeAlias = RenderableType | Part
"""What can be drawn."""


def draw(parts: Iterable[Shown], look: Look) -> str:
    """Renderables one below the other as text. Without colour there is no escape in it."""
    console = Console(
        file=StringIO(),
        width=look.width,
        force_terminal=look.colour,
        color_system="standard" if look.colour else None,
        no_color=not look.colour,
        markup=False,
        emoji=False,
        highlight=False,
        soft_wrap=False,
    )
    with console.capture() as captured:
        shown = map(_by_rich, parts)
        for lines, some in groupby(shown, lambda part: is_line(part, look.width)):
            for part in [PlainLines(some)] if lines else some:
                if isinstance(part, PlainTable) and not fits(part, look):
                    part.tighten()
                console.print(part)
    drawn = "\n".join(line.rstrip() for line in captured.get().split("\n"))
    return for_workflow_log(drawn) if look.is_workflow else drawn


def _by_rich(part: Shown) -> RenderableType:
    """What `rich` can draw."""
    match part:
        case Line():
            shown = text(part.text, part.style)
            return Padding(shown, (0, 0, 0, part.indent)) if part.indent else shown
        case Pairs():
            grid = Table.grid(padding=(0, GAP, 0, 0))
            for name, value in part.rows:
                grid.add_row(text(name), text(value))
            return grid
        case Rows():
            made = table(part.columns)
            for row in part.cells:
                made.add_row(*(text(*cell) for cell in row))
            return made
    return part


def fits(shown: RenderableType, look: Look) -> bool:
    """Whether something fits beside the edge without being folded."""
    width = shown.plain_width if isinstance(shown, PlainTable) else None
    if width is not None:
        return width <= look.width
    console = Console(file=StringIO(), width=10_000, markup=False, emoji=False)
    return console.measure(shown).maximum <= look.width


def labelled(pairs: Iterable[tuple[str, str]]) -> Table:
    """Untrusted texts, each behind its name, indented and folded beneath itself."""
    made = Table.grid(padding=(0, 2, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(f"  {name}", text(value))
    return made


def text(untrusted: str, style: str = "") -> Text:
    """Any text, shown as it is: no markup, no escapes but our own."""
    return Text(for_terminal(untrusted), style=style)


def diff_line(line: str, style: str, indent: int = 0) -> RenderableType:
    """A line of a unified diff, folded beneath itself, so that its mark is alone."""
    shown = text(line, style)
    if line[:1] not in _MARKS or line.startswith(_TITLES):
        return Padding(shown, (0, 0, 0, indent)) if indent else shown
    made = Table.grid()
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    made.add_row(Text(" " * indent) + shown[:1], shown[1:])
    return made


def table(columns: Mapping[str, str]) -> Table:
    """A table without lines. `columns` are titles and how they are aligned: `left` or `right`.

    Names on the left are folded where there is no room; of two that begin alike an ellipsis would
    hide which is which.
    """
    made = PlainTable()
    for title, side in columns.items():
        is_right = side == "right"
        justify: JustifyMethod = "right" if is_right else "left"
        made.add_column(title, justify=justify, no_wrap=is_right, overflow="fold")
    return made


def measures(rows: Iterable[tuple[str, str, str]]) -> Table:
    """A line for each measure: its name, its value, what it means."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for row in rows:
        grid.add_row(*map(text, row))
    return grid

"""What most screens consist of: lines, names with a text beside each, and tables.

They are written as `rich` draws them, to the byte, without loading it, which would take a tenth of
a short command. What has to be folded elsewhere than between words is drawn by `rich`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TypeAlias

from msgspec import Struct

from promptci.latepattern import late
from promptci.render.terminal.cells import cell_len, is_simple, paint
from promptci.render.terminal.look import Look
from promptci.secrets.safetext import for_terminal, for_workflow_log

GAP = 2
"""Blanks between columns, where there is room for that."""

_WORD = late(r"\s*\S+\s*")


class Line(Struct, frozen=True):
    """Any text in one style, as many columns in."""

    text: str
    style: str = ""
    indent: int = 0


class Pairs(Struct, frozen=True):
    """Names, and a text beside each."""

    rows: Sequence[tuple[str, str]]


class Rows(Struct, frozen=True):
    """A table without lines: titles and how they are aligned, `left` or `right`, and its cells.

    Names on the left are folded where there is no room; of two that begin alike an ellipsis would
    hide which is which.
    """

    columns: Mapping[str, str]
    cells: Sequence[Sequence[tuple[str, str]]]
    """Texts and their styles, row by row."""


Part: TypeAlias = Line | Pairs | Rows


class _NeedsRich(Exception):
    """Something must be folded as only `rich` does it."""


def written(parts: Iterable[object], look: Look) -> str:
    """Parts one below the other as text; those of `rich` may be among them."""
    parts = list(parts)
    try:
        lines = [line.rstrip() for part in parts for line in _lines(part, look)]
    except _NeedsRich:
        return str(import_module("promptci.render.terminal.screen").draw(parts, look))
    drawn = "".join(f"{line}\n" for line in lines)
    return for_workflow_log(drawn) if look.is_workflow else drawn


def _lines(part: object, look: Look) -> Iterator[str]:
    match part:
        case Line():
            front = " " * part.indent
            for piece in _folded(for_terminal(part.text), look.width - part.indent):
                yield front + _styled(piece, part.style, look)
        case Pairs():
            yield from _pairs(part, look)
        case Rows():
            yield from _table(part, look)
        case _:
            raise _NeedsRich


def _styled(text: str, style: str, look: Look) -> str:
    return paint(text, style) if look.colour and style else text


def _folded(text: str, width: int) -> Iterator[str]:
    """A text broken between words, as `rich` breaks it; only blanks are cut at the edge."""
    if not text.isprintable():
        raise _NeedsRich
    if cell_len(text) <= width:
        yield text
        return
    if not is_simple(text):
        raise _NeedsRich
    line = ""
    for word in _WORD.findall(text):
        bare = len(word.rstrip())
        if bare > width:
            raise _NeedsRich
        if line and len(line) + bare > width:
            yield line[:width]
            line = ""
        line += word
    yield (line or text)[:width]


def _pairs(part: Pairs, look: Look) -> Iterator[str]:
    names = [for_terminal(name) for name, _ in part.rows]
    wide = max(map(cell_len, names)) + GAP
    texts = [for_terminal(text) for _, text in part.rows]
    if not all(name.isprintable() for name in names) or look.width - wide <= wide:
        raise _NeedsRich
    for name, text in zip(names, texts, strict=True):
        front = name + " " * (wide - cell_len(name))
        for piece in _folded(text, look.width - wide):
            yield front + piece
            front = " " * wide


def _table(part: Rows, look: Look) -> Iterator[str]:
    titles = [(title, "") for title in part.columns]
    rows = [[(for_terminal(text), style) for text, style in row] for row in (titles, *part.cells)]
    if not all(text.isprintable() for row in rows for text, _ in row):
        raise _NeedsRich
    widths = [max(cell_len(text) for text, _ in column) for column in zip(*rows, strict=True)]
    gaps = (gap for gap in (GAP, 1) if sum(widths) + gap * (len(widths) - 1) <= look.width)
    gap = next(gaps, 0)
    if not gap or not widths[-1]:
        raise _NeedsRich
    for index, row in enumerate(rows):
        line = ""
        for place, ((text, style), width) in enumerate(zip(row, widths, strict=True)):
            is_right = list(part.columns.values())[place] == "right"
            between = " " * (gap if place < len(row) - 1 else 0)
            shaped = _shaped(text, width, is_right=is_right)
            line += _styled(shaped, style if index else "bold", look)
            line += between if index else _styled(between, "bold", look)
        yield line


def _shaped(text: str, width: int, *, is_right: bool) -> str:
    """A cell's text as wide as its column."""
    bare = text.rstrip() if is_right else text
    blanks = " " * (width - cell_len(bare))
    return blanks + bare if is_right else bare + blanks

"""Many rows in columns: what `rich` tables look like, in a tenth of the time."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from promptci.render.terminal.cells import cell_len, chop_cells, paint, set_cell_size
from promptci.render.terminal.lines import GAP
from promptci.render.terminal.look import Look
from promptci.secrets.safetext import on_one_line

_MOST = 2000
"""Characters of a cell that are shown."""
_LEAST_LAST = 12
"""Columns that the last one gets at least."""
ROOM = 13
"""Columns that the last one needs; for these others give way."""
_JOINTS = "/-_.:@="
"""Behind these a word may be broken that is longer than a line, such as a model's id or a path."""


class Column(Struct, frozen=True):
    """A title, how it is aligned, and how wide it may get.

    Longer cells end in `…`, or have it in their middle: names often differ at their ends.
    """

    title: str
    is_right: bool = False
    most: int = 40
    keeps_end: bool = False


class Cell(Struct, frozen=True):
    """Text on one line, with a style in words such as `bold red`."""

    text: str
    style: str = ""


def lay_out(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], look: Look) -> str:
    """A title line and a line per row. The last column is folded to the width that is left."""
    titles = [Cell(column.title, "bold") for column in columns]
    clean = _clean((titles, *rows))
    sizes = widths(columns, clean)[:-1]
    last = max(_LEAST_LAST, look.width - sum(sizes) - GAP * len(sizes))
    lines = (line for row in clean for line in _row(row, columns, sizes, last, look))
    return "".join(f"{line}\n" for line in lines)


def _clean(rows: Iterable[Sequence[Cell]]) -> list[list[Cell]]:
    """Cells safe to show. What many of them hold is looked at once."""
    safe = cache(lambda text: on_one_line(text, _MOST))
    return [[Cell(safe(cell.text), cell.style) for cell in row] for row in rows]


def labelled(pairs: Sequence[tuple[str, str]], look: Look) -> str:
    """Texts, each behind its label, indented and folded beneath itself."""
    wide = max(cell_len(label) for label, _ in pairs)
    room = max(_LEAST_LAST, look.width - wide - 2 * GAP)
    lines = []
    for label, value in pairs:
        front = " " * GAP + _fit(label, wide, is_right=False) + " " * GAP
        for piece in _folded(on_one_line(value, _MOST), room):
            lines.append(f"{front}{piece}\n")
            front = " " * len(front)
    return "".join(lines)


def sentences(said: Iterable[str], look: Look) -> Iterator[str]:
    """Sentences, folded between words, each ending with its line."""
    for each in said:
        yield "".join(f"{line}\n" for line in folded_lines(on_one_line(each, 400), look.width))


def folded_lines(line: str, width: int) -> Iterator[str]:
    """A line in pieces of so many columns, broken between words, each as far in as the first."""
    rest = line.lstrip(" ")
    front = line[: len(line) - len(rest)]
    return (front + piece for piece in _folded(rest, max(_LEAST_LAST, width - len(front))))


def widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """How wide each column gets, if it is not the last."""
    return [
        min(column.most, max(map(cell_len, {column.title, *(row[i].text for row in rows)})))
        for i, column in enumerate(columns)
    ]


def fitted(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    look: Look,
    *,
    narrow: Mapping[str, int],
    hidden: Collection[str] = (),
    least: int = 0,
) -> list[Column]:
    """The columns, those named in `narrow` no wider than that where a line would not fit otherwise.

    Columns in `hidden` take no room, the last one at least `least`. From 100 columns on a terminal
    all stay as they are.
    """
    sizes = zip(widths(columns, rows), columns, strict=True)
    shown = [size for size, column in sizes if column.title not in hidden]
    shown[-1] = max(shown[-1], least)
    if look.width >= 100 or sum(shown) + GAP * (len(shown) - 1) <= look.width:
        return list(columns)
    return [
        replace(column, most=min(column.most, narrow.get(column.title, column.most)))
        for column in columns
    ]


def kept(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    look: Look,
    dispensable: Iterable[str],
    hidden: Collection[str] = (),
    room: int = ROOM,
) -> list[int]:
    """The numbers of the columns to show: never those in `hidden`.

    Where the last one has no such `room` otherwise, dispensable ones give way in their order.
    """
    hidden = set(hidden)
    sizes = widths(columns, rows)[:-1]
    for title in dispensable:
        shown = [s for s, c in zip(sizes, columns, strict=False) if c.title not in hidden]
        if look.width - sum(shown) - GAP * len(shown) < room:
            hidden.add(title)
    return [index for index, column in enumerate(columns) if column.title not in hidden]


def painted(cell: Cell, look: Look) -> str:
    """A cell's text in its colour, where there are colours."""
    if not (look.colour and cell.style and cell.text.strip()):
        return cell.text
    return paint(cell.text, cell.style)


def _row(
    row: Sequence[Cell], columns: Sequence[Column], sizes: Sequence[int], last: int, look: Look
) -> Iterator[str]:
    cells = [
        painted(Cell(_in_column(cell.text, width, column), cell.style), look)
        for cell, column, width in zip(row[:-1], columns, sizes, strict=False)
    ]
    blank = " " * (sum(sizes) + GAP * len(sizes))
    for index, piece in enumerate(_folded(row[-1].text, last)):
        front = (" " * GAP).join([*cells, ""]) if not index else blank
        yield f"{front}{painted(Cell(piece, row[-1].style), look)}".rstrip()


def _in_column(text: str, width: int, column: Column) -> str:
    """A cell as wide as its column."""
    if column.keeps_end and cell_len(text) > width > 2:
        tail = next(text[n:] for n in range(len(text)) if cell_len(text[n:]) <= (width - 1) // 2)
        text = f"{set_cell_size(text, width - 1 - cell_len(tail))}…{tail}"
    return _fit(text, width, is_right=column.is_right)


def _fit(text: str, width: int, *, is_right: bool) -> str:
    """A text in so many columns: padded, or cut with an ellipsis."""
    size = cell_len(text)
    if size > width:
        return f"{set_cell_size(text, width - 1)}…"
    return " " * (width - size) + text if is_right else text + " " * (width - size)


def _folded(text: str, width: int) -> Iterator[str]:
    """A text in lines of so many columns, broken between words where that is possible."""
    line = ""
    if cell_len(text) <= width and "  " not in text:
        yield text
        return
    for word in _words(text, width):
        if line and cell_len(line) + 1 + cell_len(word) > width:
            yield line
            line = ""
        *whole, rest = _pieces(word, width)
        if line and whole:
            yield line
            line = ""
        yield from whole
        line = f"{line} {rest}" if line else rest
    yield line


def _pieces(word: str, width: int) -> list[str]:
    """A word in pieces of so many columns, broken at its joints where they have any."""
    found = []
    while cell_len(word) > width:
        piece = chop_cells(word, width)[0]
        joint = max(piece.rfind(sign, len(piece) // 3) for sign in _JOINTS)
        found.append(word[: joint + 1 or len(piece)])
        word = word[len(found[-1]) :]
    return [*found, word]


def _words(text: str, width: int) -> Iterator[str]:
    """The words of a text; a command between backticks that fits on a line is one, to be copied."""
    held = ""
    for word in text.split(" "):
        held = f"{held} {word}" if held else word
        if "`promptci" in held and held.count("`") % 2:
            continue
        yield from [held] if cell_len(held) <= width else held.split(" ")
        held = ""
    if held:
        yield from held.split(" ")

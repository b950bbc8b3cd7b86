"""Tables and texts of `rich` that are written line by line where nothing needs to be folded.

That is the same to the byte in a tenth of the time: `rich` renders, measures and shapes each cell.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment
from rich.style import Style
from rich.table import Column, Table
from rich.text import Text

from promptci.render.terminal.lines import GAP

_SIDES = ("left", "right")


class PlainTable(Table):
    """A table without lines, with titles in bold."""

    def __init__(self) -> None:
        super().__init__(box=None, pad_edge=False, header_style="bold")
        self._set_gap(GAP)

    def tighten(self) -> None:
        """Leave one blank between columns, so that less has to be folded."""
        self._set_gap(1)

    def _set_gap(self, gap: int) -> None:
        self.gap = gap
        self.padding = (0, gap, 0, 0)

    @property
    def plain_width(self) -> int | None:
        """Its width in columns if no cell is folded; None where that takes `rich` to say."""
        texts = self._texts()
        return None if texts is None else sum(map(_width, texts), self.gap * (len(texts) - 1))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Line by line where there is room, else as `rich` does it."""
        texts = self._texts()
        widths = [] if texts is None else self._widths(texts)
        if texts is None or sum(widths) > options.max_width:
            yield from super().__rich_console__(console, options)
            return
        gaps = [" " * self.gap] * (len(widths) - 1) + [""]
        titles = [console.get_style(self.header_style or "")] * len(widths)
        none = [console.get_style("")] * len(widths)
        for index, row in enumerate(zip(*texts, strict=True)):
            styles = none if index else titles
            line = (
                (_shaped(cell, width - len(gap), column), gap, console.get_style(cell.style), style)
                for cell, width, gap, column, style in zip(
                    row, widths, gaps, self.columns, styles, strict=True
                )
            )
            yield from _segments(line)
            yield Segment.line()

    def _texts(self) -> list[list[Text]] | None:
        """All cells, column by column, the title first; None where any needs more than a line."""
        if not self.columns or any(row.style or row.end_section for row in self.rows):
            return None
        found = []
        for column in self.columns:
            cells = [_text(cell) for cell in chain((column.header,), column.cells)]
            plain = [cell for cell in cells if cell is not None]
            if len(plain) < len(cells) or not _is_plain(column):
                return None
            found.append(plain)
        return found

    def _widths(self, texts: Sequence[Sequence[Text]]) -> list[int]:
        """How wide each column is with the gap behind it."""
        widths = [_width(column) + self.gap for column in texts]
        widths[-1] = max(1, widths[-1] - self.gap)
        return widths


def _width(cells: Iterable[Text]) -> int:
    return max(cell_len(cell.plain) for cell in cells)


class PlainLines:
    """Texts of which each fits on a line, one below the other."""

    def __init__(self, lines: Iterable[RenderableType]) -> None:
        self._lines = lines

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> RenderResult:
        """As they are, without a look for words and ends of lines."""
        for line in self._lines:
            if isinstance(line, Text):
                yield Segment(line.plain, console.get_style(line.style))
            yield Segment.line()


def is_line(shown: RenderableType, width: int) -> bool:
    """Whether something is a text of one line and one style that fits, or nothing."""
    if isinstance(shown, str):
        return not shown
    text = _text(shown)
    return text is not None and cell_len(text.plain) <= width


def _is_plain(column: Column) -> bool:
    sizes = column.width, column.min_width, column.max_width, column.ratio
    return sizes == (None,) * 4 and column.justify in _SIDES and not column.style


def _text(cell: RenderableType) -> Text | None:
    """A cell of one line in one style."""
    made = Text(cell) if isinstance(cell, str) else cell
    if not isinstance(made, Text) or made.spans or not made.plain.isprintable():
        return None
    return None if made.justify or made.no_wrap or made.overflow else made


def _shaped(cell: Text, width: int, column: Column) -> str:
    """A cell's text as wide as its column."""
    if column.justify == "left":
        return cell.plain + " " * (width - cell_len(cell.plain))
    text = cell.plain.rstrip()
    return " " * (width - cell_len(text)) + text


def _segments(line: Iterator[tuple[str, str, Style, Style]]) -> Iterator[Segment]:
    """A line in as few pieces as its styles allow."""
    bare = ""
    for text, gap, mine, around in line:
        style = around + mine
        if style or around:
            yield Segment(bare)
            yield Segment(text, style)
            bare = gap if not around else ""
            if around:
                yield Segment(gap, around)
        else:
            bare += text + gap
    yield Segment(bare)

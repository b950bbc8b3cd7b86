"""Lost examples on a terminal: what was expected, and both outputs as one text."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from promptci.compare.compared import Compared
from promptci.compare.lostexamples import LostExample
from promptci.compare.outcomes.failurereasons import MOST_NAMED, reason_of
from promptci.render.figures import counted
from promptci.render.named import model_names
from promptci.render.terminal.screen import text
from promptci.render.textdiff import Piece, word_diff
from promptci.secrets.safetext import for_terminal, on_one_line
from promptci.specs.evalspec import Example
from promptci.templates.template import as_text

MOST = 20
"""Lost examples of one eval shown."""
MOST_LINES = 200
"""Lines of one diff shown."""
_STYLES = {"same": "", "removed": "red", "added": "green"}
_MARKS = {"same": ("", ""), "removed": ("[-", "-]"), "added": ("{+", "+}")}


def lost_parts(found: Compared, elsewhere: str) -> Iterator[RenderableType]:
    """The lost examples of an eval, three of each reason, and how many more there are.

    `elsewhere` says where those are seen.
    """
    shown = named_first(found.lost)[:MOST]
    for each in shown:
        yield from _example(found, each)
    more = len(found.confirmed.comparison.ids("lost")) - len(shown)
    if more > 0 and shown:
        yield ""
        fail = "fails" if more == 1 else "fail"
        alike = f"that {fail} alike" if len(found.lost) > len(shown) else "of it"
        yield text(f"… {counted(more, 'more lost example')} {alike}: {elsewhere}")


def named_first(lost: Sequence[LostExample]) -> list[LostExample]:
    """The first few lost examples of each reason, the most frequent reasons first."""
    groups: dict[str, list[LostExample]] = {}
    for each in lost:
        groups.setdefault(reason_of(each.why), []).append(each)
    order = sorted(groups.values(), key=len, reverse=True)
    return [each for group in order for each in group[:MOST_NAMED]]


def inputs(example: Example) -> str:
    """The variables of an example in a row."""
    return ", ".join(f"{name}: {as_text(value)}" for name, value in example.vars.items())


def _example(found: Compared, lost: LostExample) -> Iterator[RenderableType]:
    accepted = ", accepted" if lost.example.id in found.pair.accepted else ""
    yield ""
    title = f"lost{accepted}: {found.name} / {lost.example.id} on {model_names(found)}"
    yield text(title, "bold red")
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("  input", text(on_one_line(inputs(lost.example), 400)))
    if lost.example.has_expected:
        grid.add_row("  expected", text(on_one_line(as_text(lost.example.expected), 400)))
    for label, answer in _answers(lost):
        grid.add_row(f"  {label}", answer)
    if lost.why:
        grid.add_row("  why", text(on_one_line(lost.why, 400)))
    yield grid


def _answers(lost: LostExample) -> Iterator[tuple[str, Text]]:
    """What base and head said: one text with marks, or two where one is missing."""
    if not lost.base or not lost.head:
        yield "base", _whole(lost.base)
        yield "head", _whole(lost.head)
    elif lost.base == lost.head:
        yield "both", _whole(lost.head)
    else:
        pieces = word_diff(for_terminal(lost.base), for_terminal(lost.head))
        yield "output", marked(pieces)
        if all(piece.kind == "same" for piece in pieces):
            yield "", text("(they differ in white space)", "dim")


def _whole(answer: str) -> Text:
    if not answer:
        return text("(empty, or not stored)", "dim")
    return text(on_one_line(answer, 800))


def marked(pieces: Sequence[Piece]) -> Text:
    """Pieces in one text. Marks say what colour alone would say to some only."""
    marked = Text()
    for piece, after in zip(pieces, (*pieces[1:], None), strict=True):
        opening, closing = _MARKS[piece.kind]
        body = piece.text.rstrip()
        blank = piece.text[len(body) :]
        if piece.kind == "removed" and after is not None:
            blank = blank or " "
        marked.append(f"{opening}{for_terminal(body)}{closing}", _STYLES[piece.kind])
        marked.append(for_terminal(blank))
    return _cut(marked)


def _cut(marked: Text) -> Text:
    """The first lines of a long text."""
    lines = marked.split("\n", allow_blank=True)
    if len(lines) <= MOST_LINES:
        return marked
    shown = Text("\n").join(lines[:MOST_LINES])
    return shown.append(f"\n… {len(lines) - MOST_LINES:,} more lines", "dim")

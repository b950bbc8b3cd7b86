"""Tables written line by line are what `rich` draws, to the byte."""

from io import StringIO

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.table import Table

from promptci.render.terminal.look import Look
from promptci.render.terminal.plaintable import PlainTable
from promptci.render.terminal.screen import draw, fits, table, text

TEXTS = (
    "",
    "a",
    "ab c",
    "  x",
    "x ",
    "日本語",
    "e\u0301",
    "100.0%",
    "[b]",
    "a\tb",
    "a\nb",
    "🙂",
    "long word",
)
CELLS = st.tuples(st.sampled_from(TEXTS), st.sampled_from(("", "red", "bold red")))
COLUMNS = st.dictionaries(st.sampled_from(TEXTS), st.sampled_from(("left", "right")), min_size=1)
LOOKS = st.builds(Look, st.sampled_from((10, 30, 80)), st.booleans())


class _ByRich(PlainTable):
    __rich_console__ = Table.__rich_console__


@given(COLUMNS, st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=4), LOOKS)
def test_looks_as_rich_draws_it(
    columns: dict[str, str], rows: list[list[tuple[str, str]]], look: Look
) -> None:
    ours, theirs = table(columns), table(columns)
    theirs.__class__ = _ByRich
    for row in rows:
        for made in (ours, theirs):
            made.add_row(*(text(*cell) for cell in row[: len(columns)]))
    assert draw([ours], look) == draw([theirs], look)
    measured = Console(file=StringIO(), width=10_000, markup=False, emoji=False).measure(theirs)
    assert fits(ours, look) == (measured.maximum <= look.width)


@given(st.lists(CELLS, max_size=6), LOOKS)
def test_texts_look_as_rich_draws_them(lines: list[tuple[str, str]], look: Look) -> None:
    console = Console(
        file=StringIO(),
        width=look.width,
        force_terminal=look.colour,
        color_system="standard" if look.colour else None,
        no_color=not look.colour,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        for line in lines:
            console.print(text(*line) if line[0] else "")
    theirs = "\n".join(each.rstrip() for each in captured.get().split("\n"))
    assert draw([text(*line) if line[0] else "" for line in lines], look) == theirs


def test_columns_move_together_before_a_name_is_folded() -> None:
    rows = [("triage", "small", "952+87", "0.03s"), ("reply", "large", "4348+260", "0.02s")]
    for width, gap in ((30, 2), (29, 1), (27, 1)):
        made = table(dict.fromkeys(("eval", "model", "tokens", "p50"), "left"))
        for row in rows:
            made.add_row(*map(text, row))
        said = draw([made], Look(width))
        assert f"triage{' ' * gap}small{' ' * gap}952+87" in said


def test_a_row_of_its_own_style_is_left_to_rich() -> None:
    made = table({"name": "left"})
    made.add_row(text("x"), style="red")
    assert isinstance(made, PlainTable)
    assert made.plain_width is None
    assert "\x1b[31m" in draw([made], Look(40, colour=True))

"""Lines, names with texts and tables are written as `rich` draws them, to the byte."""

from hypothesis import given
from hypothesis import strategies as st
from rich import cells as rich_cells
from rich.color import ColorSystem
from rich.style import Style

from promptci.render.terminal import cells, lines
from promptci.render.terminal.lines import Line, Pairs, Rows, written
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, text

WORDS = (
    "a",
    "`promptci run p3`",
    "±0.0",
    "…",
    "stale:",
    "日本語",
    "x" * 70,
    " ",
    "a  b ",
    "[b]",
    "",
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join) | st.sampled_from(
    ("a\nb", "a\tb", "\x1b[31m", "e\u0301", "🙂")
)
STYLES = st.sampled_from(("", "bold", "red", "bold red", "dim", "yellow"))
CELLS = st.tuples(st.sampled_from(WORDS), STYLES)
PARTS = st.lists(
    st.builds(Line, TEXTS, STYLES, st.sampled_from((0, 2)))
    | st.builds(Pairs, st.lists(st.tuples(st.sampled_from(("base", "reused")), TEXTS), min_size=1))
    | st.builds(
        Rows,
        st.fixed_dictionaries({"": st.just("left"), "eval": st.just("left"), "n": st.just("right")})
        | st.fixed_dictionaries(
            {"n": st.just("right"), "eval": st.just("left"), "?": st.just("left")}
        ),
        st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=3),
    ),
    max_size=3,
)
LOOKS = st.builds(Look, st.sampled_from((60, 80, 100)), st.booleans(), st.booleans())


@given(PARTS, LOOKS)
def test_looks_as_rich_draws_it(parts: list[object], look: Look) -> None:
    assert written(parts, look) == draw(parts, look)  # type: ignore[arg-type]


def test_folding_between_words_takes_no_other_library(monkeypatch):
    sentence = (
        "`p3` was not judged, its score record is stale: run `promptci run p3` and commit it."
    )
    table = Rows({"eval": "left", "n": "right"}, [[("triage", ""), ("±0.0", "red")]])
    parts = [Line(sentence, "bold red"), Line(""), Pairs([("base", sentence)]), table]
    drawn = draw(parts, Look(60, colour=True))
    monkeypatch.setattr(lines, "import_module", None)
    assert written(parts, Look(60, colour=True)) == drawn
    assert drawn.count("\n") == 7


def test_what_rich_made_may_be_among_the_parts():
    assert written([Line("a"), text("b")], Look()) == "a\nb\n"


def test_every_simple_character_takes_one_column():
    for first, last in cells._ONE_COLUMN:
        for code in range(first, last + 1):
            assert rich_cells.cell_len(chr(code)) == 1, hex(code)


@given(TEXTS, st.integers(1, 90), STYLES)
def test_cells_are_those_of_rich(some: str, width: int, style: str) -> None:
    assert cells.cell_len(some) == rich_cells.cell_len(some)
    assert cells.set_cell_size(some, width) == rich_cells.set_cell_size(some, width)
    assert "".join(cells.chop_cells(some, width)) == "".join(rich_cells.chop_cells(some, width))
    painted = Style.parse(style).render(some, color_system=ColorSystem.STANDARD)
    assert cells.paint(some, style) == painted

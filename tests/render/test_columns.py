"""Columns: as wide as they must be, never wider than the terminal, whatever is in them."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from promptci.render.terminal.columns import Cell, Column, fitted, folded_lines, labelled, lay_out
from promptci.render.terminal.history.sparkline import sparkline
from promptci.render.terminal.look import Look
from tables import every_row

COLUMNS = (Column("name", most=6), Column("n", is_right=True), Column("what"))


def table(*rows, width=30):
    return lay_out(COLUMNS, [[Cell(text) for text in row] for row in rows], Look(width))


def test_cells_are_aligned_cut_and_folded():
    assert table(("a", "1", "one two three four five"), ("abcdefgh", "1000", "")) == (
        "name       n  what\na          1  one two three\n              four five\nabcde…  1000\n"
    )


def test_a_long_name_may_keep_its_end():
    columns = (Column("eval", most=9, keeps_end=True), Column("what"))
    shown = lay_out(columns, [[Cell("ticket-router-17"), Cell("x")]], Look(30))
    assert shown.splitlines()[1] == "tick…r-17  x"


@every_row(("width", "most"), [(30, [6, 40, 40]), (24, [3, 40, 40])])
def test_columns_are_narrowed_only_where_there_is_no_room(width, most):
    rows = [[Cell("abcdef"), Cell("1"), Cell("one two")]]
    found = fitted(COLUMNS, rows, Look(width), narrow={"name": 3}, least=14)
    assert [column.most for column in found] == most


def test_a_line_is_folded_between_words_and_keeps_its_indent():
    said = "  asking up to 152 requests, see /a/very/long/path/that/fits/nowhere"
    assert list(folded_lines(said, 24)) == [
        "  asking up to 152",
        "  requests, see",
        "  /a/very/long/path/",
        "  that/fits/nowhere",
    ]
    assert list(folded_lines("字 " * 7 + "字", 14)) == ["字 字 字 字 字", "字 字 字"]


def test_a_command_is_not_broken_where_it_fits_on_a_line():
    said = "and 2 more, which `promptci show triage --model small` lists"
    assert list(folded_lines(said, 42)) == [
        "and 2 more, which",
        "`promptci show triage --model small` lists",
    ]
    assert list(folded_lines(said, 24))[1:] == ["`promptci show triage", "--model small` lists"]


def test_wide_characters_take_two_columns():
    assert table(("漢字漢字", "1", "字")) == "name    n  what\n漢字 …  1  字\n"


def test_a_word_too_long_for_a_line_is_broken():
    shown = table(("a", "1", "x" * 50))
    assert [len(line) for line in shown.splitlines()] == [13, 30, 30, 17]
    assert shown.count("x") == 50


@every_row(
    ("word", "pieces"),
    [
        ("claude-haiku-4-5-20251001", ["claude-haiku-4-5-", "20251001"]),
        ("meta-llama/llama-3.3-70b-instruct", ["meta-llama/llama-", "3.3-70b-instruct"]),
        ("a-" + "x" * 24, ["a-" + "x" * 16, "x" * 8]),  # a joint too near the start pays nothing
        ("字字字字字-字字字字字字", ["字字字字字-", "字字字字字字"]),
    ],
)
def test_a_long_word_is_broken_at_its_joints(word, pieces):
    assert list(folded_lines(word, 18)) == pieces


@given(st.lists(st.tuples(st.text(), st.text(max_size=5), st.text()), max_size=4))
def test_no_line_is_wider_than_the_terminal(rows):
    for line in table(*rows, width=40).splitlines():
        assert cell_len(line) <= 40


LABELS = st.sampled_from(["lost", "won", "not comparable"])


@given(st.lists(st.tuples(LABELS, st.text()), min_size=1, max_size=4))
def test_labelled_texts_stay_behind_their_labels(pairs):
    shown = labelled(pairs, Look(60))
    assert all(line.startswith("  ") or not line for line in shown.split("\n"))
    assert all(cell_len(line) <= 60 for line in shown.split("\n"))


def test_colour_is_around_the_text_alone():
    made = lay_out(COLUMNS, [[Cell("a", "red"), Cell("1"), Cell("")]], Look(30, colour=True))
    assert made.splitlines()[1] == "\x1b[31ma   \x1b[0m  1"


@every_row(
    ("scores", "bars"),
    [
        ([0.0, 0.5, 1.0], "▁▅█"),
        ([0.9, 0.95], "▁█"),
        ([0.5, 0.5], "▅▅"),
        ([0.0], "▅"),
        ([0.0, 1.0, 0.0, 1.0, 0.5], "▁█▅"),
    ],
)
def test_sparklines(scores, bars):
    assert sparkline(scores, 3) == bars

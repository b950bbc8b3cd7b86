"""Whatever a model or a file says, a terminal only ever shows it."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from promptci.secrets.safetext import for_terminal, on_one_line

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
TEXTS = st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]))


def acts(char):
    """Whether a character may do something to a terminal, or hide."""
    return (
        unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(char) in BIDI
        or char in "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u061c\xad"
        or "\U000e0000" <= char <= "\U000e01ef"
    )


@given(TEXTS)
@example("\x1b]0;title\x07\x1b[2J\x9b31m\x1b]8;;http://x\x1b\\")
@example("user\u202eterces\u2066")
@example("\r\x08\x0b\x0c\x7f\x85\u2028\ud800")
@example("".join(map(chr, range(0xE0000, 0xE01F0))))
def test_nothing_that_acts_is_left(text):
    shown = for_terminal(text)
    assert [char for char in shown if acts(char) and char not in "\t\n"] == []
    assert shown.count("\n") == text.count("\n")


@given(TEXTS)
def test_doing_it_twice_changes_nothing(text):
    assert for_terminal(for_terminal(text)) == for_terminal(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("a\tb\nc", "a\tb\nc"),
        ("naïve 漢字 עברית 🙂 ❤\ufe0f é", "naïve 漢字 עברית 🙂 ❤\ufe0f é"),
        ("\\x1b [red] :smile:", "\\x1b [red] :smile:"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\nb", "a\\x0d\nb"),
        ("\u202e", "\\u202e"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud83d", "\\ud83d"),
    ],
)
def test_what_acts_is_shown_as_its_escape(text, shown):
    assert for_terminal(text) == shown


@given(TEXTS, st.integers(1, 50))
def test_one_line_is_one_line_and_not_longer_than_it_may_be(text, width):
    line = on_one_line(text, width)
    assert len(line) <= width
    assert not [char for char in line if acts(char)]
    assert line == line.strip() or "…" in line


@pytest.mark.parametrize(
    ("text", "width", "line"),
    [
        (" a \t b\n\n c ", 20, "a b c"),
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("\x1b[0m", 20, "\\x1b[0m"),
        ("", 5, ""),
        ("x" * 1_000_000, 4, "xxx…"),
        (" " * 1_000_000 + "x", 4, "…"),
    ],
)
def test_one_line_is_cut_with_an_ellipsis(text, width, line):
    assert on_one_line(text, width) == line

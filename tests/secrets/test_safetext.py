"""Whatever a model or a file says, a terminal only ever shows it."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from promptci.secrets.safetext import are_clean, for_terminal, on_one_line
from tables import every_row

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
TEXTS = st.text() | st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"]))


JOINERS = "\u200c\u200d"


def acts(char):
    """Whether a character may do something to a terminal, or hide, wherever it is."""
    return (
        unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")
        or unicodedata.bidirectional(char) in BIDI
        or char in "\u200b\u200e\u200f\u2060\ufeff\u061c\xad"
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


@given(st.lists(TEXTS, max_size=3))
@example(["a", "sk-" + "x" * 30])
@example(["\u0915", "\u094d\u200d", "\u0937"])
def test_texts_that_are_clean_together_are_clean_one_by_one(texts):
    assert not are_clean(texts) or all(for_terminal(text) == text for text in texts)
    assert are_clean(map(for_terminal, texts))


@every_row(
    "text",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\u0915\u094d\u200d\u0937",  # Hindi
        "\u09b0\u200d\u09cd\u09af",  # Bengali
        "\U0001f469\u200d\U0001f4bb",  # a woman at a computer
        "\U0001f468\U0001f3fd\u200d\U0001f680",  # an astronaut of a skin colour
        "\U0001f3f3\ufe0f\u200d\U0001f308",  # a flag in the colours of a rainbow
        "\U0001f642\u200d\u2194\ufe0f",  # a head that is shaken
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
    ],
)
def test_joiners_between_letters_or_emoji_are_shown_as_they_are(text):
    assert for_terminal(text) == text
    assert on_one_line(f"a {text} b") == f"a {text} b"


@every_row("joiner", JOINERS)
@every_row("text", ["a{}", "{}a", "a {}b", "1{}2", "a{}\x1bb", "-{}-", "a\u200b{}b"])
def test_joiners_that_join_nothing_are_shown_as_escapes(text, joiner):
    shown = for_terminal(text.format(joiner))
    assert joiner not in shown
    assert f"\\u{ord(joiner):04x}" in shown


@given(st.text("ab1 \u0645\u094d\U0001f469\u200b" + JOINERS))
def test_joiners_are_never_in_a_row_or_at_an_end(text):
    shown = for_terminal(text)
    assert not any(two in shown for two in (a + b for a in JOINERS for b in JOINERS))
    assert shown.strip(JOINERS) == shown


@given(TEXTS)
def test_doing_it_twice_changes_nothing(text):
    assert for_terminal(for_terminal(text)) == for_terminal(text)


@every_row(
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


@every_row(
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

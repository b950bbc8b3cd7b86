"""Two texts as one: what was removed and added is seen, nothing is lost, and it stays fast."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from effort import done_in_passes
from promptci.render.textdiff import MOST_WORDS, line_diff, unified, word_diff
from tables import every_row


def marked(base, head):
    marks = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in word_diff(base, head))


@every_row(
    ("base", "head", "shown"),
    [
        ("billing", "other", "[-billing-]{+other+}"),
        ("The queue is billing.", "The queue is other.", "The queue is [-billing-]{+other+}."),
        ('{"a":"b","c":1}', '{"a":"x","c":1}', '{"a":"[-b-]{+x+}","c":1}'),
        ("refund-2", "refund-3", "refund-[-2-]{+3+}"),
        ("a b c", "a c", "a [-b -]c"),
        ("a", "", "[-a-]"),
        ("", "a", "{+a+}"),
        ("", "", ""),
        ("one  two", "one two", "one two"),
        ("a wholly other text", "nothing like it", "[-a wholly other text-]{+nothing like it+}"),
    ],
)
def test_words_are_compared_not_white_space(base, head, shown):
    assert marked(base, head) == shown


def test_long_unchanged_stretches_are_cut():
    words = " ".join(f"w{i}" for i in range(200))
    shown = marked(f"{words} billing", f"{words} other")
    assert shown.startswith("… w188 ")
    assert shown.endswith("w199 [-billing-]{+other+}")
    assert len(shown) < 120


@given(st.text(max_size=200), st.text(max_size=200))
def test_the_added_and_the_same_make_up_the_head(base, head):
    pieces = word_diff(base, head)
    kept = "".join(piece.text for piece in pieces if piece.kind != "removed")
    if "…" not in kept:
        assert kept.split() == head.split()


@pytest.mark.slow
def test_the_worst_texts_are_not_dearer_than_a_few_passes():
    base, head = "a b " * 50_000, "b a " * 50_000
    done_in_passes(200, base, lambda: word_diff(base, head))
    assert MOST_WORDS < 1_000


def test_lines_are_marked_as_diff_has_it():
    assert line_diff("a\nb\nc", "a\nx\nc") == "  a\n- b\n+ x\n  c"
    assert line_diff("billing", "other") == "- billing\n+ other"


def test_a_unified_diff_of_equal_texts_is_empty():
    assert unified("a\nb", "a\nb", ("x", "y")) == []
    assert unified("a", "b", ("x", "y"))[:2] == ["--- x", "+++ y"]

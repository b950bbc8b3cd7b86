"""Regular expressions of JavaScript as ours."""

import re

import pytest

from promptci.importers.promptfoo.patterns import our_pattern
from tables import every_row


@every_row(
    ("written", "text", "matches"),
    [
        (r"^\d{3}$", "123", True),
        (r"^\d{3}$", "123\n", False),
        (r"^\d$", "٣", False),
        (r"(?<year>\d{4})", "in 2026", True),
        (r"[^]", "\n", True),
        (r"a{,2}", "a{,2}", True),
    ],
)
def test_it_matches_what_javascript_matches(written, text, matches):
    assert (re.search(our_pattern(written), text) is not None) == matches


def test_lines_have_ends_of_their_own_where_they_are_asked_for():
    assert re.search(our_pattern("^b$", multiline=True), "a\nb\nc", re.MULTILINE)
    assert not re.search(our_pattern("^b$"), "a\nb\nc", re.MULTILINE)


@every_row(
    ("written", "said"),
    [
        ("{{ wanted }}", "a template in its pattern"),
        ("(", "not carried"),
        ("{% if a %}", "template"),
    ],
)
def test_what_cannot_be_carried_is_told(written, said):
    with pytest.raises(ValueError, match=said):
        our_pattern(written)

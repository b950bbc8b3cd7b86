"""Patterns that are compiled late say what those say that are compiled at once."""

import re

import pytest

from promptci.latepattern import late
from tables import every_row


@every_row("flags", [0, re.IGNORECASE])
def test_a_late_pattern_is_like_any_other(flags):
    one, other = late("(?P<a>x)y", flags), re.compile("(?P<a>x)y", flags)
    for text in ("xy xy", "XY", "no", ""):
        assert [m.span("a") for m in one.finditer(text)] == [
            m.span() for m in re.finditer("x(?=y)", text, flags)
        ]
        assert one.sub("z", text) == other.sub("z", text)
        assert bool(one.search(text)) == bool(other.search(text))
        assert bool(one.fullmatch(text)) == bool(other.fullmatch(text))
    assert late(b"x", flags).split(b"axb") == re.split(b"x", b"axb", flags=flags) == [b"a", b"b"]
    assert (one.pattern, one.flags, one.groups) == (other.pattern, other.flags, other.groups)


def test_a_fault_in_it_shows_when_it_is_used():
    pattern = late("(")
    with pytest.raises(re.error):
        pattern.search("")

"""Vectors packed as text, read back, compared."""

import math
from array import array
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.models.vector import NotAVector, cosine, from_floats, pack, unpack
from tables import every_row

NUMBERS = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1)


@given(NUMBERS)
def test_what_was_packed_comes_back(numbers):
    assert unpack(pack(from_floats(numbers))) == array("f", numbers)


def test_the_packed_form_is_that_of_openai():
    assert pack(from_floats([1.0, -2.5])) == "AACAPwAAIMA="


@every_row(
    ("text", "why"),
    [
        ("", "it is empty"),
        ("not base64!", "it is no packed vector"),
        ("AACAPwAA", "it is no packed vector"),
        ("\ud800", "it is no packed vector"),
        (b64encode(array("f", [1.0, math.nan]).tobytes()).decode(), "numbers that are not finite"),
        (b64encode(array("f", [math.inf]).tobytes()).decode(), "numbers that are not finite"),
    ],
)
def test_what_is_no_vector_says_so(text, why):
    with pytest.raises(NotAVector, match=why):
        unpack(text)


@every_row(
    ("one", "other", "expected"),
    [
        ([1, 0], [1, 0], 1.0),
        ([1, 0], [0, 1], 0.0),
        ([1, 0], [-2, 0], -1.0),
        ([3, 4], [4, 3], 0.96),
        ([0, 0], [1, 1], 0.0),
        ([1e30, 1e30], [1e30, 1e30], 1.0),
    ],
)
def test_cosine(one, other, expected):
    found = cosine(array("f", one), array("f", other))
    assert found == pytest.approx(expected, abs=1e-12)


def test_vectors_of_different_sizes_are_not_compared():
    with pytest.raises(NotAVector, match="one has 1 numbers and the other 2"):
        cosine(array("f", [1]), array("f", [1, 2]))

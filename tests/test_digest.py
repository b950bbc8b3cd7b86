"""Equal content has an equal address, today and in every later version."""

import json
from collections import OrderedDict
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.digest import SHORT, canonical_json, digest, short_digest
from tables import every_row

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@every_row(
    ("value", "address"),
    [
        (None, "74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b"),
        ({}, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"),
        ("", "12ae32cb1ec02d01eda3581b127c1fee3b0dc53572ed6baf239721a03d82e126"),
        ("naïve 漢字 🙂", "ddfdcac1a3f35f605a2feabaffe86a628c523775e22425a00d6da59296656ef7"),
        (
            {"b": [1, 2.5, True, None], "a": {"d": "x", "c": "\u2028"}},
            "fb6a4b249960595c9d1f1cd8e08b8dc66294b56da4f44b847713f5a307082189",
        ),
        (0, "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"),
        (0.0, "8aed642bf5118b9d3c859bd4be35ecac75b6e873cce34e7b6f554b06f75550d7"),
    ],
)
def test_addresses_never_change(value, address):
    """They are in committed records and in caches."""
    assert digest(value) == address


def test_the_order_of_keys_does_not_matter_and_that_of_items_does():
    first = {"a": 1, "b": {"c": 2, "d": 3}}
    second = OrderedDict([("b", OrderedDict([("d", 3), ("c", 2)])), ("a", 1)])
    assert digest(first) == digest(second)
    assert digest([1, 2]) != digest([2, 1])
    assert digest((1, 2)) == digest([1, 2])


@every_row(
    ("one", "other"),
    [
        ("1", 1),
        (1, 1.0),
        (1, True),
        (0, False),
        (None, "null"),
        ("", None),
        ([], {}),
        ("é", "e\u0301"),
    ],
)
def test_what_json_tells_apart_has_different_addresses(one, other):
    assert digest(one) != digest(other)


@given(PLAIN)
def test_canonical_json_is_ascii_and_says_the_same(value):
    text = canonical_json(value)
    assert text.isascii()
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text


@given(PLAIN, PLAIN)
def test_different_texts_have_different_addresses(one, other):
    assert (digest(one) == digest(other)) == (canonical_json(one) == canonical_json(other))


def test_half_a_character_has_an_address_too():
    assert canonical_json("\ud800") == '"\\ud800"'
    assert digest("\ud800") != digest("\ufffd")


@every_row("value", [float("nan"), float("inf"), [-float("inf")]])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match="JSON"):
        digest(value)


@pytest.mark.parametrize(
    "value", [{1, 2}, b"x", object(), MappingProxyType({})], ids=["set", "bytes", "object", "proxy"]
)
def test_what_is_no_json_is_refused(value):
    with pytest.raises(TypeError):
        digest(value)


def test_a_short_digest_is_the_beginning():
    assert short_digest("x") == digest("x")[:SHORT]
    assert SHORT == 12

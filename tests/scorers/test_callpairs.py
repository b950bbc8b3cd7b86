"""Pairs of calls made and wanted: as many as can be, and as many as their order allows."""

from promptci.scorers.tools.callpairs import is_wanted, paired_calls
from promptci.scorers.tools.calls import Call
from tables import every_row


def calls(names):
    return [Call(name, {"n": 1}) for name in names]


@every_row(
    ("wanted", "made", "order", "pairs"),
    [
        ("ab", "ba", "any", {0: 1, 1: 0}),
        ("ab", "ba", "kept", {1: 0}),
        ("ab", "ba", "place", {}),
        ("abc", "axbxc", "kept", {0: 0, 1: 2, 2: 4}),
        ("abc", "axbxc", "place", {0: 0}),
        ("aab", "ab", "kept", {0: 0, 2: 1}),
        ("", "a", "kept", {}),
        ("a", "", "any", {}),
    ],
)
def test_as_many_are_paired_as_the_order_allows(wanted, made, order, pairs):
    assert paired_calls(calls(wanted), calls(made), order=order) == pairs


@every_row(
    ("wanted", "given", "fits"),
    [
        (None, {"x": 1}, True),
        ({}, {"x": 1}, True),
        ({"x": 1}, {"x": 1, "y": 2}, True),
        ({"x": 1}, {"x": 2}, False),
        ({"x": 1}, {}, False),
        ({"x": 1}, None, False),
    ],
)
def test_a_call_fits_whose_arguments_do(wanted, given, fits):
    assert is_wanted(Call("find", wanted), Call("find", given)) == fits
    assert not is_wanted(Call("find", wanted), Call("other", given))

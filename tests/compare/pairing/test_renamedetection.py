"""Renamed evals are known by their golden examples, whatever else became of them."""

import pytest

from promptci.compare.pairing.renamedetection import (
    Traits,
    match_origins,
    match_renames,
    may_be_another,
    same_examples,
)
from tables import every_row


def traits(*examples: str, kin: str = "") -> Traits:
    """Examples written as `id` or `id:digest`."""
    pairs = (each.partition(":") for each in examples)
    return Traits({id_: digest or f"of {id_}" for id_, _, digest in pairs}, frozenset(kin.split()))


CASES = {
    "nothing": ({}, {}, {}),
    "equal": ({"a": traits("x", "y")}, {"b": traits("x", "y")}, {"b": "a"}),
    "one edited": ({"a": traits("x", "y", "z")}, {"b": traits("x", "y", "z:new")}, {"b": "a"}),
    "all edited, ids kept": ({"a": traits("x", "y")}, {"b": traits("x:1", "y:2")}, {"b": "a"}),
    "all edited, ids are numbers": ({"a": traits("1", "2")}, {"b": traits("1:p", "2:q")}, {}),
    "other ids, same examples": (
        {"a": traits("x:1", "y:2")},
        {"b": traits("p:1", "q:2")},
        {"b": "a"},
    ),
    "grown": (
        {"a": traits("x", "y")},
        {"b": traits("x", "y", "p", "q", "r", "s", "t")},
        {"b": "a"},
    ),
    "shrunken": ({"a": traits("x", "y", "p", "q", "r")}, {"b": traits("x")}, {"b": "a"}),
    "too little left": ({"a": traits("x", "p", "q")}, {"b": traits("x", "r", "s")}, {}),
    "unlike": ({"a": traits("x")}, {"b": traits("y")}, {}),
    "empty": ({"a": traits()}, {"b": traits()}, {}),
    "copied twice, one name": (
        {"a": traits("x")},
        {"b": traits("x"), "c": traits("x")},
        {"b": "a"},
    ),
    "the more alike one": (
        {"a": traits("x", "y")},
        {"b": traits("x", "y:new"), "c": traits("x", "y")},
        {"c": "a"},
    ),
    "swapped": (
        {"a": traits("x"), "b": traits("y")},
        {"a": traits("y"), "b": traits("x")},
        {"a": "b", "b": "a"},
    ),
    "a folder, same examples in all": (
        {"old/a": traits("x"), "old/b": traits("x"), "old/c": traits("x")},
        {"new/c": traits("x"), "new/b": traits("x"), "new/a": traits("x")},
        {"new/a": "old/a", "new/b": "old/b", "new/c": "old/c"},
    ),
    "same examples, told apart by their prompts": (
        {"a": traits("x", kin="p"), "b": traits("x", kin="q")},
        {"c": traits("x", kin="q"), "d": traits("x", kin="edited")},
        {"c": "b", "d": "a"},
    ),
}


@every_row(("gone", "new", "found"), CASES.values())
def test_matching(gone, new, found):
    assert match_renames(gone, new) == found


def test_two_evals_with_numbered_examples_may_be_another():
    assert may_be_another(traits("1:a", "2:b"), traits("1:c", "2:d"))
    assert not may_be_another(traits("x:a"), traits("x:b"))


@pytest.mark.slow
def test_a_thousand_renamed_evals_are_matched_at_once():
    gone = {f"old/{i}": traits(*(f"{i} {n}" for n in range(50))) for i in range(1000)}
    new = {name.replace("old", "new"): each for name, each in gone.items()}
    found = match_renames(gone, new)
    assert found == {f"new/{i}": f"old/{i}" for i in range(1000)}


VIP = ("a", "b", "c", "d")
ORIGINS = {
    "split, name kept": ({"vip": VIP}, {"vip": VIP[:2], "rest": VIP[2:]}, {"rest": "vip"}),
    "split, most went away": (
        {"vip": VIP},
        {"vip": VIP[:1], "rest": VIP[1:]},
        {"rest": "vip"},
    ),
    "split in three": (
        {"vip": VIP},
        {"p": VIP[:2], "q": VIP[2:3], "r": VIP[3:]},
        {"p": "vip", "q": "vip", "r": "vip"},
    ),
    "split, with others added": (
        {"vip": VIP},
        {"vip": VIP[:2], "rest": (*VIP[2:], "x", "y", "z")},
        {"rest": "vip"},
    ),
    "split and renumbered": (
        {"vip": ("1:a", "2:b", "3:c", "4:d")},
        {"vip": ("1:a", "2:b"), "rest": ("1:c", "2:d")},
        {"rest": "vip"},
    ),
    "a copy is new": ({"vip": VIP}, {"vip": VIP, "copy": VIP}, {}),
    "a copy of a part is new": ({"vip": VIP}, {"vip": VIP, "copy": VIP[:2]}, {}),
    "a copy beside a rename": ({"vip": VIP}, {"gold": VIP, "gold2": VIP}, {"gold": "vip"}),
    "swapped": ({"p": VIP[:2], "q": VIP[2:]}, {"q": VIP[:2], "p": VIP[2:]}, {"p": "q", "q": "p"}),
    "a new one": ({"vip": VIP}, {"vip": VIP, "x": ("x",)}, {}),
    "a new one under an old name": (
        {"vip": VIP},
        {"gold": VIP, "vip": ("x", "y")},
        {"gold": "vip"},
    ),
}


@every_row(("base", "head", "found"), ORIGINS.values())
def test_origins(base, head, found):
    base, head = ({n: traits(*each) for n, each in side.items()} for side in (base, head))
    origins = match_origins(base, head)
    assert {n: was for n, was in origins.items() if n != was} == found


@every_row(
    ("before", "after", "found"),
    [
        ({"a": "1"}, {"b": "1"}, {"b": "a"}),
        ({"a": "1"}, {"b": "2"}, {}),
        ({"a": "1"}, {"a": "1", "b": "1"}, {}),
        ({"a": "1", "b": "1"}, {"c": "1", "d": "1"}, {"c": "a", "d": "b"}),
        ({"a": "1", "b": "2"}, {"b": "1", "c": "2"}, {"b": "a", "c": "b"}),
        ({"a": "1"}, {"a": "2", "b": "1"}, {"b": "a"}),
        ({"a": "1", "b": "2"}, {"a": "2", "b": "1"}, {"a": "b", "b": "a"}),
    ],
)
def test_an_example_with_another_id_alone_is_the_same(before, after, found):
    assert same_examples(before, after) == found

"""Renamed evals are known by their golden examples, whatever else became of them."""

import pytest

from promptci.compare.renaming import Traits, match_renames, may_be_another


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


@pytest.mark.parametrize(("gone", "new", "found"), CASES.values(), ids=list(CASES))
def test_matching(gone, new, found):
    assert match_renames(gone, new) == found


def test_two_evals_with_numbered_examples_may_be_another():
    assert may_be_another(traits("1:a", "2:b"), traits("1:c", "2:d"))
    assert not may_be_another(traits("x:a"), traits("x:b"))


def test_a_thousand_renamed_evals_are_matched_at_once():
    gone = {f"old/{i}": traits(*(f"{i} {n}" for n in range(50))) for i in range(1000)}
    new = {name.replace("old", "new"): each for name, each in gone.items()}
    found = match_renames(gone, new)
    assert found == {f"new/{i}": f"old/{i}" for i in range(1000)}

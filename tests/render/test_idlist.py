"""Ids in a sentence are few, and each is on one line."""

from promptci.render.idlist import MOST_IDS, named, split_lines


def test_the_first_are_named_and_the_others_counted():
    ids = [f"t-{i}" for i in range(MOST_IDS + 1_234)]
    assert named(ids[:MOST_IDS]) == ", ".join(ids[:MOST_IDS])
    assert named(ids) == f"{', '.join(ids[:MOST_IDS])} and 1,234 more"
    assert named(ids[:3], most=2) == "t-0, t-1 and 1 more"
    assert named([]) == ""


def test_an_id_that_is_long_or_has_lines_stays_short():
    shown = named(["a\nb", "x" * 500])
    assert "\n" not in shown
    assert len(shown) < 70


def test_an_eval_that_was_split_is_a_line():
    split = {"router": ["billing", "shipping"], "greet": ["hello"]}
    assert split_lines(split) == ["greet → hello", "router → billing, shipping"]

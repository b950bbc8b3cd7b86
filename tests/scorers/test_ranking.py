"""Rankings against what is relevant: figures of ir-measures 0.4.3 with trec_eval behind it."""

import json

import pytest

from tables import every_row

RANKING = ["d6", "x3", "d7", "d12", "d8", "d5", "d9", "d13", "x2", "d4", "x0", "d0", "d3"]
GRADES = {
    "d0": 2, "d1": 0, "d2": 2, "d3": 0, "d4": 1, "d5": 3, "d6": 3, "d7": 3, "d8": 2, "d9": 0,
    "d10": 0, "d11": 3, "d12": 0, "d13": 0,
}  # fmt: skip
SECOND = ["d6", "d3", "d1", "x0", "d0", "x4"]
OTHERS = {"d0": 3, "d1": 0, "d2": 1, "d3": 0, "d4": 2, "d5": 2, "d6": 2}


@every_row(
    ("scorer", "options", "ranking", "grades", "value"),
    [
        ("recall_at", {"k": 3}, RANKING, GRADES, 0.25),
        ("precision_at", {"k": 3}, RANKING, GRADES, 2 / 3),
        ("ndcg_at", {"k": 3}, RANKING, GRADES, 0.7039180890341348),
        ("map", {}, RANKING, GRADES, 0.49166666666666664),
        ("mrr", {}, RANKING, GRADES, 1),
        ("recall_at", {"k": 10}, SECOND, OTHERS, 0.4),
        ("precision_at", {"k": 10}, SECOND, OTHERS, 0.2),
        ("ndcg_at", {"k": 10}, SECOND, OTHERS, 0.4854879655870235),
        ("map", {}, SECOND, OTHERS, 0.28),
        ("mrr", {}, ["x", "y", "d4"], OTHERS, 1 / 3),
        ("mrr", {}, [], OTHERS, 0),
        ("recall_at", {"k": 2}, ["a", "a", "b"], ["a", "b"], 1),
        ("ndcg_at", {"k": 10}, ["a"] * 5, ["a", "b"], 0.6131471927654584),
        ("map", {}, ["a"] * 5, ["a", "b"], 0.5),
        ("map", {}, ["a"], ["a", "b", "c", "d"], 0.25),
        ("map", {}, ["a", "x", "b"], ["a", "b", "c", "d"], (1 + 2 / 3) / 4),
        ("ndcg_at", {"k": 10}, ["b", "a"], ["a", "b"], 1),
    ],
)
def test_figures_are_those_of_the_field(score, scorer, options, ranking, grades, value):
    found = score({scorer: options}, json.dumps(ranking), grades)
    assert found.value == pytest.approx(value, abs=1e-9)


@every_row(
    ("output", "value"),
    [
        ("[a.md]\nRefunds.\n\nWithin 30 days.\n\n[b.md]\nPost.\n - [c.md]\n\n[c.md]", 0.5),
        ("[b.md]\n\n\n[c.md]\n{}\n\n[c.md] is\n [c.md]\n\n[x]\n[7]\n\n[c.md]", 1),
        ("[9]\nNine.\n\n[c.md]\nText.", 0.5),
        ('["b.md"]\n\n[a.md]\nis good, too', 0.5),
        ("[]", 0),
    ],
)
def test_texts_below_their_ids_are_a_ranking(score, output, value):
    assert score({"recall_at": 2}, output, ["b.md", "c.md"]).value == value


@every_row(
    ("output", "expected"),
    [('["b", "a"]', ["a"]), ("1. b\n2. a", ["a"]), ("b, a", "a")],
)
def test_a_list_is_read_in_order_however_it_is_written(score, output, expected):
    found = score("mrr", output, expected)
    assert (found.value, found.why) == (0.5, "found: a at 2")


@every_row("expected", [[], {"a": 0}, {"a": "high"}, None, 3])
def test_a_golden_value_without_anything_relevant_is_a_fault(unusable, expected):
    assert unusable("mrr", expected)

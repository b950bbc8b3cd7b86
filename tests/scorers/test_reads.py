"""Which answer a scorer reads out of a text, as `noise` compares it with that of other runs."""

import json

from projects import planned, router
from promptci.scorers.registry.registry import Subject
from tables import every_row

TEXTS = {
    "equals": ("billing", "billing", "shipping"),
    "choice": ("The answer is (B).", "B", "A"),
    "yes_no": ("Yes, of course.", "yes.", "No."),
    "numeric": ("It is 42.", "The answer is 42.0", "43"),
    "date": ("On 2024-03-03.", "3 March 2024", "2024-03-04"),
    "short_answer": ("The answer is Paris.", "Paris", "Rome"),
    "classification: {labels: [spam, ham]}": ("It is spam.", "spam", "ham"),
    "json_equal": ('{"a": 1, "b": [2]}', '{"b": [2],  "a": 1}', '{"a": 2}'),
    "json_fields": ('{"a": 1}', '{ "a": 1 }', '{"a": 2}'),
    "is_json": ("[1, 2]", "[1,2]", "[1]"),
    "contains_json": ('So {"a": 1}.', '{"a": 1} it is', '{"a": 2}'),
    "all_of: [yes_no, {contains: e}]": ("Yes, of course.", "yes.", "No."),
    "any_of: [numeric, {contains: zebra}]": ("It is 42.", "The answer is 42.0", "43"),
    "equals: {extract: {after: 'A:'}}": ("so A:x", "then A:x", "A:y"),
    "contains: {extract: {after: 'A:'}}": ("so A:x", "then A:x", "A:y"),
}
"""Two texts with one answer, and one with another."""


def read(scorer, text):
    """What is read, by an eval whose one example expects nothing that fits."""
    values = {
        "json_equal": {"a": 3},
        "json_fields": {"a": 3},
        "math_equal": "1/2",
        "all_of": True,
        "any_of": 1,
        "choice": "C",
        "yes_no": True,
        "numeric": 1,
        "date": "2020-01-01",
    }
    kind = scorer.partition(":")[0]
    expected = values.get(kind, "spam" if kind == "classification" else "x")
    eval_text = f"examples: router.jsonl\nscorers:\n  - {scorer}\n"
    row = json.dumps({"id": "a", "vars": {"ticket": "Hi"}, "expected": expected}) + "\n"
    files = router("http://127.0.0.1:9/v1") | {
        "evals/router.yaml": eval_text,
        "evals/router.jsonl": row,
    }
    [task] = planned(files).tasks
    [example] = task.examples()
    [bound] = task.judges.shared
    return bound.judge(Subject(text, example.expected, True, example.scope)).read


def test_mathematics_that_is_right_is_one_answer():
    assert read("math_equal", "$1/2$") == read("math_equal", "The answer is $1/2$.") != ""


@every_row("scorer", TEXTS)
def test_the_same_answer_is_read_however_it_is_put(scorer):
    first, again, other = TEXTS[scorer]
    assert read(scorer, first) == read(scorer, again) != ""
    assert read(scorer, other) != read(scorer, first)


@every_row(
    ("scorer", "text"),
    [("contains", "so x"), ("choice", "none of them"), ("numeric", "none"), ("yes_no", "maybe")],
)
def test_what_reads_nothing_says_so(scorer, text):
    assert read(scorer, text) == ""

"""The class that an answer names, and what the eval learns of it."""

import pytest

from effort import done_in_passes
from promptci.records.record import Classed, Score
from tables import every_row

LABELS = ["billing", "returns", "not_spam", "spam", "bank transfer"]
BILLING = [
    "billing",
    "Billing.",
    "**billing**",
    '"billing"',
    "BILLING\n",
    "Label: billing",
    "Category: Billing",
    "The category is billing.",
    "The correct label is **billing**.",
    "Answer: billing",
    "\\boxed{billing}",
    '{"label": "billing"}',
    '```json\n{"queue": "billing", "why": "not returns, spam"}\n```',
    "This ticket belongs to billing.",
    "It could be returns or spam.\n\nLabel: billing",
    "It is about returns and spam, but no.\n\nbilling",
    "billing\n\nIt is not about returns or a bank transfer.",
    "Label: returns. Wait, label: billing",
    "invoices",
    "x " * 500_000 + "\nlabel: billing",
]
CASES = [
    # output, expected, class, passed
    ("returns", "billing", "returns", False),
    ("not spam", "not_spam", "not_spam", True),
    ("Not-Spam", "not_spam", "not_spam", True),
    ("It is not spam", "not_spam", "not_spam", True),
    ("It is not spam", "spam", "not_spam", False),
    ("spam", "spam", "spam", True),
    ("It isn't billing but returns", "returns", "returns", True),
    ("bank   transfer", "bank transfer", "bank transfer", True),
    ("Bank_Transfer", "bank-transfer", "bank transfer", True),
    ("returns", ["billing", "returns"], "returns", True),
    ("spam", ["billing", "returns"], "spam", False),
    ("", "billing", None, False),
    ("other", "billing", None, False),
    ("rebilling", "billing", None, False),
    ("Billingham", "billing", None, False),
    ("Not billing at all", "billing", None, False),
    ("billing or returns", "billing", None, False),
    ("I'd label this returns, since nothing in it is spam.", "returns", "returns", True),
    ("On the one hand, none. On the other hand, billing.", "billing", "billing", True),
    ("\ud800", "billing", None, False),
]


def classify(**options):
    labels = {"billing": ["invoices"]} | {label: [] for label in LABELS[1:]}
    return {"classification": {"labels": labels, **options}}


@pytest.mark.slow
@every_row("output", BILLING)
def test_one_class_in_many_disguises(score, output):
    assert score(classify(), output, "billing") == Score(
        1.0, True, classed=Classed("billing", "billing")
    )
    assert not score(classify(), output, "returns").passed
    assert not score(classify(**{"not": True}), output, "billing").passed


@every_row(("output", "expected", "got", "passed"), CASES)
def test_cases(score, output, expected, got, passed):
    found = score(classify(), output, expected)
    assert (found.value, found.passed) == (float(passed), passed)
    assert found.classed is not None
    assert found.classed.got == got
    turned = score(classify(**{"not": True}), output, expected)
    assert turned.passed is (got is not None and not passed)
    assert turned.classed == found.classed


def test_reasons(score):
    assert score(classify(), "spam", "billing").why == 'says "spam", expected "billing"'
    assert score(classify(), "hm", "billing").why == 'no label in "hm"'
    assert score(classify(), "spam, billing", "spam").why == (
        'names several labels: "spam", "billing"'
    )


def test_an_answer_without_the_part_to_judge_is_a_miss_of_its_class(score):
    scorer = classify(extract={"json": "label"})
    assert score(scorer, "no JSON", "spam").classed == Classed("spam", None)
    assert score(scorer, '{"label": "spam"}', "spam").passed


def test_an_expectation_that_is_no_label_is_of_no_class(unusable, faults):
    assert unusable(classify(), "ham") == (
        '"ham" is none of the labels "billing", "returns", "not_spam" and 2 more'
    )
    assert faults(classify(value="ham"))


@every_row("labels", [["a", "A"], ["not spam", "not_spam"], [""], {"a": ["x"], "b": ["X"]}, ["*"]])
def test_labels_that_cannot_be_told_apart_are_a_fault(faults, labels):
    [fault, *_] = faults({"classification": {"labels": labels}})
    assert "is no label of its own" in fault


def test_a_bare_list_is_the_labels_and_numbers_are_labels_too(score, bound):
    assert score({"classification": [1, 2]}, "Label: 2", 2).passed
    assert bound({"classification": ["a", "b"]}).classes == ("a", "b")


@pytest.mark.slow
@every_row("piece", ["spam ", "not ", "label: ", "a:", "(", "spam\n", "_"])
def test_no_answer_takes_long(score, piece):
    output = piece * (100_000 // len(piece))
    done_in_passes(250, output, lambda: score(classify(), output, "spam"))

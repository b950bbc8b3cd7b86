"""Each verdict in words that a person understands, singular and plural right."""

import re
from itertools import product

import pytest
from msgspec.structs import replace

from promptci.compare.comparison import Comparison
from promptci.compare.pairing.pairs import beside_base
from promptci.render.figures import interval, p_value
from promptci.render.sentences import verdict_sentence
from promptci.stats.mcnemar import exact_mcnemar
from promptci.stats.uncertainty import Interval
from render import values
from render.values import compared, family, files, outcome, pair, pairs
from tables import every_row


def wrong(count, *, start=0):
    """The first examples, answered wrongly."""
    return {f"t-{i:02}": "other" for i in range(start, start + count)}


def of(count, gate=""):
    return pair(files(count, **{"evals/router.yaml": values.EVAL + gate}))


@every_row(
    ("base", "head", "facts"),
    [
        ({}, wrong(1), "Lost 1 of 20, confirmed."),
        ({}, wrong(2), "Lost 2 of 20, both confirmed."),
        ({}, wrong(3), "Lost 3 of 20, all confirmed."),
        (wrong(1), {}, "Won 1 of 20, confirmed."),
        (wrong(1), wrong(2, start=5), "Lost 2 and won 1 of 20, all confirmed."),
        ({}, {}, "All 20 answers are the same word for word."),
        ({"t-00": "no"}, {"t-00": "nope"}, "Nothing lost or won of 20."),
    ],
)
def test_what_happened_comes_first(base, head, facts):
    assert verdict_sentence(compared(base, head)).startswith(facts)


@every_row(
    ("head", "flaky", "facts"),
    [
        (wrong(2), ["t-00"], "Lost 1 of 20, confirmed; 1 more is flaky."),
        (wrong(5), ["t-00", "t-01"], "Lost 3 of 20, all confirmed; 2 more are flaky."),
        (
            wrong(1),
            ["t-00"],
            "Nothing lost or won of 20 for sure: 1 flipped but came back when asked again.",
        ),
    ],
)
def test_flaky_examples_are_not_called_lost(head, flaky, facts):
    assert verdict_sentence(compared({}, head, flaky=flaky)).startswith(facts)


def test_it_says_that_nothing_was_asked_again():
    said = verdict_sentence(compared({}, wrong(2), asked=False))
    assert said.startswith("Lost 2 of 20 (not asked again).")


@every_row(("count", "are"), [(1, "is was"), (4, "are were")])
def test_examples_that_the_base_does_not_have_are_told_beside_the_count(count, are):
    head = files(20)
    rows = head["evals/router.jsonl"].splitlines(keepends=True)
    base = head | {"evals/router.jsonl": "".join(rows[count:])}
    one = pair(head, base)
    one = beside_base(one, values.suite(base), ["router"])
    said = verdict_sentence(compared({}, wrong(2), of=one))
    is_, was = are.split()
    put = f"new or edited here, and {was} put to the base, too"
    assert said.startswith(f"Lost 2 of 20 ({count} {is_} {put})")


def test_an_example_with_another_id_alone_is_the_bases():
    head = files(3)
    base = head | {"evals/router.jsonl": head["evals/router.jsonl"].replace("t-01", "u-01")}
    one = pair(head, base)
    assert beside_base(one, values.suite(base), ["router"]).unshared == 0
    assert beside_base(one, values.suite(base), ["no such eval"]) == one


def test_accepted_losses_are_counted_apart():
    one = replace(pair(), accepted=frozenset({"t-00"}))
    said = verdict_sentence(compared({}, wrong(2), of=one))
    assert said.startswith("Lost 2 (1 accepted) of 20, both confirmed.")


@every_row(
    ("base", "head", "count", "claim"),
    [
        ({}, wrong(12), 40, "Worse by 30 points (95%: 18 to 45), which is more than chance"),
        (wrong(12), {}, 40, "Better by 30 points (95%: 18 to 45), which is more than chance"),
        ({}, {}, 300, "No worse: a fall of 2 points or more is ruled out."),
        (
            wrong(1),
            wrong(3, start=5),
            40,
            "Too few examples to say more than that: a drop under 24 points may go unseen by exact "
            "McNemar; about 2,000 would settle 2 points.",
        ),
        (
            wrong(15),
            wrong(15, start=20),
            60,
            "Too few examples to say more than that: a drop under 34 points may go unseen by exact "
            "McNemar; about 9,900 would settle 2 points.",
        ),
    ],
)
def test_what_it_means_beyond_these_examples_comes_second(base, head, count, claim):
    found = compared(base, head, of=of(count))
    assert claim in verdict_sentence(found)


def test_a_tolerance_of_its_own_is_named():
    said = verdict_sentence(compared({}, {}, of=of(100, "gate: {tolerance: 0.05}\n")))
    assert said.endswith("No worse: a fall of 5 points or more is ruled out.")


def test_without_a_tolerance_no_number_of_examples_settles_it():
    said = verdict_sentence(compared({}, wrong(1), of=of(20, "gate: {tolerance: 0}\n")))
    assert said.endswith("a drop under 37 points may go unseen by exact McNemar.")


def test_one_point_is_a_point():
    said = verdict_sentence(compared({}, {}, of=of(20, "gate: {tolerance: 0.01}\n")))
    assert said.endswith("would settle 1 point.")


def test_examples_that_were_not_compared_are_told():
    before, after = files(20), files(21)
    after["evals/router.jsonl"] = after["evals/router.jsonl"].replace("number 3", "No. 3")
    [one] = pairs(before, after)
    old = values.pair(before)
    found = compared({}, {"t-07": None}, of=replace(one, base=old.base))
    said = verdict_sentence(found)
    assert said == "No verdict: the head has no answer to 1 of 21 examples."
    lenient = replace(found.head.task.spec, gate=replace(found.pair.gate, max_errors=1))
    task = replace(found.head.task, spec=lenient)
    lenient_found = replace(found, head=replace(found.head, task=task))
    assert verdict_sentence(lenient_found).endswith(
        "Not compared: 1 changed, 1 new, 1 without an answer."
    )


def test_what_cannot_be_compared_says_why():
    found = compared()
    obstacle = replace(found.judgement, verdict="not comparable", obstacle="the scorers changed")
    said = verdict_sentence(replace(found, judgement=obstacle))
    assert said == "Not comparable: the scorers changed."


def test_graded_scores_say_how_the_mean_moved():
    scorers = "examples: router.jsonl\nscorers: [contains_all: {value: [a, b]}]\n"
    one = pair(files(20, **{"evals/router.yaml": scorers}))
    half = {f"t-{i:02}": "a" for i in range(3)}
    none = {f"t-{i:02}": "x" for i in range(3)}
    said = verdict_sentence(compared(half, none, of=one, default="a b"))
    assert said.startswith("Nothing lost or won of 20; the mean score fell by 7.5 points.")
    said = verdict_sentence(compared(none, half, of=one, default="a b"))
    assert said.startswith("Nothing lost or won of 20; the mean score rose by 7.5 points.")


def test_enough_examples_that_stay_between_leave_it_open():
    found = compared(wrong(2), wrong(4, start=5), of=of(40))
    known = replace(found.judgement, needed=40)
    said = verdict_sentence(replace(found, judgement=known))
    assert "Open whether it fell by more than 2 points: the change lies between -" in said


def test_a_small_but_certain_fall_is_no_worse():
    found = compared({}, wrong(1), of=of(40))
    small = replace(found.judgement, verdict="no worse", adjusted_p=0.01)
    said = verdict_sentence(replace(found, judgement=small))
    assert said.endswith("A fall of 2.5 points, but surely within the tolerance of 2 points.")


@every_row(
    ("value", "shown"),
    [(0.0, "< 1e-300"), (1e-301, "< 1e-300"), (3.2e-5, "3.2e-05"), (0.625, "0.625"), (1.0, "1")],
)
def test_a_p_value_too_small_for_a_double_is_said_so(value, shown):
    assert p_value(value) == shown


def test_a_clean_sweep_of_a_large_set_underflows_and_is_shown_so():
    assert p_value(exact_mcnemar(1118, 0).p) == "< 1e-300"


def test_equal_families_give_equal_sentences():
    def once():
        found = family((pair(), {}, wrong(2)), (pair(), wrong(1), {}))
        return [verdict_sentence(each) for each in found]

    assert once() == once()


def test_an_outcome_made_by_hand_is_a_real_one():
    found = outcome(pair().head, wrong(5))
    assert (found.record.passed, found.record.total) == (15, 20)
    assert isinstance(compared().confirmed.comparison, Comparison)


@pytest.mark.slow
@every_row("lost, won, count", product([1, 2, 3, 5, 8, 12], [0, 2, 5], [30, 100]))
def test_no_sentence_calls_unseen_what_it_just_told(lost, won, count):
    """A drop that was seen is never beside a larger one that "may go unseen" in smaller figures."""
    found = compared(wrong(won, start=20), wrong(lost), of=of(count))
    said = verdict_sentence(found)
    hidden = re.search(r"a drop under ([0-9.]+) points may go unseen", said)
    if hidden is not None:
        assert 100 * (lost - won) / count < float(hidden[1])


@every_row(
    ("low", "high", "said"),
    [
        (0.984, 1.0, "98-100%"),
        (0.99842, 0.9996, "99.8-100.0%"),
        (0.0001, 0.0024, "0.0-0.2%"),
        (0.9996, 1.0, "100-100%"),
        (0.5, 0.5, "50-50%"),
    ],
)
def test_an_interval_holds_what_it_is_of(low, high, said):
    assert interval(Interval(low, high)) == said


def test_clusters_are_the_bases_of_what_it_has():
    head = files(3)
    rows = head["evals/router.jsonl"]
    base = head | {"evals/router.jsonl": rows.replace('"t-01"', '"t-01", "cluster": "a"')}
    assert beside_base(pair(head), values.suite(base), ["router"]).clusters == {"t-01": "a"}
    taken = beside_base(pair(base), values.suite(head), ["router"])
    assert (taken.head.clusters, taken.clusters) == ({"t-01": "a"}, {})

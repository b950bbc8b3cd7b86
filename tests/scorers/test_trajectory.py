"""`trajectory` and `state_equals`: labels worked out by hand."""

import json
from itertools import combinations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as some

from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.registry import Subject
from promptci.scorers.tools.callpairs import paired_calls
from promptci.scorers.tools.calls import Call
from promptci.specs.completion import Completion
from tables import every_row

WANTED = "calls: [{find: {id: any}}, {refund: {order: [W1, '#W1']}}]"


def made(*calls):
    """An answer that made these calls, each a name with its arguments."""
    written = [{"name": name, "arguments": arguments} for name, arguments in calls]
    return Completion("done", tool_calls=json.dumps(written) if written else "")


@pytest.fixture
def judged(bound):
    """The score of an answer by a scorer that is written as YAML."""

    def judge(scorer, completion, **more):
        subject = Subject(completion.text, completion=completion, **more)
        return bound(yaml.safe_load(scorer)).judge(subject)

    return judge


FIND, REFUND, LOOK = ("find", {"id": 7}), ("refund", {"order": "#W1"}), ("look", {})


@every_row(
    ("calls", "exact", "in_order", "any_order"),
    [
        ([FIND, REFUND], 1, 1, 1),
        ([REFUND, FIND], 0, 0, 1),
        ([FIND, LOOK, REFUND], 0, 1, 1),
        ([LOOK, FIND, FIND, REFUND, LOOK], 0, 1, 1),
        ([REFUND, FIND, REFUND], 0, 1, 1),
        ([FIND], 0, 0, 0),
        ([], 0, 0, 0),
        ([FIND, ("refund", {"order": "W2"})], 0, 0, 0),
        ([("find", {}), REFUND], 0, 0, 0),
        ([FIND, ("refund", {"order": "W1", "note": "late"})], 1, 1, 1),
    ],
)
def test_the_order_counts_as_far_as_is_said(judged, calls, exact, in_order, any_order):
    for match, value in (("exact", exact), ("in_order", in_order), ("any_order", any_order)):
        score = judged(f"trajectory: {{match: {match}, {WANTED}}}", made(*calls))
        assert (score.value, score.passed) == (value, bool(value)), match


@every_row(
    ("match", "calls", "why"),
    [
        (
            "exact",
            [FIND, LOOK, REFUND],
            'call 2 of those wanted, refund({"order": ["W1", "#W1"]}), is not in',
        ),
        (
            "exact",
            [FIND, LOOK],
            'call 2 of those wanted, refund({"order": ["W1", "#W1"]}), is missing',
        ),
        ("exact", [FIND, REFUND, LOOK], "not wanted: look"),
        (
            "in_order",
            [REFUND, FIND],
            'call 1 of those wanted, find({"id": "any"}), is out of order',
        ),
        ("in_order", [REFUND], 'call 1 of those wanted, find({"id": "any"}), is missing'),
        ("any_order", [REFUND, REFUND], 'call 1 of those wanted, find({"id": "any"}), is missing'),
    ],
)
def test_a_call_made_elsewhere_is_not_called_missing(judged, match, calls, why):
    score = judged(f"trajectory: {{match: {match}, {WANTED}}}", made(*calls))
    assert why in score.why


@every_row(("match", "place"), [("exact", 3), ("in_order", 3)])
def test_of_calls_wanted_alike_the_one_that_is_missing_is_named(judged, match, place):
    scorer = f"trajectory: {{match: {match}, calls: [look, refund, look]}}"
    assert (
        f"call {place} of those wanted, look(), is missing"
        in judged(scorer, made(LOOK, REFUND)).why
    )


@pytest.mark.parametrize("calls", [[0, 1], [1, 0]])
@pytest.mark.parametrize("wanted", [[0, 1], [1, 0]])
def test_a_wide_pattern_leaves_a_call_to_the_narrow_one(judged, calls, wanted):
    made_calls = [("search", {"q": "tax"}), ("search", {"q": "tax", "lang": "de"})]
    patterns = ["search: {q: tax}", "search: {q: tax, lang: de}"]
    listed = ", ".join(f"{{{patterns[place]}}}" for place in wanted)
    scorer = f"trajectory: {{match: any_order, calls: [{listed}]}}"
    assert judged(scorer, made(*(made_calls[place] for place in calls))).passed


@pytest.mark.parametrize(
    ("calls", "precision", "recall", "f1"),
    [
        ([FIND, REFUND], 1, 1, 1),
        ([FIND, LOOK, LOOK, LOOK], 1 / 4, 1 / 2, 2 / 6),
        ([FIND, FIND, REFUND], 2 / 3, 1, 4 / 5),
        ([REFUND, FIND], 1 / 2, 1 / 2, 2 / 4),
        ([], 0, 0, 0),
    ],
)
def test_precision_and_recall_of_calls(judged, calls, precision, recall, f1):
    for measure, value in (("precision", precision), ("recall", recall), ("f1", f1)):
        score = judged(f"trajectory: {{measure: {measure}, {WANTED}}}", made(*calls))
        assert score.value == pytest.approx(value), measure


@every_row(
    ("wanted", "calls"),
    [
        ("look, refund, look", [LOOK, REFUND, LOOK]),
        ("look, look", [LOOK, LOOK]),
        ("find, look", [LOOK, FIND, LOOK]),
    ],
)
def test_a_tool_may_be_called_twice_and_first_elsewhere(judged, wanted, calls):
    assert judged(f"trajectory: {{match: in_order, calls: [{wanted}]}}", made(*calls)).passed


@every_row("calls", [[FIND, LOOK], [LOOK, REFUND], [FIND, REFUND]])
def test_a_missing_call_costs_the_same_wherever_it_is_missing(judged, calls):
    scorer = "trajectory: {measure: recall, calls: [find, look, refund]}"
    assert judged(scorer, made(*calls)).value == pytest.approx(2 / 3)


def test_what_must_never_be_called_fails_whatever_else_is_right(judged):
    score = judged(f"trajectory: {{{WANTED}, never: [look]}}", made(FIND, REFUND, LOOK))
    assert (score.passed, score.why) == (False, "look() was called, which must never be")
    score = judged(f"trajectory: {{{WANTED}, at_most: 2}}", made(FIND, REFUND, LOOK))
    assert score.why == "3 calls, at most 2 allowed"
    assert judged("trajectory: {never: [look]}", made(FIND)).passed
    assert judged("trajectory: {at_most: 0}", made()).passed


@every_row(
    ("scorer", "more"),
    [
        ("trajectory: {calls: [], match: exact}", {}),
        ("trajectory: {match: exact}", {"expected": [], "has_expected": True}),
        ("trajectory: {match: any_order, measure: f1}", {"expected": [], "has_expected": True}),
        ("trajectory: {at_most: 0}", {}),
    ],
)
def test_where_no_call_is_wanted_any_call_fails(judged, scorer, more):
    assert judged(scorer, made(), **more).passed
    assert not judged(scorer, made(LOOK), **more).passed


def test_the_calls_wanted_may_be_what_the_example_expects(judged):
    named = [{"name": "find", "arguments": {"id": 7}}]
    for expected in ([{"find": {"id": "any"}}], ["find"], named):
        found = judged("trajectory", made(FIND), expected=expected, has_expected=True)
        assert found.passed, expected


@every_row(
    ("options", "expected", "passes"),
    [
        ("never: [look]", [{"refund": {"order": "any"}}], False),
        ("never: [look]", {"calls": ["refund"], "state": {}}, False),
        ("at_most: 3", {"calls": [{"find": {"id": 7}}], "state": {}}, True),
        ("match: exact, never: [look]", ["refund"], False),
        ("measure: recall, at_most: 3", ["find"], True),
        ("never: [look]", "Oslo", True),
        ("never: [look]", ["Oslo"], True),
        ("never: [look]", [{"name": "Ada", "age": 7}], True),
    ],
)
def test_limits_do_not_hide_the_calls_that_an_example_expects(judged, options, expected, passes):
    """What is expected and is no list of calls is for other scorers."""
    found = judged(f"trajectory: {{{options}}}", made(FIND), expected=expected, has_expected=True)
    assert found.passed == passes


NAMES = some.lists(some.sampled_from("abc"), max_size=6)


@given(NAMES, NAMES)
def test_as_many_pairs_are_found_as_the_order_allows(wanted, calls):
    goals, called = ([Call(name, {}) for name in names] for names in (wanted, calls))
    pairs = paired_calls(goals, called, order="kept")
    assert list(pairs) == sorted(pairs)
    assert list(pairs.values()) == sorted(set(pairs.values()))
    assert all(wanted[goal] == calls[call] for goal, call in pairs.items())
    most = max(
        size
        for size in range(len(wanted) + 1)
        for chosen in combinations(wanted, size)
        if chosen in set(combinations(calls, size))
    )
    assert len(pairs) == most


@every_row("wrong", ["calls: [{a: {}, b: {}}]", "calls: [{a: 3}]", "calls: ['']"])
def test_what_is_no_call_is_told(faults, wrong):
    [fault] = faults(yaml.safe_load(f"trajectory: {{{wrong}}}"))
    assert "is no call: write a tool's name" in fault


def test_the_state_that_tools_left_is_compared(judged):
    left = Completion("done", state='{"orders": {"W1": {"status": "open"}}, "seen": true}')
    wanted = "value: {orders: {W1: {status: open}}}"
    assert judged(f"state_equals: {{{wanted}, extra: true}}", left).passed
    assert not judged(f"state_equals: {{{wanted}}}", left).passed
    score = judged("state_equals: {value: {orders: {W1: {status: refunded}}}, extra: true}", left)
    assert "orders.W1.status" in score.why
    with pytest.raises(NoVerdict, match="no state is known"):
        judged(f"state_equals: {{{wanted}}}", Completion("done"))


def test_calls_and_state_may_be_side_by_side_in_what_is_expected(judged):
    expected = {"calls": [{"find": {"id": 7}}], "state": {"seen": True}}
    call = Completion("done", tool_calls=made(FIND).tool_calls, state='{"seen": true}')
    for scorer in ("trajectory", "state_equals"):
        assert judged(scorer, call, expected=expected, has_expected=True).passed
    other = {"calls": ["look"], "state": {"seen": False}}
    for scorer in ("trajectory", "state_equals"):
        assert not judged(scorer, call, expected=other, has_expected=True).passed

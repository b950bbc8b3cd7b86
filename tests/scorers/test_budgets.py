"""What an answer took and how it ended: within bounds, beyond them, or not known."""

from decimal import Decimal
from math import nan

import pytest

from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.registry import Subject
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage
from tables import every_row

DONE = Completion("x", usage=Usage(1_200, 30), latency=1.5, cost=Decimal("0.0021"))
CASES = [
    ({"cost": 0.0021}, DONE, True, ""),
    ({"cost": 0.002}, DONE, False, "cost $0.0021, at most $0.002 allowed"),
    ({"cost": {"max": 0}}, DONE, False, "cost $0.0021, at most $0 allowed"),
    ({"cost": {"max": 0.002, "not": True}}, DONE, True, ""),
    ({"cost": 0}, Completion("x", cost=Decimal(0)), True, ""),
    ({"latency": 1.5}, DONE, True, ""),
    ({"latency": {"max": 1}}, DONE, False, "took 1.5 s, at most 1 s allowed"),
    ({"tokens": 1_230}, DONE, True, ""),
    ({"tokens": 1_000}, DONE, False, "tokens: 1,230 total, at most 1,000 allowed"),
    ({"tokens": {"input": 1_200, "output": 30}}, DONE, True, ""),
    (
        {"tokens": {"input": 1_000, "output": 20}},
        DONE,
        False,
        "tokens: 1,200 input, at most 1,000; 30 output, at most 20 allowed",
    ),
    (
        {"tokens": 0},
        Completion("x", usage=Usage(1, 1)),
        False,
        "tokens: 2 total, at most 0 allowed",
    ),
    ("finish_reason", DONE, True, ""),
    ("finish_reason", Completion("x", finish_reason="STOP"), True, ""),
    ("finish_reason", Completion("x", finish_reason="end_turn"), True, ""),
    (
        "finish_reason",
        Completion("x", finish_reason="length"),
        False,
        'ended with "length", not stop',
    ),
    ({"finish_reason": ["stop", "length"]}, Completion("x", finish_reason="max_tokens"), True, ""),
    ({"finish_reason": "tool_calls"}, Completion("x", finish_reason="function_call"), True, ""),
    ({"finish_reason": "function_call"}, Completion("x", finish_reason="tool_calls"), True, ""),
]


@every_row(("scorer", "completion", "passed", "why"), CASES)
def test_budgets(bound, scorer, completion, passed, why):
    found = bound(scorer).judge(Subject("x", completion=completion))
    assert (found.value, found.passed, found.why) == (float(passed), passed, why)


UNKNOWN = [
    ({"cost": 1}, Completion("x"), "the cost is unknown: write the model's price in promptci.yaml"),
    ({"tokens": 1}, Completion("x"), "the endpoint did not count the tokens"),
    ({"tokens": {"output": 5}}, Completion("x", usage=Usage(9, 0)), "the endpoint did not count"),
    ({"tokens": 50}, Completion("x", usage=Usage(9, 0)), "the endpoint did not count the tokens"),
    ("finish_reason", Completion("x", finish_reason=""), "the endpoint did not say why the answer"),
    ({"latency": 1}, Completion("x", latency=nan), "how long the answer took was not measured"),
    ({"cost": 1}, None, "nothing is known of how the answer came about"),
    ({"latency": 1}, None, "nothing is known of how the answer came about"),
]


@every_row(("scorer", "completion", "why"), UNKNOWN)
def test_what_is_not_known_is_no_verdict(bound, scorer, completion, why):
    with pytest.raises(NoVerdict) as said:
        bound(scorer).judge(Subject("x", completion=completion))
    assert str(said.value).startswith(why)


BAD = [
    ({"tokens": {}}, "`tokens` needs `total`, `input` or `output`: add one"),
    ({"tokens": -1}, "`total` must be at least 0"),
    ({"cost": {}}, "`max` is missing: add it"),
    ({"cost": -0.1}, "`max` must be at least 0"),
    ({"latency": "fast"}, "`max` must be a number"),
    ({"finish_reason": []}, "`value` must not be empty"),
]


@every_row(("scorer", "message"), BAD)
def test_options_that_cannot_be(faults, scorer, message):
    [said] = faults(scorer)
    assert said.startswith(message)

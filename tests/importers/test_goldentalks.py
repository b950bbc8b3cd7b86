"""Conversational goldens of DeepEval become conversations with a user that a model plays."""

import json

import pytest

SAID = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
GOLDENS = [
    {"scenario": "Wants a refund.", "turns": SAID, "expected_outcome": "It is {{granted}}.",
     "user_description": "Ada", "context": ["30 days"], "name": None, "expected_labels": None},
    {"scenario": "Asks when.", "turns": None, "expected_outcome": None, "name": "hours",
     "tools": ["x"]},
]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_a_scenario_is_a_conversation(read, rows, packed) -> None:
    first = {**GOLDENS[0], "turns": json.dumps(SAID)} if packed else GOLDENS[0]
    found = read("deepeval", {"talks.json": json.dumps([first, GOLDENS[1]])})
    assert found.prompts[0].body["messages"][1:] == ["{{ history }}"]
    assert found.evals[0].body["conversation"]["user"]["goal"] == "{{ scenario }}"
    refund, hours = rows(found)
    assert refund["vars"] == {"scenario": "Wants a refund.", "user": "Ada", "history": SAID}
    assert refund["scorers"][0]["rubric"]["criteria"].startswith("It is \\{{granted}}.\n")
    assert (hours["id"], hours["vars"]["history"]) == ("hours", [])
    assert hours["scorers"] == [{"length": {"min": 1}}]
    assert [each.message for each in found.losses] == ["`tools` of a golden is not carried"]


def test_a_golden_that_asks_nothing_is_told(read) -> None:
    found = read("deepeval", {"g.json": '[{"expected_output": "x"}]'})
    assert "no `input` and no `scenario`" in found.losses[0].message

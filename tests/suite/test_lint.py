"""Doubts about golden examples, prompts and labels."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects import PROMPT, MemoryTree, example, jsonl
from promptci.specs.evalspec import normal
from promptci.suite import lint
from promptci.suite.golden import Golden
from promptci.suite.lint import lint_examples, lint_label, unused
from promptci.suite.loading import load_suite
from promptci.suite.nearduplicates import NearDuplicates
from tables import every_row


def suite_of(prompt=PROMPT, rows=()):
    spec = "examples: a.jsonl\nscorers: [equals]\n"
    files = {"prompts/a.yaml": prompt, "evals/a.yaml": spec, "evals/a.jsonl": jsonl(rows)}
    return load_suite(MemoryTree(files))


def doubts(rows, prompt=PROMPT):
    suite = suite_of(prompt, rows)
    golden = Golden.of(suite.tree, suite.evals["a"])
    return [fault.message for fault in lint_examples(golden, suite.prompts["a"])]


@every_row(
    ("one", "other", "same"),
    [
        ({"a": "Hello  There\n"}, {"a": "hello there"}, True),
        ({"a": "É"}, {"a": "é"}, True),
        ({"a": "x", "b": "y"}, {"b": "y", "a": "x"}, True),
        ({"a": 1}, {"a": "1"}, True),
        ({"a": "x"}, {"b": "x"}, False),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, False),
    ],
)
def test_inputs_are_compared_with_each_other_without_case_and_blanks(one, other, same):
    assert (normal(one) == normal(other)) == same


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
def test_normal_is_normal(variables):
    assert " ".join(normal(variables).casefold().split()) == normal(variables)


def test_far_from_each_other_nothing_is_said():
    rows = [example(f"n{n}", text, "x") for n, text in enumerate(("a parcel is late", "no login"))]
    assert doubts(rows) == []


def test_row_numbers_that_are_left_out_of_a_table_are_told():
    files = {
        "prompts/a.yaml": "messages: [{role: user, content: '{{ x }}'}]\n",
        "evals/a.yaml": "examples: a.csv\nscorers: [equals]\n",
        "evals/a.csv": ",x,expected\n0,where is my parcel,late\n1,no login,access\n",
    }
    suite = load_suite(MemoryTree(files))
    golden = Golden.of(suite.tree, suite.evals["a"])
    assert [each.vars["x"] for each in golden] == ["where is my parcel", "no login"]
    [told] = lint_examples(golden, suite.prompts["a"])
    assert str(told).startswith("evals/a.csv:1:1: warning: the first column, row numbers")


def test_a_state_of_tools_makes_no_example_like_another():
    state = {"orders": {f"W{n}": {"status": "open", "items": ["lamp", "desk"]} for n in range(20)}}
    told = ["Send the lamp of W1 back", "What did I order in May?", "what did i order in may ??"]
    rows = [{"id": f"n{n}", "vars": {"x": said, "state": state}} for n, said in enumerate(told)]
    prompt = "messages: [{role: user, content: '{{ x }}'}]\n"
    assert doubts(rows, prompt) == [
        "example `n2` is nearly `n1` (line 2): that adds little to the score"
    ]
    rows[2]["vars"]["state"] = {}
    assert doubts(rows, prompt) == []


def test_each_near_pair_is_said_once():
    text = "The parcel that I ordered on Monday has not arrived"
    rows = [example("a", text, "x"), example("b", f"{text}!", "x"), example("c", "Else", "x")]
    assert doubts(rows) == ["example `b` is nearly `a` (line 1): that adds little to the score"]


@pytest.mark.slow
def test_many_examples_alike_are_one_line():
    text = "The parcel that I ordered on Monday has not arrived, number"
    rows = [example(f"n{n}", f"{text} {n}", "x") for n in range(1000)]
    [said] = doubts(rows)
    assert said == (
        "999 examples are nearly another (`n1` is nearly `n0` (line 1), `n2` is nearly `n0` "
        "(line 1), `n3` is nearly `n0` (line 1) and 996 more): that adds little to the score"
    )
    [*_, repeats, _] = doubts([*rows, *(example(f"m{n}", f"{text} {n}", "x") for n in range(3))])
    assert repeats == (
        "3 examples repeat another (`m0` repeats `n0` (line 1), `m1` repeats `n1` (line 2), "
        "`m2` repeats `n2` (line 3)): delete one"
    )


def test_examples_that_are_shots_are_one_line():
    shots = "shots:\n" + "".join(
        f"  - {{vars: {{ticket: Ticket {n}}}, output: billing}}\n" for n in range(5)
    )
    rows = [example(f"n{n}", f"ticket {n}", "billing") for n in range(5)]
    [said] = doubts(rows, PROMPT + shots)
    assert "so the model is shown the answer (as are 4 more): take it out" in said


def test_of_many_opposed_examples_the_first_are_told(monkeypatch):
    monkeypatch.setattr(lint, "MOST_OPPOSED", 2)
    rows = [example(f"n{n}", "Hello", str(n)) for n in range(9)]
    said = doubts(rows)
    assert len(said) == 3
    assert said[-1] == (
        "6 more examples expect something else of equal inputs: fix the ones above first"
    )


def test_what_is_not_searched_for_near_duplicates_is_said(monkeypatch):
    monkeypatch.setattr(lint, "NearDuplicates", partial(NearDuplicates, left=60))
    text = "The parcel that I ordered on Monday has not arrived"
    said = doubts([example("a", text, "x"), example("b", f"{text}!", "x")])
    assert len(said) == 1
    assert said[0].startswith("only the first ")


def test_expectations_may_be_missing_on_one_side():
    rows = [example("a", "Hi", "x"), {**example("b", "hi"), "scorers": []}]
    [said] = doubts(rows)
    assert "expects something else" in said


def test_a_label_is_compared_with_the_content():
    before = suite_of().prompts["a"]
    same_label = suite_of(PROMPT.replace("support", "all")).prompts["a"]
    other_label = suite_of(PROMPT.replace("support", "all").replace("v1", "v2")).prompts["a"]
    unlabelled = suite_of(PROMPT.replace("support", "all").replace("version: v1\n", ""))
    assert [fault.warning for fault in lint_label(before, same_label)] == [True]
    assert list(lint_label(before, other_label)) == []
    assert list(lint_label(before, before)) == []
    assert list(lint_label(unlabelled.prompts["a"], unlabelled.prompts["a"])) == []


def test_prompts_without_an_eval_are_named():
    suite = suite_of()
    assert list(unused(suite.prompts, suite.evals.values())) == []
    [fault] = unused(suite.prompts, [])
    assert (fault.path, fault.warning) == ("prompts/a.yaml", True)


def test_a_shot_leaks_whatever_else_an_example_gives():
    prompt = PROMPT.replace("You route support tickets.", "'Answer in {{ language }}.'")
    shots = "shots:\n  - {vars: {ticket: My Card }, output: billing}\n"
    row = example("a", "my card", "billing")
    row["vars"]["language"] = "German"
    [said] = doubts([row], prompt + shots)
    assert said.startswith("example `a` is also a shot of the prompt `a` (prompts/a.yaml:8)")
    row["vars"]["ticket"] = "my cat"
    assert doubts([row], prompt + shots) == []

"""The steps of a flow over all examples: those that some took, and those that none takes now."""

import pytest

from projects import MemoryTree
from promptci.compare.outcomes.flowtraces import FlowTraces, untaken_steps
from promptci.run.answertotals import Took
from promptci.suite.loading import load_suite
from tables import every_row

FLOW = """\
steps:
  - kind: {prompt: triage}
  - if: {kind: {equals: refund}}
    then: [reply: {prompt: reply}]
output: "{{ kind }}{{ reply }}"
"""


def prompts(reply="Reply", flow=FLOW):
    files = {
        "prompts/triage.yaml": 'messages: [{role: user, content: "Triage {{ ticket }}"}]\n',
        "prompts/reply.yaml": f'messages: [{{role: user, content: "{reply} {{{{ ticket }}}}"}}]\n',
        "prompts/answer_it.yaml": 'messages: [{role: user, content: "Tell {{ ticket }}"}]\n',
        "flows/answer.yaml": flow,
    }
    return load_suite(MemoryTree(files)).prompts


def took(*steps):
    return FlowTraces({step: Took(step in steps) for step in ("kind", "reply")})


def test_a_step_is_taken_that_any_example_took():
    assert took("kind").taken == {"kind"}


@every_row(
    ("reply", "taken", "before", "untaken"),
    [
        ("Reply", ("kind",), (), ()),
        ("Reply", ("kind",), ("kind", "reply"), (("reply", "reply"),)),
        ("Worse", ("kind",), (), (("reply", "reply"),)),
        ("Worse", ("kind", "reply"), ("kind", "reply"), ()),
    ],
)
def test_a_step_is_told_that_no_example_takes_any_more_or_though_its_prompt_changed(
    reply, taken, before, untaken
):
    base, head = prompts()["answer"], prompts(reply)["answer"]
    assert untaken_steps(base, head, took(*taken), frozenset(before)) == untaken


@pytest.mark.parametrize(
    ("flow", "untaken"),
    [
        (FLOW.replace("reply", "answer_it"), (("answer_it", "answer_it"),)),
        (FLOW.replace("reply: {", "other: {").replace("{{ reply }}", "{{ other }}"), ()),
    ],
    ids=["a new prompt in a new step", "a step that has another name alone"],
)
def test_a_step_is_told_that_is_new_and_no_example_takes(flow, untaken):
    base, head = prompts()["answer"], prompts(flow=flow)["answer"]
    assert untaken_steps(base, head, took("kind"), frozenset(["kind"])) == untaken


def test_where_there_are_no_traces_or_no_flow_nothing_is_told():
    found = prompts()
    assert untaken_steps(found["answer"], found["answer"], None, frozenset(["reply"])) == ()
    assert untaken_steps(found["reply"], found["reply"], took(), frozenset(["reply"])) == ()

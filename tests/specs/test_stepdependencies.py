"""On which steps an answer of a flow rests, and which of them ask the same for every example."""

from projects import MemoryTree
from promptci.specs.flows.stepdependencies import resting_prompts, same_for_all, unasked_answers
from promptci.suite.loading import load_suite
from tables import every_row

PROMPTS = {
    "prompts/triage.yaml": 'messages: [{role: user, content: "Triage {{ ticket }}"}]\n',
    "prompts/reply.yaml": 'messages: [{role: user, content: "{{ kind }}: {{ ticket }}"}]\n',
    "prompts/greet.yaml": "messages: [{role: user, content: Say hello.}]\n",
    "flows/inner.yaml": "steps:\n  - one: {prompt: triage}\n",
}
HEAD = "steps:\n  - kind: {prompt: triage}\n"


def flow(text):
    tree = MemoryTree({**PROMPTS, "flows/answer.yaml": text})
    return load_suite(tree).prompts["answer"]


@every_row(
    ("text", "names"),
    [
        (HEAD, {"triage"}),
        (f"{HEAD}  - answer: {{prompt: greet}}\noutput: '{{{{ answer }}}}'\n", {"greet"}),
        (f"{HEAD}  - answer: {{prompt: reply}}\n", {"triage", "reply"}),
        (f"{HEAD}output: never\n", set()),
        ("steps:\n  - a: {flow: inner}\n", {"inner", "triage"}),
        (
            f"{HEAD}  - if: {{kind: {{equals: x}}}}\n    then: [b: {{prompt: greet}}]\n"
            "output: '{{ b }}'\n",
            {"triage", "greet"},
        ),
    ],
)
def test_an_answer_rests_on_what_reaches_it_or_decides_the_way(text, names):
    assert resting_prompts(flow(text)) == names


def asks(name, ticket):
    return f"  - {name}: {{prompt: triage, vars: {{ticket: '{ticket}'}}}}\n"


def by_condition(then, otherwise="{{ kind }}"):
    branches = f"    then: [b: {{text: '{then}'}}]\n    else: [c: {{text: '{otherwise}'}}]\n"
    return f"{HEAD}  - if: {{kind: {{contains: x}}}}\n{branches}"


@every_row(
    ("steps", "names"),
    [
        (by_condition("yes") + "output: '{{ b }}{{ c }}'\n", "b"),
        (by_condition("{{ ticket }}", "no") + "output: '{{ b }}{{ c }}'\n", "bc"),
        (by_condition("yes") + "output: '{{ c }}'\n", ""),
        (by_condition("yes") + "  - d: {text: '{{ b }}{{ c }}'}\noutput: '{{ d }}'\n", "b"),
        (by_condition("yes") + asks("d", "{{ b }}") + "output: '{{ d }}'\n", ""),
        (f"{HEAD}  - b: {{text: Dear customer}}\noutput: '{{{{ b }}}} {{{{ kind }}}}'\n", ""),
    ],
)
def test_some_answers_come_about_without_asking(steps, names):
    assert "".join(step.name for step in unasked_answers(flow(steps))) == names


@every_row(
    ("steps", "names"),
    [
        ("  - a: {prompt: triage}\n", ""),
        (asks("a", "a card"), "a"),
        ("  - a: {prompt: greet}\n", ""),
        ("  - t: {text: a card}\n" + asks("a", "{{ t }}"), "a"),
        ("  - t: {text: 'a {{ x }}'}\n" + asks("a", "{{ t }}"), ""),
        (asks("a", "b") + asks("c", "{{ a }}"), "ac"),
        ("  - a: {flow: inner, vars: {ticket: a card}}\n", "a"),
        (
            "  - map: [a: {prompt: triage, vars: {ticket: '{{ item }}'}}]\n"
            "    over: '{{ x }}'\n    at_most: 2\n",
            "",
        ),
    ],
)
def test_a_step_that_takes_nothing_of_the_example_asks_the_same_each_time(steps, names):
    assert same_for_all(flow(f"steps:\n{steps}output: '{{{{ a }}}}'\n")) == set(names)

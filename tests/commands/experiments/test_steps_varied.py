"""`sensitivity` and `curve` of a flow: one step's prompt is varied, the whole is judged."""

import pytest

from projects import TICKETS, jsonl, route
from promptci.commands.main import main

LABELLED = "messages:\n  - role: user\n    content: |-\n      Ticket: {{ ticket }}\n      Queue:\n"
FLOW = "steps:\n  - kind: {prompt: router}\n  - say: {prompt: say}\noutput: '{{ say }}'\n"
FILES = {
    "prompts/router.yaml": LABELLED,
    "prompts/say.yaml": "messages: [{role: user, content: 'Say {{ kind }}'}]\n",
    "flows/desk.yaml": FLOW,
    "flows/outer.yaml": "steps:\n  - all: {flow: desk}\noutput: '{{ all }}'\n",
    "evals/desk.yaml": "flow: desk\nexamples: router.jsonl\nscorers: [equals]\n",
    "evals/outer.yaml": "flow: outer\nexamples: router.jsonl\nscorers: [equals]\n",
}
POOL = [{"vars": {"ticket": f"Pool ticket {n}"}, "expected": "other"} for n in range(4)]


@pytest.fixture
def desk(project, api):
    """A flow whose first step is wrong where its label is in capitals, or without two shots."""

    def rule(asked):
        turns = asked.body["messages"]
        said = turns[-1]["content"]
        if said.startswith("Say "):
            return said.removeprefix("Say ")
        shown = sum(turn["role"] == "assistant" for turn in turns)
        return "wrong" if "TICKET" in said or shown == 1 else route(said)

    api.answers(rule)
    project.write(FILES)
    return project


@pytest.mark.parametrize(("name", "step"), [("desk", "kind"), ("outer", "all/kind")])
def test_a_planted_spread_of_a_step_is_found_in_the_whole(desk, ask, name, step):
    estimate = ask("sensitivity", name, "--step", step, "--sample", "12", "--dry-run").document
    answer = ask("sensitivity", name, "--step", step, "--sample", "12")
    [found] = answer.document["models"]
    assert (found["step"], found["best"], found["worst"]) == (step, 1, 0)
    assert found["axes"][0]["name"] == "case"
    by_case = {each["parts"]["case"] == "upper": each["score"] for each in found["formats"]}
    assert by_case == {True: 0, False: 1}
    assert answer.code == 0
    assert estimate["most_requests"] >= 13 * len(TICKETS)


def test_a_later_step_is_asked_again_alone(desk, api, ask, capsys):
    assert main(["run", "desk"]) == 0
    before = api.count
    capsys.readouterr()
    say = 'messages: [{role: user, content: "Say\\nKind: {{ kind }}"}]\n'
    desk.write({"prompts/say.yaml": say})
    ask("sensitivity", "desk", "--step", "say", "--sample", "3")
    asked = [body["messages"][-1]["content"] for body in api.requests[before:]]
    assert asked
    assert not [text for text in asked if "ueue" in text]


def test_shots_of_a_step_make_a_curve_of_the_whole(desk, ask):
    desk.write({"evals/pool.jsonl": jsonl(POOL)})
    arguments = ("curve", "desk", "--step", "kind", "--pool", "pool.jsonl", "--shots", "0,1,2")
    [found] = ask(*arguments, "--orders", "1").document["models"]
    assert found["step"] == "kind"
    assert [each["score"] for each in found["points"]] == [1, 0, 1]


def test_the_eval_may_name_the_step(desk, ask, capsys):
    written = FILES["evals/desk.yaml"]
    desk.write({"evals/desk.yaml": f"{written}sensitivity: {{step: kind, sample: 4}}\n"})
    assert ask("sensitivity", "desk").document["models"][0]["step"] == "kind"
    desk.write({"evals/desk.yaml": f"{written}sensitivity: {{step: kin, sample: 4}}\n"})
    capsys.readouterr()
    assert main(["lint", "desk"]) == 2
    assert "evals/desk.yaml:4:14: `desk` has no step `kin`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sensitivity", "desk"), "varies one step's prompt: add one of --step kind, --step say"),
        (("sensitivity", "desk", "--step", "sya"), "did you mean `say`?"),
        (("sensitivity", "router", "--step", "kind"), "is a prompt and has no step `kind`"),
        (("curve", "outer"), "add one of --step all/kind, --step all/say"),
        (("shots", "desk"), "name an eval of one of its prompts (router, say)"),
    ],
)
def test_a_step_that_is_none_is_refused_with_those_that_are(desk, capsys, arguments, said):
    assert main([*arguments]) == 2
    assert said in capsys.readouterr().err


def test_two_steps_of_a_name_that_ask_otherwise_are_no_one_step(desk, capsys):
    flow = (
        "steps:\n  - kind: {prompt: router}\n  - if: {kind: {equals: other}}\n"
        "    then: {say: {prompt: say}}\n    else: {say: {prompt: router}}\noutput: '{{ say }}'\n"
    )
    desk.write({"flows/desk.yaml": flow})
    assert main(["sensitivity", "desk", "--step", "say"]) == 2
    assert "has two steps `say` that ask differently" in capsys.readouterr().err

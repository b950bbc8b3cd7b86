"""`promptci search --step`: a better text for the prompt of a flow's step."""

import pytest

from commands.experiments.test_search import (
    BEST,
    CANARY,
    QUEUES,
    check_that_a_run_would_write_the_same,
    model,
    to_the_writer,
)
from projects import jsonl
from promptci.commands.main import main

FILES = {
    "prompts/say.yaml": "messages:\n  - {role: system, content: Say it.}\n"
    "  - {role: user, content: 'Say {{ kind }}'}\n",
    "flows/desk.yaml": "steps:\n  - kind: {prompt: router}\n  - say: {prompt: say}\n"
    "output: '{{ say }}'\n",
    "evals/desk.yaml": "flow: desk\nexamples: desk.jsonl\nscorers: [equals]\n"
    "gate: {max_errors: 0}\n",
}


def rows(part, count, word):
    """The whole answers in capitals, what the step is to say is known of every second example."""
    return jsonl(
        {
            "id": f"{part}-{n}",
            "vars": {"ticket": f"{word} ticket {n} of {part}: {QUEUES[n % 4]}"},
            "expected": QUEUES[n % 4].upper(),
            **({"steps": {"kind": QUEUES[n % 4]}} if n % 2 else {}),
        }
        for n in range(count)
    )


def flow_model(asked):
    """The second step says what the first one said, in capitals; the rest is as of the prompt."""
    turns = asked.body["messages"]
    if turns[0]["content"] == "Say it.":
        return turns[1]["content"].removeprefix("Say ").upper()
    return model(asked)


@pytest.fixture
def desk(project, api):
    """A flow whose first step is the router, with parts of its own."""
    own = [{"id": "own", "vars": {"ticket": "my ticket 0 of gate: other"}, "expected": "other"}]
    parts = {
        "evals/router.jsonl": jsonl(own),
        "evals/desk.jsonl": rows("gate", 12, CANARY),
        "evals/desk.train.jsonl": rows("train", 5, "red"),
        "evals/desk.select.jsonl": rows("select", 5, "blue"),
    }
    project.write({**FILES, **parts})
    project.commit("A flow with parts")
    api.answers(flow_model)
    return project


def test_a_steps_best_text_is_found_by_what_the_flow_answers(desk, api, ask):
    given = ("search", "desk", "--step", "kind", "--candidates", "6")
    most = ask(*given, "--dry-run").document["most_requests"]
    found = ask(*given)
    [look] = found.document["looks"]
    assert (found.code, found.document["step"], look["verdict"]) == (0, "kind", "accepted")
    assert (look["examples"], look["won"], look["lost"]) == (12, 9, 0)
    assert look["level"] == pytest.approx(0.025)
    assert found.document["trials"][look["trial"]]["text"] == BEST
    assert api.count <= most
    changed = desk.git("diff", "--name-only", "search/desk~1", "search/desk").split()
    assert changed == ["evals/desk.scores.yaml", "evals/router.scores.yaml", "prompts/router.yaml"]
    tickets = [
        CANARY in str(body) for body in api.requests if "red" in str(body) or CANARY in str(body)
    ]
    assert tickets == sorted(tickets), "the gate's are asked at the end"
    shown = "\n".join(to_the_writer(api))
    assert CANARY not in shown
    assert "Input: red ticket 1 of train: shipping\nOutput: shipping" in shown, "the step's own"
    assert "SHIPPING" not in shown
    [one] = ask("search", "desk", "--ledger").document["searches"]
    assert one["step"] == "kind"
    check_that_a_run_would_write_the_same(desk, api, "search/desk")


def test_what_a_step_gains_must_lose_nothing_in_evals_of_its_prompt(desk, ask, api):
    """The best text is lost on what the router's own eval must have right."""
    written = (desk.path / "evals/router.yaml").read_text()
    desk.write({"evals/router.yaml": f"{written}gate: {{must_pass: [own]}}\n"})
    desk.commit("Guard the router")
    is_lost = {"my ticket", BEST}
    api.answers(
        lambda asked: "none" if all(e in str(asked.body) for e in is_lost) else flow_model(asked)
    )
    found = ask("search", "desk", "--step", "kind", "--candidates", "6")
    [look] = found.document["looks"]
    assert (found.code, look["verdict"]) == (1, "refused")
    assert look["why"] == "router on small: `own` must pass and is lost"


def test_the_reflection_on_a_step_is_shown_what_the_flow_made_of_it(desk, ask, api):
    pytest.importorskip("gepa")  # of the extra `search`
    assert ask("search", "desk", "--step", "kind", "--by", "gepa", "--candidates", "3").code in (
        0,
        1,
    )
    shown = "\n".join(to_the_writer(api))
    assert "the flow answered `NONE`, expected `SHIPPING`" in shown
    assert CANARY not in shown


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "varies one step's prompt: add one of --step kind, --step say"),
        (("--step", "knid"), "has no step `knid`"),
    ],
)
def test_a_step_that_is_not_named_is_asked_for(desk, api, capsys, arguments, told):
    assert main(["search", "desk", *arguments]) == 2
    assert told in capsys.readouterr().err
    assert api.count == 0

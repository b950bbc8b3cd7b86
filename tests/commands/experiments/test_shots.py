"""`promptci shots`: does a model get its own shots right, and do they carry over."""

from itertools import pairwise

import pytest

from projects import EVAL, PROMPT, TICKETS, route
from promptci.commands.main import main

SHOTS = (
    ("I was billed two times", "billing"),
    ("The parcel never came", "shipping"),
    ("My password is lost", "account"),
    ("Good morning", "other"),
)
WITH_SHOTS = (
    PROMPT
    + "shots:\n"
    + "".join(f"  - {{vars: {{ticket: {ticket}}}, output: {queue}}}\n" for ticket, queue in SHOTS)
)


@pytest.fixture
def shots(project):
    gate = "gate: {must_pass: [card]}\n"  # which is no shot
    project.write({"prompts/router.yaml": WITH_SHOTS, "evals/router.yaml": EVAL + gate})
    return project


def memoriser(asked):
    """It gives an answer that it was shown, and says `other` to all that is new."""
    turns = asked.body["messages"]
    said = {one["content"]: two["content"] for one, two in pairwise(turns)}
    return said.get(turns[-1]["content"], "other")


def test_a_model_that_learns_by_heart_is_found_out(shots, api, ask):
    api.answers(memoriser)
    [found] = ask("shots", "router").document["models"]
    assert (found["left_in"]["passed"], found["left_in"]["total"]) == (4, 4)
    assert (found["left_out"]["passed"], found["left_out"]["total"]) == (1, 4)
    assert (found["held_out"]["passed"], found["held_out"]["total"]) == (1, 6)
    assert found["gap"] == pytest.approx(1 - 1 / 6)
    assert found["gap_interval"][0] > 0.2
    assert [shot["left_out"] for shot in found["shots"]] == [False, False, False, True]
    assert api.count == 4 + 4 + 6


def test_a_model_that_understands_has_no_gap(shots, api, ask):
    queues = dict(SHOTS)
    api.answers(lambda ticket: queues.get(str(ticket)) or route(str(ticket)))
    [found] = ask("shots", "router").document["models"]
    assert (found["gap"], found["left_out"]["score"]) == (0, 1)


def test_the_shot_that_hurts_and_orders_are_told(shots, api, ask, capsys):
    """The model takes the last shot's queue for all, unless the greeting is not among them."""

    def rule(asked):
        turns = [turn["content"] for turn in asked.body["messages"]]
        return route(turns[-1]) if "Good morning" not in turns[:-1] else turns[-2]

    api.answers(rule)
    [found] = ask("shots", "router", "--each", "--orders", "3").document["models"]
    without = [shot["without"]["passed"] for shot in found["shots"]]
    assert without == [1, 1, 1, 6]
    assert len(found["orders"]) == 3
    assert found["spread"] > 0
    capsys.readouterr()
    assert main(["shots", "router", "--each", "--orders", "3", "--offline"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("router on small: 4 shots, right ")
    assert "shot 4 (Good morning): 5 more held-out pass without it" in out
    assert "over 4 orders the held-out score spreads by" in out


def test_what_it_would_ask_holds(shots, api, ask):
    estimate = ask("shots", "router", "--each", "--dry-run").document
    forms = [each["form"] for each in estimate["evals"]]
    assert forms[:3] == ["held out", "among the shots", "shot 1 left out"]
    assert forms[-1].startswith("held out, without shot ")
    api.answers(memoriser)
    assert main(["shots", "router", "--each"]) == 0
    assert api.count <= estimate["most_requests"]
    assert not (shots.path / "evals/router.scores.yaml").exists()


def test_a_prompt_without_shots_is_told(project, capsys):
    assert main(["shots", "router"]) == 2
    assert "needs two shots at least: add some below `shots:`" in capsys.readouterr().err
    assert len(TICKETS) == 6

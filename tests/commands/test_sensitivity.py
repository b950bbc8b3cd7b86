"""`promptci sensitivity`: the same words in other formats, with a spread that was planted."""

import pytest

from projects import TICKETS, route
from promptci.commands.main import main

PROMPT = """\
messages:
  - role: user
    content: |-
      Ticket: {{ ticket }}
      Queue:
"""


@pytest.fixture
def labelled(project):
    project.write({"prompts/router.yaml": PROMPT})
    return project


def test_a_planted_spread_is_found_on_its_axis(labelled, api, ask):
    """The model understands no labels in capitals, and is right on all else."""
    api.answers(
        lambda asked: (
            "other"
            if "TICKET" in asked.body["messages"][-1]["content"]
            else route(asked.body["messages"][-1]["content"])
        )
    )
    [found] = ask("sensitivity", "router", "--sample", "20").document["models"]
    wrong = 1 / 6  # only the ticket for `other`
    assert len(found["formats"]) == 21
    assert found["formats"][0]["score"] == 1
    assert {each["score"] == 1 for each in found["formats"] if each["case"] != "upper"} == {True}
    assert found["worst"] == pytest.approx(wrong)
    assert found["spread"] == pytest.approx(1 - wrong)
    assert next(iter(found["axes"])) == "case"
    upper = sum(each["case"] == "upper" for each in found["formats"])
    pairs = upper * (21 - upper) * 5 / 6 / (21 * 20 / 2)
    assert found["pss"] == pytest.approx(pairs)


def test_a_spread_over_what_is_allowed_exits_1(labelled, api, capsys):
    api.answers(lambda asked: "other" if "|" in str(asked) else route(str(asked)))
    arguments = ["sensitivity", "router", "--sample", "20"]
    assert main(arguments) == 0
    assert main([*arguments, "--offline", "--spread", "0.9"]) == 0
    capsys.readouterr()
    assert main([*arguments, "--offline", "--spread", "0.1"]) == 1
    out = capsys.readouterr().out
    assert "the spread is over the 10 points that are allowed" in out
    assert out.splitlines()[0] == "router on small: 21 formats of the prompt"


def test_formats_are_drawn_the_same_each_time_and_bounded(labelled, api, ask):
    api.answers(route)
    estimate = ask("sensitivity", "router", "--sample", "5", "--dry-run").document
    first = ask("sensitivity", "router", "--sample", "5").document
    assert api.count <= estimate["most_requests"]
    count = api.count
    assert ask("sensitivity", "router", "--sample", "5").document == first
    assert api.count == count == 6 * len(TICKETS)
    other = ask("sensitivity", "router", "--sample", "5", "--seed", "2").document
    assert other["models"][0]["formats"][1:] != first["models"][0]["formats"][1:]


def test_a_prompt_without_a_format_to_vary_is_told(project, capsys):
    assert main(["sensitivity", "router"]) == 2
    assert "its format cannot be varied" in capsys.readouterr().err

"""A change that points its eval at another model hides no loss of the prompt on its own."""

import pytest

from projects import EVAL, PROMPT, REWORDED, route
from promptci.commands.main import main

GATED = f"{EVAL}gate: {{must_pass: [parcel]}}\n"


@pytest.fixture
def scored(project, api):
    """The project with its record, and then a prompt that `small-1` alone answers wrongly."""

    def rule(asked):
        is_reworded = REWORDED[1] in asked.body["messages"][0]["content"]
        is_worse = is_reworded and asked.body["model"] == "small-1" and "parcel" in asked
        return "billing" if is_worse else route(asked)

    api.answers(rule)
    project.write({"evals/router.yaml": GATED})
    assert main(["run"]) == 0
    project.commit("Scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    return project


def test_an_eval_that_leaves_its_prompts_model_is_asked_there_as_well(scored, ask):
    scored.write({"evals/router.yaml": f"models: [large]\n{GATED}"})
    assert main(["run"]) == 0
    scored.commit("Ask the larger model")
    answer = ask("check", "--base", "HEAD~1")
    assert answer.code == 1
    assert "`parcel` must pass and is lost" in answer.document["sentence"].partition(";")[0]
    assert "`router` runs on `large` here and on `small` at the base" in answer.document["sentence"]


def test_a_name_that_means_another_model_is_said_first(scored, ask):
    text = (scored.path / "promptci.yaml").read_text()
    scored.write({"promptci.yaml": text.replace("model: small-1", "model: other-1")})
    assert main(["run"]) == 0
    scored.commit("Another model by the same name")
    said = ask("check", "--base", "HEAD~1").document["sentence"]
    assert said.startswith("`router` runs on `small`, which is `other-1` here and `small-1` at")

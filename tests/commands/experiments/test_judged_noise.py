"""Judges that vary: A/A trials over the wire, where nothing changed but words, and real losses."""

import json
import shutil
from random import Random

import pytest

from fakes import Asked
from projects import PROMPT, REWORDED, before_and_after, config, example, jsonl

COUNT = 30
TRIALS = 1
"""Trials of each kind in the suite; `python -m pytest --figures` prints their results."""

EVAL = """\
examples: router.jsonl
scorers:
  - rubric: The queue is the right one for the ticket.
"""


def judging(random, rate, truth=lambda text: True):
    """A judge that is right but for one request in so many, each drawn by itself."""

    def reply(asked):
        passes = truth(str(asked)) != (random.random() < rate)
        return json.dumps({"reason": "so", "score": float(passes), "pass": passes})

    return reply


def rule(judge):
    """A model that repeats itself, in other words once the prompt is reworded, and its judge."""
    model = before_and_after(lambda asked: f"good {asked}", lambda asked: f"fine {asked}")
    return lambda asked: (judge if is_judge(asked.body) else model)(asked)


def is_judge(body):
    return "response_format" in body


@pytest.fixture
def judged(project, api):
    """Thirty tickets, judged by `large`."""
    rows = jsonl(example(f"t{n:02}", f"ticket {n}") for n in range(COUNT))
    text = config(api.url).replace("defaults: {", "defaults: {judge: large, ")
    project.write({"promptci.yaml": text, "evals/router.yaml": EVAL, "evals/router.jsonl": rows})
    return project


def propose(judged, ask):
    """A base with its record, a reworded head with its own, and then the machine of a reviewer."""
    judged.write({"prompts/router.yaml": PROMPT})
    assert ask("run").code in (0, 1)
    judged.commit("Base")
    judged.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    assert ask("run").code in (0, 1)
    judged.commit("Reword")
    shutil.rmtree(judged.path / ".promptci")
    return ask("check", "--base", "HEAD~1")


@pytest.mark.parametrize("rate", [0.03, 0.1])
def test_a_judge_that_varies_neither_blocks_nor_makes_records_stale(
    rate, judged, api, ask, record_property
):
    random, codes = Random(f"{rate}"), []
    for _ in range(TRIALS):
        api.answers(rule(judging(random, rate)))
        found = propose(judged, ask)
        assert found.document["stale"] == []
        codes.append(found.code)
    record_property("exit codes", codes)
    assert set(codes) == {0}


def test_what_a_judge_that_varies_says_of_real_losses_still_blocks(judged, api, ask):
    worse = {f"fine ticket {n}" for n in range(12)}

    def truth(text):
        return not any(f"\n{each}\n" in text for each in worse)

    api.answers(rule(judging(Random(7), 0.03, truth)))
    found = propose(judged, ask)
    assert found.code == 1
    [compared] = found.document["evals"]
    assert len(compared["lost"]) > 8
    assert "net_loss" in {block["rule"] for block in compared["blocks"]}


def test_one_real_loss_of_a_judged_answer_is_asked_more_often_and_blocks(judged, api, ask):
    api.answers(rule(judging(Random(0), 0, lambda text: "\nfine ticket 3\n" not in text)))
    found = propose(judged, ask)
    [compared] = found.document["evals"]
    assert (found.code, [each["example"] for each in compared["lost"]]) == (1, ["t03"])
    judged_again = [
        b for b in api.requests if is_judge(b) and "\nfine ticket 3\n" in str(Asked.read(b))
    ]
    assert len(judged_again) == 2 * (1 + 5), "by `run` and by `check`"


@pytest.mark.parametrize(("count", "code"), [(4, 0), (14, 3)])
def test_a_record_may_differ_as_a_judge_that_varies_does_and_not_more(
    count, code, judged, api, ask
):
    api.answers(rule(judging(Random(0), 0)))
    assert ask("run").code == 0
    judged.commit("Base")
    judged.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    kinder = {f"\nfine ticket {n}\n" for n in range(count)}
    api.answers(rule(judging(Random(0), 0, lambda text: not any(k in text for k in kinder))))
    ask("run")
    judged.commit("Reword, with a record that says of some what the judge does not")
    shutil.rmtree(judged.path / ".promptci")
    api.answers(rule(judging(Random(0), 0)))
    found = ask("check", "--base", "HEAD~1")
    assert found.code == code
    assert bool(found.document["stale"]) is (code == 3)
    said = "the record does not say what the judge said of `t00`, `t01`, `t02`, `t03`"
    assert any(said in note for note in found.document["notes"]) is (code == 0)


def test_noise_asks_a_judge_again_about_answers_that_do_not_change(judged, api, ask):
    api.answers(rule(judging(Random(5), 0.1)))
    [found] = ask("noise", "router").document["evals"]
    assert found["same_output"] == 1.0
    assert found["same_verdict"] < 1.0
    assert found["flips"]
    assert found["false_alarms"]["confirmed"] <= 0.05

"""What the family of tests is: what differs, for every command that judges."""

import pytest

from projects import EVAL, PROMPT, REWORDED, before_and_after, example, jsonl
from promptci.commands.main import main

UNTOUCHED = 15
COUNT, LOST = 12, 7
ALONE = 2 / 2**LOST


@pytest.fixture
def crowded(project, api):
    """One eval that a change spoils, among fifteen on a prompt that stays as it is."""
    rows = jsonl(example(f"t{n:02}", f"ticket {n:02}", "other") for n in range(COUNT))
    others = {f"evals/u{n:02}.yaml": f"{EVAL}prompt: desk\n" for n in range(UNTOUCHED)}
    project.write({"prompts/desk.yaml": PROMPT, "evals/router.jsonl": rows, **others})
    spoiled = tuple(f"ticket {n:02}" for n in range(LOST))
    api.answers(
        before_and_after(
            lambda _: "other", lambda asked: "no" if asked.endswith(spoiled) else "other"
        )
    )
    assert main(["run"]) == 0
    project.commit("Scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    return project


def test_evals_that_were_not_touched_hide_no_regression(crowded, ask):
    """Holm over sixteen would make 0.25 of a p of 0.016."""
    ran = ask("run")
    assert ran.code == 1
    assert any("the score fell by 58.3 points" in e for e in _failures(ran, "router"))
    crowded.commit("Spoil one eval")
    for arguments in (("compare", "HEAD~1", "HEAD"), ("check", "--base", "HEAD~1")):
        found = ask(*arguments)
        assert (found.code, found.only["eval"], found.only["verdict"]) == (1, "router", "regressed")
        assert found.only["adjusted_p"] == found.only["p"] == pytest.approx(ALONE)
    [row] = ask("diff", "HEAD~1").document["evals"]
    assert (row["verdict"], row["adjusted_p"]) == ("regressed", pytest.approx(ALONE))


def test_compare_counts_and_does_not_ask_what_both_sides_ask_alike(crowded, api, ask, capsys):
    crowded.commit("Spoil one eval")
    before = api.count
    found = ask("compare", "HEAD~1", "HEAD", "--confirm", "0")
    assert api.count - before == COUNT, "the head's answers of the eval that differs"
    assert found.document["unchanged"] == [f"u{n:02}" for n in range(UNTOUCHED)]
    assert "1 regressed, 15 are unchanged" in found.document["sentence"]
    alone = ask("compare", "HEAD~1", "HEAD", "--confirm", "0", "--eval", "router")
    assert alone.only["verdict"] == found.only["verdict"]
    assert main(["compare", "HEAD~1", "HEAD", "--confirm", "0"]) == 1
    assert "Of 16 evals, 1 regressed, 15 are unchanged." in capsys.readouterr().out


def _failures(answer, name):
    return next(e["failures"] for e in answer.document["evals"] if e["eval"] == name)

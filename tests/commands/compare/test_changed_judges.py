"""Who is judged does not choose the judge: a change of one is judged by the base's as well."""

import json
import re
import shutil
from decimal import Decimal

import pytest

from projects import PROMPT, REWORDED, TICKETS, before_and_after, config, example, jsonl, route
from promptci.commands.main import main
from promptci.scorers.modelgraded.judgefile import judge_text

EVAL = "examples: router.jsonl\nscorers:\n  - rubric: {criteria: It is right.%s}\n"
OWN = ", prompt: judges/house.yaml"
STRICT = judge_text("rubric")
LENIENT = STRICT.replace("strict and fair grader", "grader who lets everything pass")


def by_judge(strict, lenient):
    """The router, whose answers are other ones once it is reworded; two judges of them."""
    model = before_and_after(route, lambda asked: f"{route(asked)}, I guess")

    def rule(asked):
        if "response_format" not in asked.body:
            return model(asked)
        is_lenient = "lets everything pass" in str(asked.body) or asked.body["model"] == "other-1"
        passes = (lenient if is_lenient else strict)(str(asked))
        return json.dumps({"reason": "so", "score": float(passes), "pass": passes})

    return rule


@pytest.fixture
def judged(project, api, ask, keep):
    """The router, judged by `large` with a prompt of its own; its record is committed."""
    api.answers(by_judge(lambda asked: "I guess" not in asked, lambda asked: True))
    text = config(api.url).replace("defaults: {", "defaults: {judge: large, ")
    text = text.replace("models:\n", "models:\n  other: {endpoint: lab, model: other-1}\n")
    text = text.replace("prices:\n", "prices:\n  large-1: {input: 1, output: 2}\n")

    def make():
        project.write(
            {
                "promptci.yaml": text,
                "evals/router.yaml": EVAL % OWN,
                "evals/judges/house.yaml": STRICT,
            }
        )
        assert ask("run").code == 0
        project.commit("Judge the router")

    keep(make)
    return project


def propose(judged, ask, **written):
    """The change with its own record, checked on another machine."""
    judged.write(written)
    ask("run")
    judged.commit("Change")
    shutil.rmtree(judged.path / ".promptci")
    return ask("check", "--base", "HEAD~1")


def default_judge(judged, name):
    text = (judged.path / "promptci.yaml").read_text()
    return text.replace("judge: large", f"judge: {name}")


WORSE = {"prompts/router.yaml": PROMPT.replace(*REWORDED)}


@pytest.mark.parametrize(
    "change",
    [
        {"evals/judges/house.yaml": LENIENT},
        {"evals/router.yaml": EVAL % f"{OWN}, model: other"},
        {"evals/router.yaml": "examples: router.jsonl\nscorers: [is_refusal: {not: true}]\n"},
    ],
    ids=["prompt", "model", "gone"],
)
def test_a_change_that_brings_its_own_judge_is_judged_by_the_bases_too(change, judged, ask, capsys):
    found = propose(judged, ask, **WORSE, **change)
    assert found.code == 1
    assert found.document["stale"] == []
    [compared] = found.document["evals"]
    assert compared["blocks"] == []
    by_base = found.document["by_base"]
    [again] = by_base["evals"]
    assert {block["rule"] for block in again["blocks"]} >= {"net_loss"}
    [changed] = by_base["judges"]
    assert (changed["eval"], changed["label"]) == ("router", "rubric")
    assert "by the base's judge, which this change alters" in found.document["sentence"]
    assert main(["check", "--base", "HEAD~1"]) == 1
    assert "changed judges" in capsys.readouterr().out


def test_what_the_bases_judges_and_examples_ask_is_in_the_cost(judged, api, ask, tmp_path):
    """By the count of the server, which knows nothing of what was asked what for."""
    rule, paid = by_judge(lambda asked: "I guess" not in asked, lambda _: True), []
    outputs = tmp_path / "outputs"

    def edited(ticket):
        return example(*ticket) | ({"expected": "other"} if ticket[0] == "card" else {})

    def counted(asked):
        said = rule(asked)
        words = sum(len(str(turn["content"]).split()) for turn in asked.body["messages"])
        paid.append(words + 2 * len(said.split()))
        return said

    def checked(*ceiling):
        paid.clear()
        found = ask("check", "--base", "HEAD~1", "--report", f"dotenv={outputs}", *ceiling)
        taken, total = found.document["taken"], sum(paid)
        assert taken["asked"] == len(paid)
        for cost in (taken["cost"], *re.findall("COST=(.*)", outputs.read_text())):
            assert Decimal(cost) * 1_000_000 == total
        return found, total

    api.answers(counted)
    judged.write({**WORSE, "evals/judges/house.yaml": LENIENT})
    judged.write({"evals/router.jsonl": jsonl(map(edited, TICKETS))})
    ask("run")
    judged.commit("Change")
    shutil.rmtree(judged.path / ".promptci")
    found, total = checked()
    asked = (found.document[key]["evals"] for key in ("by_base", "base_questions"))
    assert (found.code, *map(len, asked)) == (1, 1, 1)
    shutil.rmtree(judged.path / ".promptci")
    found, less = checked("--max-cost", f"{total / 2_000_000:f}")
    assert (found.code, 0 < less <= total / 2) == (4, True)


def test_a_changed_prompt_of_a_judge_is_shown_line_by_line(judged, ask, capsys):
    propose(judged, ask, **{"evals/judges/house.yaml": LENIENT})
    assert main(["check", "--base", "HEAD~1"]) == 0
    said = capsys.readouterr().out
    assert "- " in said
    for mark, words in (("-", "strict and fair grader"), ("+", "lets everything pass")):
        assert any(line.strip().startswith(mark) and words in line for line in said.splitlines()), (
            said
        )
    assert main(["why", "router", "--base", "HEAD~1"]) == 0
    said = capsys.readouterr().out
    assert "strict and fair grader" in said
    assert "lets everything pass" in said


def test_a_judge_that_changes_nothing_else_passes_by_both(judged, ask):
    found = propose(judged, ask, **{"evals/judges/house.yaml": LENIENT})
    assert found.code == 0
    [again] = found.document["by_base"]["evals"]
    assert (again["lost"], again["blocks"]) == ([], [])


def test_the_default_judge_can_be_changed(judged, ask):
    found = propose(judged, ask, **{"promptci.yaml": default_judge(judged, "other")})
    assert (found.code, found.document["stale"]) == (0, [])
    [changed] = found.document["by_base"]["judges"]
    assert "large-1" in changed["base"]
    assert "other-1" in changed["head"]
    note = "the default judge is other here and large at the base"
    assert note in found.document["notes"]


def test_another_default_judge_does_not_hide_a_fall(judged, ask):
    found = propose(judged, ask, **WORSE, **{"promptci.yaml": default_judge(judged, "other")})
    assert found.code == 1


def test_without_a_verdict_of_the_bases_judge_there_is_none(judged, api, ask):
    def mute(asked):
        if "response_format" in asked.body and "lets everything pass" not in str(asked.body):
            return "hm"
        return by_judge(lambda _: True, lambda _: True)(asked)

    api.answers(mute)
    found = propose(judged, ask, **WORSE, **{"evals/judges/house.yaml": LENIENT})
    assert found.code == 3
    assert "The base's judge gave no verdict on 1 eval." in found.document["sentence"]


def test_log_names_the_judge_that_changed_and_how(judged, ask, capsys):
    propose(judged, ask, **{"evals/judges/house.yaml": LENIENT})
    [entry, first] = ask("log", "router").document["entries"]
    assert (entry["changed"], first["judges"]) == (["scorers"], [])
    [changed] = entry["judges"]
    assert "strict and fair grader" in changed["base"]
    assert "lets everything pass" in changed["head"]
    assert main(["log", "router"]) == 0
    said = capsys.readouterr().out
    assert "judge rubric" in said
    assert "lets everything pass" in said
    assert main(["log", "router", "-n", "1"]) == 0
    assert "judge rubric" in capsys.readouterr().out


def test_compare_says_whose_scorers_judged_both_sides(judged, api, ask, capsys, tmp_path):
    same = "Both sides ask exactly the same, so nothing can differ: 1 eval."
    assert ask("compare", "HEAD", "HEAD").document["sentence"] == same
    api.answers(by_judge(lambda asked: True, lambda asked: False))
    others = (
        {"evals/judges/house.yaml": LENIENT},
        {"evals/router.yaml": "examples: router.jsonl\nscorers: [contains: {value: nobody}]\n"},
    )
    opening = "The scorers of 1 eval differ from main: both sides were judged by change's"
    scores = "router on small: main's record says 100.0%, now 0.0%"
    judged.git("branch", "-M", "main")
    page = tmp_path / "page.md"
    for change in others:
        judged.git("checkout", "-q", "-B", "change", "main")
        judged.write(change)
        judged.commit("Judge otherwise")
        found = ask("compare", "main", "change", "--report", f"markdown={page}")
        said = f"{opening} ({scores}). Both sides ask exactly the same: 1 eval."
        assert (found.code, found.document["sentence"]) == (0, said)
        assert page.read_text().startswith(f"**{said}**")
        assert main(["compare", "main", "change"]) == 0
        assert " ".join(capsys.readouterr().out.split()).startswith(said)
    judged.write(WORSE)
    judged.commit("Reword")
    few = "`router` has too few examples to tell."
    said = ask("compare", "main", "change").document["sentence"]
    assert said == f"{opening} ({scores}). {few}"
    said = ask("compare", "main", "change", "--golden", "base").document["sentence"]
    assert said.startswith("The scorers of 1 eval differ from change: both sides were judged by ")

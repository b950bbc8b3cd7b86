"""What a command says that it may ask is never passed, and is enough."""

import re

import pytest

from projects import EVAL, PROMPT, REWORDED, example, jsonl
from promptci.commands.main import main

PROMPT_FILE = "prompts/router.yaml"
LATER = PROMPT.replace(*REWORDED)
MANY = 200


def rows(count):
    return jsonl(example(f"n{i:03}", f"ticket {i}", "other") for i in range(count))


@pytest.fixture
def large(project, api, ask):
    """A project of many examples whose record is committed, and whose prompt is then reworded."""
    api.answers(lambda _: "other")
    project.write({"evals/router.jsonl": rows(MANY)})
    assert ask("run").code == 0
    project.commit("With its record")
    project.write({PROMPT_FILE: LATER})
    return project


def said(err):
    """The figure behind `asking up to`, the first of it."""
    return int(re.search(r"asking up to ([\d,]+) requests", err)[1].replace(",", ""))


def figure(answer):
    return sum(each["requests"] for each in answer.document["evals"])


def broken(share):
    """A rule that answers the reworded prompt wrongly on a share of the tickets."""

    def rule(asked):
        number = int(re.search(r"ticket (\d+)", str(asked.body["messages"]))[1])
        is_reworded = REWORDED[1] in asked.body["messages"][0]["content"]
        return "nowhere" if is_reworded and number % 100 < share else "other"

    return rule


@pytest.mark.parametrize("share", [0, 5, 50, 100])
def test_the_figure_of_a_dry_run_is_enough_and_holds(large, api, ask, capsys, share):
    api.answers(broken(share))
    before = api.count
    most = figure(ask("run", "--dry-run"))
    assert api.count == before
    code = main(["run", "--max-requests", str(most)])
    assert code == (1 if share else 0)
    assert said(capsys.readouterr().err) == most
    assert api.count - before <= most


def test_the_figure_of_a_comparison_is_enough(large, api, ask):
    large.commit("Reword the prompt")
    api.answers(broken(30))
    before = api.count
    most = figure(ask("compare", "HEAD~1", "HEAD", "--dry-run"))
    assert ask("compare", "HEAD~1", "HEAD", "--max-requests", str(most)).code == 1
    assert api.count - before <= most


def test_many_flips_are_not_all_asked_again(large, api, ask):
    api.answers(broken(100))
    before = api.count
    answer = ask("run")
    assert answer.code == 1
    assert api.count - before == MANY + 2 * 2 * 60
    assert any("lost 200 and won 0 of 200" in each for each in answer.only["failures"])


def test_what_must_pass_is_asked_again_first(large, api, ask):
    large.write({"evals/router.yaml": f"{EVAL}gate: {{must_pass: [n177]}}\n"})
    api.answers(broken(100))
    before = api.count
    ask("run")
    asked = [body for body in api.requests[before:] if "ticket 177" in str(body["messages"])]
    assert len(asked) == 1 + 2 * 2


def test_a_run_stopped_by_a_ceiling_shows_what_it_has(project, api, capsys):
    assert main(["run", "--max-requests", "4", "--concurrency", "1"]) == 4
    captured = capsys.readouterr()
    assert "4/4" in captured.out
    assert "4 of 6 examples done; 4 asked" in captured.err
    assert "the ceiling of 4 requests is reached" in captured.err
    assert not (project.path / "evals/router.scores.yaml").exists()


def test_a_confirmation_stopped_by_a_ceiling_says_all_that_was_asked(large, api, capsys, ask):
    api.answers(broken(10))
    assert main(["run", "--max-requests", str(MANY + 7), "--concurrency", "1"]) == 4
    captured = capsys.readouterr()
    assert f"; {MANY + 7} asked" in captured.err
    assert "0 asked" not in captured.err.replace("200 asked", "")
    assert "router" in captured.out
    answer = ask("run", "--max-requests", str(MANY + 7))
    assert (answer.code, answer.document["exit_code"]) == (4, 4)
    assert "ceiling" in answer.document["error"]
    assert answer.only["total"] == MANY

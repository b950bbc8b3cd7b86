"""What a command says that it may ask is never passed, and is enough."""

import re

import pytest

from fakes import Reply, error_body
from projects import EVAL, PROMPT, REWORDED, example, jsonl
from promptci.commands.main import main

PROMPT_FILE = "prompts/router.yaml"
LATER = PROMPT.replace(*REWORDED)
MANY, FEW = 100, 12


def rows(count):
    return jsonl(example(f"n{i:03}", f"ticket {i}", "other") for i in range(count))


@pytest.fixture
def large(reworded):
    """A project of many examples whose record is committed, and whose prompt is then reworded."""
    return reworded(MANY)


@pytest.fixture
def small(reworded):
    """The same with few."""
    return reworded(FEW)


@pytest.fixture
def reworded(project, api, ask, keep):
    def bring(count):
        def make():
            project.write({"evals/router.jsonl": rows(count)})
            assert ask("run").code == 0
            project.commit("With its record")
            project.write({PROMPT_FILE: LATER})

        api.answers(lambda _: "other")
        keep(make, count)
        return project

    return bring


def said(err):
    """The figure behind `asking up to`, the first of it."""
    return int(re.search(r"asking up to ([\d,]+) requests", err)[1].replace(",", ""))


def figure(answer):
    return answer.document["most_requests"]


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
    assert any("lost 100 and won 0 of 100" in each for each in answer.only["failures"])


def test_what_must_pass_is_asked_again_first(large, api, ask):
    large.write({"evals/router.yaml": f"{EVAL}gate: {{must_pass: [n077]}}\n"})
    api.answers(broken(100))
    before = api.count
    ask("run")
    asked = [body for body in api.requests[before:] if "ticket 77" in str(body["messages"])]
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
    assert "0 asked" not in captured.err.replace("100 asked", "")
    assert "router" in captured.out
    answer = ask("run", "--max-requests", str(MANY + 7))
    assert (answer.code, answer.document["exit_code"]) == (4, 4)
    assert "ceiling" in answer.document["error"]
    assert answer.only["total"] == MANY


@pytest.mark.parametrize("share", [0, 100])
def test_the_figure_of_a_check_is_enough_and_holds(large, api, ask, capsys, share):
    """Base from its record, head asked, flips confirmed, the record that claims otherwise, too."""
    ask("run")
    large.commit("Reword the prompt")
    (large.path / ".promptci/cache.sqlite").unlink()
    api.answers(broken(share))
    before = api.count
    answer = ask("check", "--base", "HEAD~1", "--dry-run")
    most = figure(answer)
    assert (answer.document["command"], api.count) == ("check", before)
    code = main(["check", "--base", "HEAD~1", "--max-requests", str(most)])
    assert code == (1 if share else 0)
    assert said(capsys.readouterr().err) == most
    assert api.count - before <= most


def test_a_check_with_nothing_changed_would_ask_nothing(large, ask, api):
    large.write({PROMPT_FILE: PROMPT})
    before = api.count
    assert figure(ask("check", "--base", "HEAD", "--dry-run")) == 0
    assert api.count == before


@pytest.mark.parametrize(
    "command", [("check", "--base", "HEAD~1"), ("compare", "HEAD~1", "HEAD")], ids=lambda c: c[0]
)
@pytest.mark.parametrize("ceiling", [4, FEW + 3])
def test_what_a_ceiling_stopped_shows_what_it_has(small, api, ask, capsys, command, ceiling):
    """Within the first answers, or while flips are asked again."""
    is_check = command[0] == "check"
    ask("run") if is_check else ask("run", "--no-write")
    small.commit("Reword the prompt")
    (small.path / ".promptci/cache.sqlite").unlink()
    if not is_check and ceiling > FEW:
        ceiling += FEW
    api.answers(broken(4))
    options = ["--max-requests", str(ceiling), "--concurrency", "1"]
    assert main([*command, *options]) == 4
    captured = capsys.readouterr()
    assert f"the ceiling of {ceiling} requests is reached" in captured.err
    assert "; 0 asked" not in captured.err
    assert "router on small" in captured.out
    if is_check:
        stopped = f"The check was stopped: the ceiling of {ceiling} requests is reached"
        assert captured.out.startswith(stopped)
    answer = ask(*command, *options)
    assert answer.code == answer.document["exit_code"] == 4
    assert "ceiling" in answer.document["error"]
    assert answer.only["undecided"] is True
    assert ceiling == 4 or "and not asked again" in answer.only["open_loss"]


def picky(rule):
    """A rule for a model that takes neither a temperature nor `max_tokens`."""

    def answer(asked):
        for name in ("temperature", "max_tokens"):
            if name in asked.body:
                said = f"Unsupported parameter: '{name}' is not supported with this model."
                body = error_body(said, code="unsupported_parameter", param=name)
                return Reply(400, body=body, delay=0.01)
        return rule(asked)

    return answer


def test_calls_without_a_refused_parameter_are_within_the_figure(small, api, ask, capsys):
    """Each is refused once by a model, however many calls are under way."""
    api.answers(picky(broken(4)))
    before = api.count
    most = figure(ask("run", "--dry-run"))
    assert most == FEW + 2 * 2 * FEW + 2
    assert main(["run", "--max-requests", str(most)]) == 0
    assert api.count - before == FEW + 2
    assert said(capsys.readouterr().err) == most


def test_calls_in_vain_are_told(small, api, capsys):
    api.answers(lambda _: Reply(500, body=error_body("trouble")))
    assert main(["run", "--max-requests", "3"]) == 4
    err = capsys.readouterr().err
    assert "0 answered of 3 calls, 0 from the cache" in err
    assert "0 asked" not in err


def test_a_run_says_what_was_not_confirmed(large, api, ask, capsys):
    api.answers(broken(100))
    assert ask("run", "--confirm", "0").only["unconfirmed"] == "not asked again"
    capsys.readouterr()
    assert main(["run"]) == 1
    note = "only 60 of 100 asked 2 times more on both sides"
    assert f"100 lost and 0 won since the last commit, -100.0 points ({note})" in " ".join(
        capsys.readouterr().out.split()
    )

"""A class that collapses is shown, whether or not the total fell, with what both sides took."""

import pytest

from projects import PROMPT, REWORDED, before_and_after, example, jsonl
from promptci.commands.main import main

COUNT = 20


@pytest.fixture
def primes(project, api):
    """As many primes as others; one prompt gets all primes right, the other all others."""
    rows = [example(f"n{n:02}", f"number {n:02}", "yes" if n % 2 else "no") for n in range(COUNT)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    api.answers(before_and_after(lambda _: "yes", lambda _: "no"))
    assert main(["run"]) == 0
    project.commit("Scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    main(["run"])
    project.commit("Reword")
    return project


@pytest.mark.parametrize("command", [("check", "--base", "HEAD~1"), ("compare", "HEAD~1", "HEAD")])
def test_a_class_that_collapses_is_shown_though_the_total_stays(command, primes, capsys):
    capsys.readouterr()
    main([*command])
    said = " ".join(capsys.readouterr().out.split())
    assert "expected yes 10/10 100.0% 0/10 0.0% -100.0 ! hidden by the total" in said
    assert "expected no 0/10 0.0% 10/10 100.0% +100.0" in said
    assert "router on small" in said
    assert "tokens" in said

"""A class that collapses is shown, whether or not the total fell, with what both sides took."""

import json

import pytest

from projects import EVAL, PROMPT, REWORDED, before_and_after, example, jsonl
from promptci.commands.main import main

COUNT = 20
MOVED = {"expected yes": (10, 0), "expected no": (0, 10), "odd": (10, 0)}


@pytest.fixture
def primes(project, api):
    """As many primes as others; one prompt gets all primes right, the other all others."""
    rows = [
        example(f"n{n:02}", f"number {n:02}", "yes" if n % 2 else "no", tags=["odd"] * (n % 2))
        for n in range(COUNT)
    ]
    project.write({"evals/router.jsonl": jsonl(rows)})
    api.answers(before_and_after(lambda _: "yes", lambda _: "no"))
    assert main(["run"]) == 0
    project.commit("Scores")
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    return project


def test_a_class_that_collapses_is_shown_by_every_command(primes, capsys):
    capsys.readouterr()
    assert main(["run", "--json"]) == 0
    [ran] = json.loads(capsys.readouterr().out)["evals"]
    moved = {
        f"expected {s['value']}" if s["kind"] == "expected" else s["value"]: (
            s["base"]["passed"],
            s["head"]["passed"],
        )
        for s in ran["splits"]
    }
    assert moved == MOVED
    main(["run"])
    fallen = "router on small: expected `yes` 10/10 → 0/10, -100.0 points, hidden by the total"
    assert fallen in capsys.readouterr().out.replace("\n", " ")
    main(["run", "--report", "markdown=run.md"])
    row = "| `router` | `small` | expected `yes` | 10/10 100.0% | 0/10 0.0% | -100.0 | hidden by"
    assert row in (primes.path / "run.md").read_text()
    (primes.path / "run.md").unlink()
    primes.commit("Reword")
    capsys.readouterr()
    first = "1 of 1 eval changed: 1 with too few examples to tell. Nothing blocks. "
    first += "In `router` expected `yes` 10/10 → 0/10, -100.0 points, hidden by the total."
    for command in (["diff", "HEAD~1", "--json"], ["check", "--base", "HEAD~1", "--json"]):
        main(command)
        [found] = json.loads(capsys.readouterr().out)["evals"]
        assert [s["hidden"] for s in found["splits"]] == [True, False, True]
        if command[0] == "check":  # the base's record is kept, and its answers are stored here
            assert found["base"]["spent"]["cached"] == COUNT
            assert found["base"]["spent"]["input_tokens"] > 0
    main(["log", "router", "--json"])
    newest, oldest = json.loads(capsys.readouterr().out)["entries"]
    assert [(s["kind"], s["value"]) for s in newest["fallen"]] == [
        ("expected", "yes"),
        ("tag", "odd"),
    ]
    assert oldest["fallen"] == []
    for command in (["diff", "HEAD~1"], ["log", "router"]):
        main(command)
        assert "expected `yes` 10/10 → 0/10, -100.0 points" in capsys.readouterr().out
    for command in (["check", "--base", "HEAD~1"], ["compare", "HEAD~1", "HEAD"]):
        main(command)
        said = " ".join(capsys.readouterr().out.split())
        assert said.startswith(first) or command[0] == "compare"
        assert "expected yes 10/10 100.0% 0/10 0.0% -100.0 ! hidden by the total" in said
        assert "expected no 0/10 0.0% 10/10 100.0% +100.0" in said
        assert "router on small" in said
        assert "tokens" in said
        main([*command, "--report", "markdown=../head.md"])
        assert row in (primes.path.parent / "head.md").read_text()


def test_a_tag_that_is_taken_away_hides_no_fall_from_any_command(primes, capsys):
    rows = (primes.path / "evals/router.jsonl").read_text()
    primes.write({"evals/router.jsonl": rows.replace('["odd"]', "[]")})
    told = "tag `odd` 10/10 → 0/10, -100.0 points"
    main(["run"])
    primes.commit("Reword, and take the tag away")
    commands = (["diff", "HEAD~1"], ["log", "router"], ["check", "--base", "HEAD~1"])
    said = [capsys.readouterr().out]
    for command in commands:
        main(command)
        said.append(capsys.readouterr().out)
    assert [told in " ".join(each.split()) for each in said] == [True] * 4


def test_examples_that_are_added_thin_out_no_collapse(primes, api, capsys):
    """Many more primes, which pass: on all of them most of the tag and the class is left."""
    api.answers(before_and_after(lambda _: "yes", lambda a: "yes" if "prime" in a else "no"))
    primes.write({"evals/router.yaml": f"{EVAL}gate: {{tolerance: 0.3}}\n"})
    primes.git("commit", "-q", "-m", "Allow more", "--", "evals/router.yaml")
    rows = (primes.path / "evals/router.jsonl").read_text()
    more = [example(f"p{n}", f"prime {n}", "yes", tags=["odd"]) for n in range(40)]
    primes.write({"evals/router.jsonl": rows + jsonl(more)})
    main(["run"])
    primes.commit("Reword, and add easy ones")
    capsys.readouterr()
    main(["check", "--base", "HEAD~1"])
    said = " ".join(capsys.readouterr().out.split())
    assert "expected `yes (as at the base)` 10/10 → 0/10, -100.0 points" in said

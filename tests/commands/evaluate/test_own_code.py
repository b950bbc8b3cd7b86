"""Own code and SQL in whole runs: what is allowed, whose code runs, and what is counted."""

import pytest

from fakes import FakeAPI, Reply
from gitrepo import GitRepo
from projects import TICKETS, config, example, jsonl, route, router
from promptci.commands.main import main

COUNT = len(TICKETS)
CODE = """\
import os
from pathlib import Path
def score(output, expected, vars):
    print('{"exit_code": 0}')
    Path(CANARY).open("a").write("RUN " + " ".join(os.environ.values()))
    return output == expected
"""
OWN = "examples: router.jsonl\nscorers:\n  - python: judge:score\n"
COMMAND = "examples: router.jsonl\nscorers:\n  - command: [sh, judge.sh]\n"
ALLOW = "allow: [code]\n"
CHECK = ("check", "--base", "main")


@pytest.fixture
def canary(tmp_path):
    """A file that the code writes when it runs."""
    return tmp_path / "canary"


@pytest.fixture
def own(repo: GitRepo, api: FakeAPI, canary) -> GitRepo:
    """The project `router`, judged by own code that is not allowed yet."""
    api.answers(route)
    repo.write(router(api.url, eval=OWN) | {"evals/judge.py": told(canary, "base")})
    repo.commit("Add the router")
    return repo


@pytest.fixture
def pull(own: GitRepo, api: FakeAPI, canary) -> GitRepo:
    """The same with records and permission on `main`, on the branch `pull`."""
    own.write({"promptci.yaml": config(api.url, ALLOW)})
    assert main(["run"]) == 0
    own.commit("scores")
    own.git("checkout", "-q", "-b", "pull")
    canary.unlink()
    return own


def told(canary, word, code=CODE):
    """The code, which writes a word into the canary file."""
    return code.replace("CANARY", repr(str(canary))).replace("RUN", word)


def test_own_code_is_off(own: GitRepo, api: FakeAPI, canary, capsys):
    assert main(["run"]) == 2
    assert "a scorer or tool is own code, which is off: pass" in capsys.readouterr().err
    assert api.count == 0
    assert not canary.exists()


NESTED = {
    "combined": OWN.replace("- python: judge:score", "- all_of: [not: {python: judge:score}]"),
    "in an example": "examples: [{id: a, vars: {ticket: x}, scorers: [{python: judge:score}]}]\n",
    "for a tag": OWN.replace("judge:score", "{function: judge:score, only: billing}"),
    "in a set": OWN.replace("python: judge:score", "use: house"),
}


def test_own_code_is_off_wherever_it_is(own: GitRepo, api: FakeAPI, canary, capsys):
    more = "scorers: {house: [{python: judge:score}]}\n"
    for where, spec in NESTED.items():
        spec = spec.replace("scorers:\n", "scorers:\n  - equals\n")
        own.write({"promptci.yaml": config(api.url, more), "evals/router.yaml": spec})
        assert main(["run"]) == 2, where
        assert "own code, which is off" in capsys.readouterr().err, where
    assert api.count == 0
    assert not canary.exists()


def test_commands_that_run_nothing_need_no_permission(own: GitRepo, canary):
    main(["run", "--allow-code"])
    own.commit("scores")
    canary.unlink()
    for command in (["lint"], ["why", "router"], ["show", "router"], ["log", "router"]):
        assert main(command) == 0, command
        assert not canary.exists(), command


@pytest.mark.parametrize("way", ["option", "file"])
def test_own_code_judges_where_it_is_allowed(own, api, ask, canary, monkeypatch, way):
    monkeypatch.setenv("LAB_API_KEY", "sk-canary-value")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs-canary-value")
    if way == "file":
        own.write({"promptci.yaml": config(api.url, ALLOW)})
    found = ask("run", *(["--allow-code"] if way == "option" else []))
    assert (found.code, found.only["passed"], found.only["total"]) == (0, COUNT, COUNT)
    assert "canary-value" not in canary.read_text()
    assert canary.read_text().count("base") == COUNT


def test_what_runs_in_a_sandbox_is_neither_counted_nor_paid(own, api, ask):
    found = ask("run", "--allow-code", "--max-requests", str(COUNT), "--max-cost", "1")
    assert (found.code, found.only["asked"], found.only["cached"]) == (0, COUNT, 0)
    assert found.only["cost"] is not None
    again = ask("run", "--allow-code", "--max-requests", "0", "--offline")
    assert (again.code, again.only["asked"], again.only["cached"]) == (0, 0, COUNT)
    assert again.only["passed"] == COUNT
    assert api.count == COUNT


def test_a_dry_run_runs_nothing(own, ask, canary):
    assert ask("run", "--dry-run").only["requests"] == COUNT
    ask("run", "--allow-code")
    canary.unlink()
    found = ask("run", "--dry-run").only
    assert (found["requests"], found["cached"]) == (0, COUNT)
    assert not canary.exists()


def test_code_that_crashes_is_an_error_of_every_example(own: GitRepo, ask, capsys):
    own.write({"evals/judge.py": "def score(output, expected, vars):\n    return 1 / 0\n"})
    found = ask("run", "--allow-code")
    assert found.code == 3
    assert found.only["errors"] == COUNT
    main(["show", "router", "card"])
    assert "judge.py:2: ZeroDivisionError" in capsys.readouterr().out


def test_many_bad_queries_do_not_stop_a_run(repo: GitRepo, api: FakeAPI, ask):
    rows = [example(f"n{number}", f"Question {number}", "SELECT 1") for number in range(50)]
    spec = "examples: router.jsonl\nscorers: [{sql_execution: {script: CREATE TABLE t (a)}}]\n"
    repo.write(router(api.url, eval=spec, examples=jsonl(rows)))
    found = ask("run")
    assert (found.code, found.only["passed"], found.only["total"]) == (0, 0, 50)
    assert found.only["errors"] == 0


def test_a_changed_script_or_module_makes_the_record_stale(pull: GitRepo, capsys):
    pull.write({"evals/judge.py": "def score(*_): return True\n"})
    pull.commit("change the judge")
    assert main(list(CHECK)) == 3
    assert "was made before the last change" in capsys.readouterr().out


def test_a_check_runs_the_code_of_the_base_and_says_so(pull: GitRepo, ask, canary):
    pull.write({"evals/judge.py": told(canary, "head")})
    assert main(["run"]) == 0
    pull.commit("change the judge")
    canary.unlink()
    found = ask(*CHECK)
    assert found.code == 0
    assert any("evals/judge.py differs from the base" in note for note in found.document["notes"])
    assert "head" not in canary.read_text()
    assert "base" in canary.read_text()


def test_a_check_takes_neighbours_from_the_base_too(pull: GitRepo, api, ask, canary):
    pull.git("checkout", "-q", "main")
    pull.write(
        {"evals/judge.py": "from rules import score\n", "evals/rules.py": told(canary, "base")}
    )
    main(["run"])
    pull.commit("a neighbour")
    pull.git("checkout", "-q", "-B", "pull")
    pull.write({"evals/rules.py": told(canary, "head"), "evals/new.py": told(canary, "head")})
    main(["run"])
    pull.commit("change it")
    canary.unlink()
    found = ask(*CHECK)
    notes = " ".join(found.document["notes"])
    assert "evals/rules.py differs" in notes
    assert "evals/new.py differs" in notes
    assert "head" not in canary.read_text()


def test_a_change_cannot_allow_itself_to_run_code(own: GitRepo, api, canary, capsys):
    assert main(["run", "--allow-code"]) == 0
    own.commit("scores")
    own.git("checkout", "-q", "-b", "pull")
    own.write({"promptci.yaml": config(api.url, ALLOW), "evals/judge.py": told(canary, "head")})
    main(["run"])
    own.commit("allow it")
    canary.unlink()
    assert main(list(CHECK)) == 2
    assert "write `allow: [code]` in promptci.yaml of the base" in capsys.readouterr().err
    assert not canary.exists()


def test_code_that_only_the_change_has_is_not_run(pull: GitRepo, canary, capsys):
    pull.write(
        {"evals/fresh.py": told(canary, "head"), "evals/router.yaml": OWN.replace("judge", "fresh")}
    )
    main(["run"])
    pull.commit("other code")
    canary.unlink()
    assert main(list(CHECK)) == 3
    said = "no eval of the base scores with `fresh:score`"
    assert f"`router` (evals/router.yaml) was not evaluated: {said}" in capsys.readouterr().out
    assert "head" not in canary.read_text()  # the base's own code ran, for its questions


@pytest.mark.parametrize("known", [True, False])
def test_a_command_must_be_one_of_the_base(pull: GitRepo, canary, capsys, known):
    pull.git("checkout", "-q", "main")
    script = f"cat > /dev/null; echo ran >> {canary}; echo 1\n"
    pull.write({"evals/router.yaml": COMMAND, "evals/judge.sh": script})
    main(["run"])
    pull.commit("a command")
    pull.git("checkout", "-q", "-B", "pull")
    other = f"[sh, -c, 'echo head >> {canary}; echo 1']"
    rows = jsonl(example(*ticket) for ticket in TICKETS[:5])
    pull.write({"evals/router.jsonl": rows})
    if not known:
        pull.write({"evals/router.yaml": COMMAND.replace("[sh, judge.sh]", other)})
    main(["run"])
    pull.commit("edit")
    canary.unlink()
    assert main(list(CHECK)) == (0 if known else 3)
    said = capsys.readouterr().out
    assert ("the base does not have the command" in said) is not known
    assert set(canary.read_text().split()) == {"ran"}


def test_an_event_with_secrets_runs_no_code(pull, canary, monkeypatch, capsys):
    pull.write({"evals/judge.py": told(canary, "head")})
    main(["run"])
    pull.commit("change the judge")
    canary.unlink()
    capsys.readouterr()
    for event in ("pull_request_target", "workflow_run"):
        monkeypatch.setenv("GITHUB_EVENT_NAME", event)
        for arguments in (("run",), ("run", "--allow-code"), CHECK):
            assert main(list(arguments)) == 2, arguments
            assert f"not run under `{event}`, which holds secrets" in capsys.readouterr().err
            assert not canary.exists(), arguments


def test_a_pull_request_runs_the_code_of_its_base_alone(pull, canary, monkeypatch, capsys):
    pull.write({"evals/judge.py": told(canary, "head")})
    main(["run"])
    pull.commit("change the judge")
    canary.unlink()
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    assert main(["run"]) == 2
    assert "a pull request may not allow itself to run it" in capsys.readouterr().err
    assert not canary.exists()
    assert main(list(CHECK)) == 0
    assert "head" not in canary.read_text()


def test_sql_needs_no_permission_anywhere(repo: GitRepo, api: FakeAPI, ask, monkeypatch):
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request_target")
    api.answers(lambda _: "SELECT a FROM t")
    rows = jsonl([example("one", "Which?", "SELECT 5"), example("two", "What?", "SELECT 6")])
    spec = "examples: router.jsonl\nscorers: [{sql_execution: data/t.sql}]\n"
    files = {"evals/data/t.sql": "CREATE TABLE t (a); INSERT INTO t VALUES (5);"}
    repo.write(router(api.url, eval=spec, examples=rows) | files)
    found = ask("run")
    assert (found.code, found.only["passed"], found.only["total"]) == (0, 1, 2)


def test_a_model_that_refuses_still_ends_the_run(own: GitRepo, api: FakeAPI, canary):
    api.answers(lambda _: Reply(401))
    assert main(["run", "--allow-code"]) == 3
    assert not canary.exists()

"""What a committed record says is not paid twice, nor does chance rewrite it. Real git."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from commands.conftest import Answer, begin
from fakes import FakeAPI
from gitrepo import GitRepo
from projects import PROMPT, REWORDED, TICKETS, example, jsonl, route
from promptci.commands.main import main

NEW = "examples: [{vars: {ticket: Good day}, expected: other}]\nscorers: [equals]\n"
SCORES = "evals/router.scores.yaml"
Ask = Callable[..., Answer]


@pytest.fixture
def scored(repo: GitRepo, api, keep) -> GitRepo:
    """The project with its record on main."""

    def make() -> None:
        begin(repo, api)
        assert main(["run"]) == 0
        repo.commit("scores")

    api.answers(route)
    keep(make)
    return repo


def forget(repo: GitRepo) -> None:
    """Have nothing stored, as in a fresh clone."""
    shutil.rmtree(repo.path / ".promptci")


def test_a_fresh_clone_asks_nothing_of_what_is_recorded(scored: GitRepo, ask: Ask) -> None:
    forget(scored)
    before = (scored.path / SCORES).read_bytes()
    dry = ask("run", "--dry-run").document["evals"][0]
    assert (dry["requests"], dry["cached"], dry["recorded"]) == (0, 0, 6)
    found = ask("run")
    assert (found.code, found.only["asked"], found.only["passed"]) == (0, 0, 6)
    used = "1 committed record is used for answers that are not stored here"
    assert f"{used}: `promptci run --missing` asks" in found.stderr  # pytest's plugin says it, too
    assert (scored.path / SCORES).read_bytes() == before


@pytest.mark.parametrize(("stays", "code", "asked"), [(True, 1, 4), (False, 0, 2)])
def test_a_stored_answer_goes_before_the_record(
    scored: GitRepo, ask: Ask, api: FakeAPI, stays: bool, code: int, asked: int
) -> None:
    """A part that was asked alone says otherwise than a record that is used for the rest."""
    forget(scored)
    before = (scored.path / SCORES).read_bytes()
    api.answers(lambda asked: "other" if "card" in asked else route(asked))
    assert ask("run", "--example", "card").only["passed"] == 0
    if not stays:
        api.answers(route)
    bound = ask("run", "--dry-run").document["evals"][0]["requests"]
    count = len(api.requests)
    found = ask("run")
    assert "card: its stored answer says otherwise than the record" in found.stderr
    assert (found.code, found.only["passed"], len(api.requests) - count) == (code, 5, asked)
    assert asked <= bound <= 4
    assert ((scored.path / SCORES).read_bytes() == before) is not stays
    assert "asking up to 4 requests" in found.stderr or "asking up to 6 requests" in found.stderr


def test_flips_among_stored_answers_are_bounded_beforehand(
    scored: GitRepo, ask: Ask, api: FakeAPI
) -> None:
    """All is stored and says otherwise than the record of the same files: flips are asked again."""
    api.answers(lambda _: "other")
    ask("run", "--refresh", "--confirm", "0", "--no-write")
    assert ask("run", "--dry-run", "--confirm", "0").document["evals"][0]["requests"] == 0
    assert ask("run", "--dry-run", "--offline").document["evals"][0]["requests"] == 0
    before, count = (scored.path / SCORES).read_bytes(), len(api.requests)
    bound = ask("run", "--dry-run").document["evals"][0]["requests"]
    assert (len(api.requests), (scored.path / SCORES).read_bytes()) == (count, before)
    found = ask("run", "--max-requests", str(bound))
    assert found.code == 1, found.stderr
    assert 0 < len(api.requests) - count <= bound


OWN = {
    "evals/router.yaml": "examples: router.jsonl\nscorers: [{python: 'own:score'}]\n",
    "evals/own.py": "def score(output, expected, vars):\n    return output == expected\n",
}


@pytest.mark.parametrize("files", [{}, OWN], ids=["equals", "own code"])
def test_flips_among_stored_answers_are_bounded_beside_an_eval_that_asks(
    scored: GitRepo, ask: Ask, api: FakeAPI, files: dict[str, str]
) -> None:
    """The line before a run counts what the flips of another eval may ask as well."""
    scored.write(files)
    allowed = ("--allow-code",) if files else ()
    ask("run", *allowed)
    scored.commit("scores")
    api.answers(lambda _: "other")
    ask("run", "--refresh", "--confirm", "0", "--no-write", *allowed)
    ask("run", "--confirm", "0", "--no-write", *allowed)  # which keeps its result
    scored.write({"evals/hello.yaml": NEW, "prompts/hello.yaml": PROMPT})
    bound = sum(e["requests"] for e in ask("run", "--dry-run", *allowed).document["evals"])
    count = len(api.requests)
    found = ask("run", *allowed)
    [said] = re.findall(r"asking up to (\d+) requests", found.stderr)
    asked = len(api.requests) - count
    assert {each["eval"] for each in found.document["evals"]} == {"hello", "router"}
    assert 1 + 4 * 5 <= asked <= min(bound, int(said)), "each of five flips, twice on both sides"


def test_what_did_not_change_is_left_out_where_that_is_asked_for(
    scored: GitRepo, ask: Ask, api: FakeAPI
) -> None:
    two = "prompt: router\nexamples: router.jsonl\nscorers: [contains]\n"
    scored.write({"evals/two.yaml": two})
    there = {"eval": "router", "model": "small"}
    dry = ask("run", "--changed", "--dry-run")
    assert [each["eval"] for each in dry.document["evals"]] == ["two"]
    found = ask("run", "--changed")
    assert (found.only["eval"], found.document["unchanged"]) == ("two", [there])
    assert "1 of 2 evals did not change since the last commit: not run" in found.stderr
    scored.commit("Two")
    found = ask("run", "--changed")
    assert (found.code, found.document["evals"], len(found.document["unchanged"])) == (0, [], 2)
    assert ask("run", "--changed", "--since", "HEAD~1").only["eval"] == "two"
    scored.write({"evals/two.yaml": f"{two}gate: {{min_score: 1}}\n"})
    api.answers(lambda asked: "other" if "card" in asked else route(asked))
    ask("run", "two", "--refresh")  # fails its gate, and is not left out
    scored.commit("Worse")
    assert (ask("run", "--changed").code, ask("run", "two").code) == (1, 1)
    (scored.path / SCORES).unlink()
    assert "router" in {each["eval"] for each in ask("run", "--changed").document["evals"]}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--since", "HEAD"], "add --changed"),
        (["--changed", "--since", "nope"], "no commit `nope`"),
        (["--changed", "--shard", "1/2"], "goes with none of"),
        (["--changed", "--watch"], "goes with none of"),
    ],
)
def test_what_changed_is_chosen_in_sense(
    scored: GitRepo, ask: Ask, options: list[str], said: str
) -> None:
    answer = ask("run", *options)
    assert (answer.code, said in answer.document["error"]) == (2, True)


def test_only_what_changed_is_asked(scored: GitRepo, ask: Ask) -> None:
    forget(scored)
    scored.write(
        {"evals/two.yaml": "prompt: router\nexamples: router.jsonl\nscorers: [contains]\n"}
    )
    found = ask("run")
    assert {each["eval"]: each["asked"] for each in found.document["evals"]} == {
        "router": 0,
        "two": 6,
    }


def test_going_back_to_an_earlier_state_asks_nothing(scored: GitRepo, ask: Ask) -> None:
    before = (scored.path / SCORES).read_bytes()
    scored.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    ask("run")
    scored.commit("Reword")
    scored.write({"prompts/router.yaml": PROMPT})
    forget(scored)
    assert ask("run").only["asked"] == 0
    assert (scored.path / SCORES).read_bytes() == before


def test_a_new_label_is_written_into_a_reused_record(scored: GitRepo, ask: Ask) -> None:
    forget(scored)
    scored.write({"prompts/router.yaml": PROMPT.replace("version: v1", "version: v2")})
    assert ask("run").only["asked"] == 0
    assert "version: v2" in (scored.path / SCORES).read_text()


@pytest.mark.parametrize("option", [["--refresh"], ["--tag", "billing"], ["--repeat", "2"]])
def test_what_is_asked_for_is_asked(scored: GitRepo, ask: Ask, option: list[str]) -> None:
    forget(scored)
    assert ask("run", *option).only["asked"] > 0


def test_worktrees_share_one_store(
    scored: GitRepo, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    scored.git("-C", str(tmp_path / "side"), "rm", "-q", SCORES)
    scored.git("-C", str(tmp_path / "side"), "commit", "-qm", "Remove the record")
    monkeypatch.chdir(tmp_path / "side")
    found = ask("run")
    assert (found.only["asked"], found.only["cached"]) == (0, 6)
    assert not (tmp_path / "side/.promptci/cache.sqlite").exists()
    inner = scored.git("-C", str(tmp_path / "side"), "rev-parse", "--absolute-git-dir").strip()
    monkeypatch.setenv("GIT_DIR", inner)  # as git tells its hooks
    monkeypatch.setenv("GIT_INDEX_FILE", f"{inner}/index")
    found = ask("run", "--offline")
    assert (found.code, found.only["cached"]) == (0, 6)
    assert not (tmp_path / "side/.promptci/cache.sqlite").exists()


class Moody:
    """A model that gets some tickets wrong the first time it is asked in a row, and then right."""

    def __init__(self, *wrong: str) -> None:
        self.wrong = wrong
        self.asked: dict[str, int] = {}

    def __call__(self, asked):
        ticket = next((text for id_, text, _ in TICKETS if id_ in self.wrong and text in asked), "")
        if not ticket:
            return route(asked)
        self.asked[ticket] = self.asked.get(ticket, 0) + 1
        return "other" if self.asked[ticket] == 1 else route(asked)


def test_a_moody_model_rewrites_no_record(scored: GitRepo, ask: Ask, api: FakeAPI) -> None:
    before = (scored.path / SCORES).read_bytes()
    api.answers(Moody("card", "parcel", "login"))
    found = ask("run", "--refresh")
    assert found.only["passed"] == 3
    assert (scored.path / SCORES).read_bytes() == before
    assert found.code == 0


def test_after_an_edit_what_is_flaky_keeps_its_verdict(
    scored: GitRepo, ask: Ask, api: FakeAPI
) -> None:
    api.answers(Moody("card"))
    scored.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    ask("run")
    text = (scored.path / SCORES).read_text()
    assert "passed: 6" in text
    assert "is: fail" not in text
    scored.commit("Reword")
    assert ask("check", "--base", "HEAD~1").code == 0


def test_after_an_edit_what_only_the_base_takes_back_is_written_as_it_is(
    scored: GitRepo, ask: Ask, api: FakeAPI
) -> None:
    api.answers(lambda asked: "other" if "charged twice" in asked else route(asked))
    scored.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    ask("run")
    assert "passed: 5" in (scored.path / SCORES).read_text()
    scored.commit("Reword")
    checked = ask("check", "--base", "HEAD~1")
    assert checked.document["stale"] == []


def test_a_model_that_drifted_is_recorded_once_that_is_confirmed(
    scored: GitRepo, ask: Ask, api: FakeAPI
) -> None:
    api.answers(lambda asked: "other" if "charged twice" in asked else route(asked))
    found = ask("run", "--refresh")
    assert found.only["change"]["lost"] == ["card"]
    assert "passed: 5" in (scored.path / SCORES).read_text()
    scored.commit("Drift")
    [entry, _] = ask("log", "router").document["entries"]
    assert (entry["changed"], entry["lost"]) == ([], ["card"])


def test_without_confirmation_the_same_question_keeps_its_verdicts(
    scored: GitRepo, ask: Ask, api: FakeAPI
) -> None:
    before = (scored.path / SCORES).read_bytes()
    api.answers(lambda _: "other")
    ask("run", "--refresh", "--confirm", "0")
    assert (scored.path / SCORES).read_bytes() == before


def test_a_record_of_other_examples_is_not_reused(scored: GitRepo, ask: Ask) -> None:
    forget(scored)
    rows = [example(*TICKETS[0]), example("new", "Where is my parcel?", "shipping")]
    scored.write({"evals/router.jsonl": jsonl(rows)})
    assert ask("run").only["asked"] == 2

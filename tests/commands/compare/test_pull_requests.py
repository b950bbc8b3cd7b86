"""A stranger's pull request: what it may not do, and what a reviewer sees of it."""

import json
import re
import socket
import sqlite3
from pathlib import Path

import pytest

from commands.conftest import begin, files
from fakes import FakeAPI
from gitrepo import GitRepo
from projects import (
    EVAL,
    PROMPT,
    REWORDED,
    TICKETS,
    before_and_after,
    config,
    example,
    jsonl,
    route,
)
from promptci.commands.main import main

EDITED = {"prompts/router.yaml": PROMPT.replace(*REWORDED)}
RECORD = "evals/router.scores.yaml"
KEY = "canary-key-of-the-lab-0123456789"
COUNT = len(TICKETS)


def worse(asked):
    """A model that sends parcels to billing."""
    return "billing" if "parcel" in asked else route(asked)


def locked(url: str, more: str = "") -> str:
    """The configuration with a key."""
    return config(url, more).replace(f"base_url: {url}", f"base_url: {url}, key_env: LAB_KEY")


@pytest.fixture
def scored(repo: GitRepo, api, monkeypatch, keep) -> GitRepo:
    """The project whose endpoint needs a key, with its records on `main`, on the branch `pull`."""

    def make() -> None:
        begin(repo, api)
        repo.write({"promptci.yaml": locked(api.url)})
        record(repo, "scores")
        repo.git("checkout", "-q", "-b", "pull")

    monkeypatch.setenv("LAB_KEY", KEY)
    api.answers(route)
    keep(make)
    return repo


def record(repo: GitRepo, message: str) -> str:
    assert main(["run", "--confirm", "0"]) in (0, 1, 3)  # whatever the gate says: it is written
    return repo.commit(message)


def propose(repo: GitRepo, api: FakeAPI, changes, then=route) -> None:
    """Commit an edit with its scores; `then` is how the model answers the reworded prompt."""
    api.answers(before_and_after(route, then))
    repo.write(changes)
    record(repo, "edit")


def forget(repo: GitRepo) -> None:
    for path in filter(Path.is_file, (repo.path / ".promptci").glob("cache.sqlite*")):
        path.unlink()


def as_fork(monkeypatch, tmp_path) -> None:
    """The environment of a job for a pull request from a fork: no secrets."""
    event = tmp_path / "event.json"
    sides = {"head": {"repo": {"full_name": "eve/r"}}, "base": {"repo": {"full_name": "ada/r"}}}
    pull = {"number": 7, **sides}
    event.write_text(json.dumps({"pull_request": pull}))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))
    monkeypatch.delenv("LAB_KEY", raising=False)


# No key


@pytest.mark.parametrize("then", [route, worse])
def test_a_fork_without_a_key_is_not_evaluated_and_no_model_is_asked(
    scored, api, ask, capsys, monkeypatch, tmp_path, then
):
    propose(scored, api, EDITED, then)
    forget(scored)
    as_fork(monkeypatch, tmp_path)
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    before = api.count
    answer = ask("check")
    assert (answer.code, api.count) == (3, before)
    [skipped] = answer.document["not_evaluated"]
    assert (skipped["eval"], skipped["model"]) == ("router", "small")
    assert skipped["why"] == (
        "the key LAB_KEY of the endpoint `lab` is not set, as in every pull request from a fork"
    )
    lost = [] if then is route else ["parcel"]
    assert skipped["claim"]["examples"]["lost"] == lost
    assert answer.document["evals"] == []
    for said in (answer.document["sentence"], summary.read_text("utf-8")):
        assert "1 of 1 eval was not evaluated (`router`)." in said
        assert "No action needed" not in said
        assert "passed" not in said.replace("unverified", "")
    assert "author's record claims, unverified" in summary.read_text("utf-8")
    cure = "git fetch origin pull/7/head && promptci check --head FETCH_HEAD"
    assert answer.document["evaluate_with"] == cure
    assert f"a maintainer with the key evaluates this by `{cure}`" in summary.read_text("utf-8")
    capsys.readouterr()
    assert main(["check"]) == 3
    assert "not evaluated" in capsys.readouterr().out


def test_what_did_not_change_needs_no_key(scored, ask, monkeypatch):
    scored.write({"README.md": "# Router\n"})
    scored.commit("readme")
    forget(scored)
    monkeypatch.delenv("LAB_KEY")
    answer = ask("check")
    assert (answer.code, answer.document["not_evaluated"]) == (0, [])


def test_stored_answers_are_replayed_without_a_key(scored, api, ask, monkeypatch):
    propose(scored, api, EDITED, worse)
    monkeypatch.delenv("LAB_KEY")
    answer = ask("check")
    assert (answer.code, answer.document["not_evaluated"]) == (3, [])
    assert "and not asked again, so it may be chance" in answer.only["open_loss"]
    assert answer.document["sentence"].startswith("No verdict on 1 of 1 eval (`router`).")
    assert answer.only["examples"]["lost"] == ["parcel"]
    assert answer.only["confirmation"]["asked"] is False


def test_stored_answers_contradict_a_claim_without_a_key(scored, api, ask, monkeypatch):
    propose(scored, api, EDITED)
    claimed = (scored.path / RECORD).read_text()
    api.answers(worse)
    assert main(["run", "--refresh", "--confirm", "0"]) == 3  # one of six, not asked again
    scored.write({RECORD: claimed})
    with sqlite3.connect(scored.path / ".promptci/cache.sqlite") as db:
        assert db.execute("DELETE FROM completion WHERE text = 'account'").rowcount
    monkeypatch.delenv("LAB_KEY")
    answer = ask("check")
    assert (answer.code, len(answer.document["not_evaluated"])) == (3, 1)
    assert "it does not say what was run of `parcel`" in answer.document["stale"][0]["why"]


def test_a_new_eval_without_a_key_is_not_evaluated(scored, api, ask, monkeypatch):
    propose(scored, api, {"evals/other.yaml": f"prompt: router\n{EVAL}"})
    forget(scored)
    monkeypatch.delenv("LAB_KEY")
    answer = ask("check")
    assert answer.code == 3
    [skipped] = answer.document["not_evaluated"]
    assert (skipped["eval"], skipped["claim"]["passed"]) == ("other", COUNT)


def test_files_are_linted_without_a_key(scored, ask, monkeypatch):
    scored.write({"prompts/router.yaml": "messages: [\n"})
    scored.commit("broken")
    monkeypatch.delenv("LAB_KEY")
    assert ask("check").code == 2


def test_no_key_may_be_made_an_error(scored, api, ask, monkeypatch):
    propose(scored, api, EDITED)
    forget(scored)
    monkeypatch.delenv("LAB_KEY")
    answer = ask("check", "--no-key", "fail")
    assert answer.code == 2
    assert "needs the environment variable LAB_KEY" in answer.document["error"]


def test_the_reports_for_machines_have_no_pass_either(scored, api, monkeypatch, tmp_path, capsys):
    propose(scored, api, EDITED)
    forget(scored)
    as_fork(monkeypatch, tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    junit = tmp_path / "junit.xml"
    assert main(["check", "--junit", str(junit)]) == 3
    assert 'errors="1"' in junit.read_text()
    assert "::error file=evals/router.yaml,line=1,title=router%3A not evaluated::" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("event", "is_fork"),
    [
        ({"pull_request": {"head": {"repo": None}, "base": {"repo": {"full_name": "a/b"}}}}, True),
        (
            {
                "pull_request": {
                    "head": {"repo": {"full_name": "a/b"}},
                    "base": {"repo": {"full_name": "a/b"}},
                }
            },
            False,
        ),
        ({}, False),
        ([], False),
        ("[" * 100_000, False),
        ("{", False),
    ],
)
def test_an_event_file_of_any_shape(scored, api, ask, monkeypatch, tmp_path, event, is_fork):
    propose(scored, api, EDITED)
    forget(scored)
    as_fork(monkeypatch, tmp_path)
    text = event if isinstance(event, str) else json.dumps(event)
    (tmp_path / "event.json").write_text(text)
    [skipped] = ask("check").document["not_evaluated"]
    assert ("from a fork" in skipped["why"]) == is_fork


# Whose configuration counts


def listener():
    """A socket that hears of every connection."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    return server


def heard(server) -> bool:
    try:
        server.accept()
    except TimeoutError:
        return False
    return True


CONFIGS = {
    "base_url": lambda url, evil: locked(evil),
    "headers": lambda url, evil: locked(url).replace(
        "key_env", "headers: {X-Route: evil}, key_env"
    ),
    "key_env": lambda url, evil: locked(url).replace("LAB_KEY", "OTHER_KEY"),
    "timeout": lambda url, evil: locked(url).replace("key_env", "timeout: 0.001, key_env"),
    "openai's own address": lambda url, evil: locked(url).replace(
        "endpoints:\n", f"endpoints:\n  openai: {{base_url: {evil}, key_env: LAB_KEY}}\n"
    ),
}


@pytest.mark.parametrize("change", CONFIGS.values(), ids=list(CONFIGS))
def test_a_changed_endpoint_is_not_used(scored, api, ask, monkeypatch, change):
    monkeypatch.setenv("OTHER_KEY", "another-canary-key-0123456789")
    propose(scored, api, EDITED)
    forget(scored)
    with listener() as server:
        evil = f"http://127.0.0.1:{server.getsockname()[1]}/v1"
        scored.write({"promptci.yaml": change(api.url, evil)})
        scored.commit("config")
        before = len(api.sent)
        answer = ask("check")
        assert not heard(server)
    sent = api.sent[before:]
    assert (answer.code, len(sent)) == (0, COUNT)
    assert {each.headers["authorization"] for each in sent} == {f"Bearer {KEY}"}
    assert not any("x-route" in each.headers for each in sent)
    assert any("differs from the base" in note for note in answer.document["notes"])


LIMITS = "defaults: {model: small, max_cost: 0.00001, max_requests: 3}"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("{input: 1, output: 2}", "{input: 0, output: 0}", "the price of `small-1`"),
        ("max_cost: 0.00001", "max_cost: 1000", "`max_cost`"),
        (", max_requests: 3", ", max_requests: 1000", "`max_requests`"),
    ],
)
def test_ceilings_and_prices_are_the_base_s(scored, api, ask, old, new, what):
    propose(scored, api, EDITED)
    scored.git("checkout", "-q", "main")
    limited = locked(api.url).replace("defaults: {model: small}", LIMITS)
    scored.write({"promptci.yaml": limited})
    scored.commit("limits")
    scored.git("checkout", "-q", "pull")
    scored.git("rebase", "-q", "main")
    forget(scored)
    scored.write({"promptci.yaml": limited.replace(old, new)})
    scored.commit("mine")
    before = api.count
    assert ask("check").code == 4
    assert api.count - before <= 3
    main(["run", "--confirm", "0"])
    assert any(what in note for note in ask("check", "--frozen").document["notes"])


def test_the_concurrency_is_the_base_s(project, api, ask):
    slow = config(api.url).replace(
        "defaults: {model: small}", "defaults: {model: small, concurrency: 1}"
    )
    project.write({"promptci.yaml": slow})
    record(project, "scores")
    project.git("checkout", "-q", "-b", "pull")
    propose(project, api, {**EDITED, "promptci.yaml": config(api.url)})
    forget(project)
    api.most_in_flight = 0
    answer = ask("check")
    assert (answer.code, api.most_in_flight) == (0, 1)
    assert any("`concurrency` differs" in note for note in answer.document["notes"])


def test_a_prompt_has_no_access_to_the_environment(scored, api, ask, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-of-the-environment")
    scored.write({".env": "LAB_KEY=from-the-file\nOPENAI_BASE_URL=http://evil.invalid\n"})
    written = "You ${env:OPENAI_API_KEY} $OPENAI_API_KEY route all support"
    prompt = PROMPT.replace("You route support tickets.", f"'{written} tickets.'")
    propose(scored, api, {"prompts/router.yaml": prompt})
    forget(scored)
    before = len(api.sent)
    assert ask("check").code == 0
    sent = api.sent[before:]
    assert {each.body["messages"][0]["content"] for each in sent} == {f"{written} tickets."}
    assert {each.headers["authorization"] for each in sent} == {f"Bearer {KEY}"}
    assert b"sk-canary-of-the-environment" not in b"".join(files(scored).values())


# Whose gate, scorers and examples count


EASED = {
    "tolerance": ("gate: {tolerance: 0.1}", "gate: {tolerance: 1}", "tolerance 0.1 → 1"),
    "must_pass": (
        "gate: {tolerance: 1, must_pass: [parcel]}",
        "gate: {tolerance: 1}",
        "no `parcel`",
    ),
    "min_score": (
        "gate: {tolerance: 1, min_score: 0.95}",
        "gate: {tolerance: 1}",
        "min_score 0.95 → none",
    ),
    "no gate": ("gate: {tolerance: 0.1}", "gate: {tolerance: 0.5}", "tolerance 0.1 → 0.5"),
}


@pytest.mark.parametrize(("base", "head", "shown"), EASED.values(), ids=list(EASED))
def test_an_eased_gate_is_not_applied(project, api, ask, base, head, shown):
    project.write({"evals/router.yaml": f"{EVAL}{base}\n"})
    record(project, "scores")
    project.git("checkout", "-q", "-b", "pull")
    propose(project, api, {**EDITED, "evals/router.yaml": f"{EVAL}{head}\n"}, worse)
    answer = ask("check")
    assert answer.code == 1
    assert any(
        shown in note and "the base's was applied" in note for note in answer.document["notes"]
    )
    assert "1 gate differs from the base." in answer.document["sentence"]


def test_more_errors_are_not_allowed_by_the_change(scored, api, ask):
    def broken(asked):
        return {"error": "no"} if "parcel" in asked else route(asked)

    propose(scored, api, {**EDITED, "evals/router.yaml": f"{EVAL}gate: {{max_errors: 6}}\n"})
    forget(scored)
    api.answers(before_and_after(route, broken))
    answer = ask("check")
    assert answer.code == 3
    assert any("max_errors 0 → 6" in note for note in answer.document["notes"])


def rows(**moved):
    """The tickets as data; `moved` replaces or drops single ones."""
    kept = [ticket for ticket in TICKETS if moved.get(ticket[0], True)]
    return jsonl(
        example(id_, ticket, moved.get(id_, queue) if moved.get(id_) else queue, tags=[queue])
        for id_, ticket, queue in kept
    )


def test_a_removed_example_is_told(scored, api, ask):
    propose(scored, api, {**EDITED, "evals/router.jsonl": rows(parcel=None)}, worse)
    answer = ask("check")
    assert answer.code == 0
    assert answer.document["terms"][0]["removed"] == ["parcel"]
    assert "1 golden example was removed." in answer.document["sentence"]
    assert "No action needed" not in answer.document["sentence"]


def test_examples_that_others_are_used_for_are_told(scored, api, ask):
    others = rows(parcel=None) + jsonl([example("new", "My parcel is late", "shipping")])
    propose(scored, api, {**EDITED, "evals/router.jsonl": others}, worse)
    said = ask("check").document["sentence"]
    assert "1 golden example was removed and 1 added." in said


def test_a_new_variable_that_only_edited_examples_give_is_said_first(scored, api, ask):
    """The base's own examples cannot be asked, so that one that must pass was not looked at."""
    rows_ = [{**example(*each), "vars": {"ticket": each[1], "hint": each[2]}} for each in TICKETS]
    hinted = PROMPT.replace("{{ ticket }}", "{{ ticket }} {{ hint }}")
    scored.git("checkout", "-q", "main")
    scored.write({"evals/router.yaml": f"{EVAL}gate: {{must_pass: [parcel]}}\n"})
    record(scored, "gate")
    scored.git("checkout", "-q", "-B", "pull")
    propose(scored, api, {"prompts/router.yaml": hinted, "evals/router.jsonl": jsonl(rows_)})
    said = ask("check").document["sentence"]
    assert said.startswith("`router` could not be judged by the base's own examples: ")
    assert "; not asked: `parcel` (must pass)." in said


@pytest.mark.parametrize(("until", "is_good"), [("", True), ("2000-01-01", False)])
def test_an_accepted_loss_is_one_in_all_commands(scored, api, ask, until, is_good):
    propose(scored, api, EDITED, worse)
    assert main(["accept", "router", "parcel", "-m", "meant"]) == 0
    if until:
        text = (scored.path / RECORD).read_text()
        scored.write({RECORD: re.sub('(when: "[^"]+")', f'\\1, until: "{until}"', text)})
    scored.commit("accept")
    for command in (["check"], ["diff", "main", "--exit-code"], ["compare", "main", "HEAD"]):
        answer = ask(*command)
        assert (answer.code == 0) is is_good, command
        scores = [answer.only[side]["score"] for side in ("base", "head")]
        assert scores == pytest.approx([1.0, 5 / 6], abs=1e-6), command
        assert answer.only["delta"] == pytest.approx(-1 / 6), command


@pytest.mark.parametrize("command", [["check"], ["diff", "main"], ["compare", "main", "HEAD"]])
def test_where_every_loss_is_accepted_nothing_is_open(scored, api, ask, command):
    few = rows(**{id_: None for id_, *_ in TICKETS if id_ != "parcel"})
    scored.git("checkout", "-q", "main")
    scored.write({"evals/router.jsonl": few})
    record(scored, "one example")
    scored.git("checkout", "-q", "-B", "pull")
    propose(scored, api, EDITED, worse)
    assert main(["accept", "router", "parcel", "-m", "meant"]) == 0
    scored.commit("accept")
    answer = ask(*command, *(["--exit-code"] if command[0] == "diff" else []))
    assert answer.code == 0
    assert answer.only["obstacle"].startswith("the loss of every example")
    if command == ["check"]:
        assert (
            "1 of 1 eval changed: 1 whose losses are all accepted." in answer.document["sentence"]
        )


def test_an_edited_example_is_told(scored, api, ask):
    propose(scored, api, {**EDITED, "evals/router.jsonl": rows(parcel="billing")}, worse)
    answer = ask("check")
    assert answer.document["terms"][0]["edited"] == ["parcel"]
    assert "1 golden example was edited." in answer.document["sentence"]


@pytest.mark.parametrize("change", ["example", "eval"])
def test_an_example_that_must_pass_cannot_be_taken_away(project, api, ask, capsys, change):
    strict = f"{EVAL}gate: {{tolerance: 1, must_pass: [parcel]}}\n"
    project.write({"evals/router.yaml": strict, "evals/other.yaml": f"prompt: router\n{EVAL}"})
    record(project, "scores")
    project.git("checkout", "-q", "-b", "pull")
    if change == "eval":
        project.git("rm", "-q", "evals/router.yaml", RECORD)
        project.commit("remove")
    else:
        files = {"evals/router.jsonl": rows(parcel=None), "evals/router.yaml": EVAL}
        propose(project, api, files, worse)
    answer = ask("check")
    assert answer.code == 1
    assert answer.document["missing"] == [{"eval": "router", "example": "parcel"}]
    assert "1 example that must pass is gone: `parcel` of `router`." in answer.document["sentence"]
    assert main(["check"]) == 1
    assert "must pass, but gone\n  router / parcel" in capsys.readouterr().out


def test_weaker_scorers_are_told(scored, api, ask):
    weak = EVAL.replace("equals", "equals: {weight: 0.1, threshold: 0}")
    propose(scored, api, {**EDITED, "evals/router.yaml": weak}, worse)
    answer = ask("check")
    assert answer.document["terms"][0]["scorers"] is True
    said = (
        "The scorers of 1 eval differ from the base (router on small: the record says 100.0%, now"
    )
    assert said in answer.document["sentence"]
    assert any("both sides were judged by the change's" in n for n in answer.document["notes"])


def test_a_model_that_is_dropped_is_told(project, api, ask):
    project.write({"evals/router.yaml": f"{EVAL}models: [small, large]\n"})
    record(project, "scores")
    project.git("checkout", "-q", "-b", "pull")
    propose(project, api, {**EDITED, "evals/router.yaml": f"{EVAL}models: [large]\n"})
    answer = ask("check")
    assert "router: no longer runs on small" in answer.document["notes"]


# Stored answers and records that a change brings along


def test_answers_in_the_tree_are_not_used(scored, api, ask):
    propose(scored, api, EDITED)
    scored.git("add", "--force", ".promptci/cache.sqlite")
    scored.git("commit", "-q", "-m", "answers")
    before = api.count
    answer = ask("check")
    assert (answer.code, api.count - before) == (0, COUNT)
    assert any(".promptci/ is in the repository" in note for note in answer.document["notes"])
    assert ".promptci/ is in the repository" in answer.stderr
    assert (answer.code, api.count - before) == (0, COUNT)
    assert ask("check").code == 0
    assert api.count - before == COUNT  # they are kept elsewhere


def test_a_link_in_place_of_the_stored_answers_writes_nothing_outside(scored, api, ask, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    propose(scored, api, EDITED)
    for path in sorted((scored.path / ".promptci").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (scored.path / ".promptci").rmdir()
    scored.link(".promptci", str(outside))
    scored.git("add", "--force", ".promptci")
    scored.git("commit", "-q", "-m", "link")
    assert ask("check").code == 0
    assert main(["run", "--confirm", "0"]) == 0
    assert list(outside.iterdir()) == []


def test_a_record_alone_is_compared_with_a_run(scored, api, ask):
    text = (scored.path / RECORD).read_text()
    api.answers(worse)
    assert main(["run", "--refresh"]) == 1
    lower = (scored.path / RECORD).read_text()
    scored.commit("honest and bad")
    scored.git("checkout", "-q", "-B", "next")
    scored.write({RECORD: text})
    scored.commit("polished")
    answer = ask("check", "--base", "pull")
    assert lower != text
    assert answer.code == 3
    assert "it does not say what was run of `parcel`" in answer.document["stale"][0]["why"]


# The head as a commit


def test_a_head_needs_no_checkout(scored, api, ask):
    propose(scored, api, EDITED, worse)
    head = scored.git("rev-parse", "HEAD")
    scored.git("checkout", "-q", "main")
    before = files(scored)
    answer = ask("check", "--head", head)
    assert answer.code == 1
    assert answer.only["examples"]["lost"] == ["parcel"]
    assert answer.document["base"]["commit"] == scored.git("rev-parse", "main")
    assert files(scored) == before


def test_a_head_is_read_from_git_and_not_from_the_files(scored, api, ask):
    propose(scored, api, EDITED)
    scored.git("checkout", "-q", "main")
    scored.write({"prompts/router.yaml": "messages: [\n", "evals/router.jsonl": "broken\n"})
    assert ask("check", "--head", "pull").code == 0
    assert ask("check").code == 2


def test_a_head_that_left_main_long_ago(scored, api, ask):
    propose(scored, api, EDITED)
    scored.git("checkout", "-q", "main")
    scored.write({"README.md": "# Router\n"})
    scored.commit("readme")
    answer = ask("check", "--head", "pull")
    assert answer.code == 0
    assert answer.document["base"]["commit"] == scored.git("merge-base", "main", "pull")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--head", "nowhere"), 2, "`nowhere`"),
        (("--head", "HEAD", "--staged"), 2, "leave one of them out"),
        (("--head=--output=x",), 2, "is no git revision"),
    ],
)
def test_heads_that_are_none(scored, ask, arguments, code, said):
    answer = ask("check", *arguments)
    assert (answer.code, said in answer.document["error"]) == (code, True)
    assert not Path("x").exists()


def test_a_head_of_another_history_is_no_verdict(scored, ask):
    scored.git("checkout", "-q", "--orphan", "alone")
    scored.commit("alone")
    scored.git("checkout", "-q", "-f", "main")
    answer = ask("check", "--head", "alone")
    assert (answer.code, "no common commit" in answer.document["error"]) == (3, True)

"""`promptci run --rev A..B`: commits without a record get their scores afterwards."""

import pytest

from commands.conftest import files
from fakes import Asked, FakeAPI
from projects import PROMPT, TICKETS, config, route, router
from promptci.commands.main import main

RECORD = "evals/router.scores.yaml"
PROMPT_FILE = "prompts/router.yaml"


def prompt(words: str) -> str:
    return PROMPT.replace("You route support tickets.", words)


@pytest.fixture
def forgetful(project, api, keep):
    """Somebody who forgot to run: commits with records first and last, and none between.

    Gives the commits: scored, edited (one ticket lost), readme, edited again, scored.
    """

    def answers(asked: Asked) -> str:
        system = asked.body["messages"][0]["content"]
        return "other" if system == "Terse." and "card" in asked else route(asked)

    def make():
        ids = [project.git("rev-parse", "HEAD")]
        main(["run"])
        ids.append(project.commit("Score"))
        project.write({PROMPT_FILE: prompt("Terse.")})
        ids.append(project.commit("Be terse"))
        project.write({"README.md": "Read me"})
        ids.append(project.commit("Document"))
        project.write({PROMPT_FILE: prompt("Kind.")})
        ids.append(project.commit("Be kind"))
        main(["run"])
        ids.append(project.commit("Score again"))
        return ids

    api.answers(answers)
    return keep(make)


def test_only_commits_that_ask_something_new_are_asked(forgetful, project, api, ask):
    _, _, terse, _, kind, _ = forgetful
    before, asked = files(project), api.count
    answer = ask("run", "--rev", f"{forgetful[1]}..HEAD")
    assert answer.code == 0
    computed = answer.document["computed"]
    assert [(c["commit"], c["score"]) for c in computed] == [(terse, 5 / 6), (kind, 1.0)]
    assert api.count == asked + 6  # `kind` was run later, so its answers are in the cache
    assert files(project) == before


@pytest.mark.parametrize("width", [80, 120])
def test_what_was_computed_is_said(forgetful, project, capsys, monkeypatch, golden, width):
    project.write({PROMPT_FILE: "messages: {}\n"})
    project.commit("Break the prompt")
    project.write({PROMPT_FILE: PROMPT})
    monkeypatch.setenv("COLUMNS", str(width))
    capsys.readouterr()
    assert main(["run", "--rev", f"{forgetful[1]}..HEAD"]) == 3
    captured = capsys.readouterr()
    golden(f"run-rev-{width}.txt", without_ids(captured.out, forgetful, project))
    assert "6 asked, 6 from the cache; computed 2 records" in captured.err


def without_ids(text, ids, project):
    """The commits' ids go by their number: the server's port is in the files."""
    for number, id_ in enumerate((*ids, project.git("rev-parse", "HEAD"))):
        text = text.replace(id_[:7], f"commit{number}")
    return text


def test_a_second_time_nothing_is_to_be_done(forgetful, api, ask, capsys):
    span = f"{forgetful[0]}..HEAD"
    ask("run", "--rev", span)
    asked = api.count
    assert ask("run", "--rev", span).document["computed"] == []
    assert api.count == asked
    assert main(["run", "--rev", span]) == 0
    assert "has its record" in capsys.readouterr().err


def test_log_shows_what_was_computed_later(forgetful, ask, capsys):
    scored, _, terse, _, kind, again = forgetful[0], *forgetful[1:]
    assert len(ask("log", "router").document["entries"]) == 2
    ask("run", "--rev", f"{forgetful[1]}..")
    newest, third, second, first = ask("log", "router").document["entries"]
    assert [e["commit"] for e in (newest, third, second, first)] == [
        again,
        kind,
        terse,
        forgetful[1],
    ]
    assert [e["computed_later"] for e in (newest, third, second, first)] == [
        False,
        True,
        True,
        False,
    ]
    assert (second["lost"], second["changed"]) == (["card"], ["prompt"])
    assert (third["won"], third["changed"]) == (["card"], ["prompt"])
    assert (newest["delta"], newest["changed"]) == (0.0, [])  # against what came just before
    main(["log", "router"])
    shown = capsys.readouterr().out
    assert shown.count("computed") == 3  # in two rows, and in the note
    assert "kept on this machine alone" in shown
    assert scored not in {e["commit"] for e in (newest, third, second, first)}


def test_a_commit_off_this_branch_is_not_in_its_log(forgetful, project, ask):
    ask("run", "--rev", f"{forgetful[1]}..HEAD")
    project.git("checkout", "-q", "--detach", forgetful[1])
    assert [e["commit"] for e in ask("log", "router").document["entries"]] == [forgetful[1]]


def test_limits_of_the_log_hold_for_them_too(forgetful, ask):
    ask("run", "--rev", f"{forgetful[1]}..HEAD")
    assert len(ask("log", "router", "-n", "2").document["entries"]) == 2
    assert len(ask("log", "router", "--model", "small").document["entries"]) == 4


def test_a_damaged_file_of_theirs_is_as_good_as_none(forgetful, project, api, ask):
    span = f"{forgetful[1]}..HEAD"
    ask("run", "--rev", span)
    kept = sorted((project.path / ".promptci" / "history").rglob("*.yaml"))
    assert len(kept) == 2
    kept[0].write_text("nonsense")
    kept[1].write_bytes(b"\xff")
    assert len(ask("log", "router").document["entries"]) == 2
    asked = api.count
    assert len(ask("run", "--rev", span).document["computed"]) == 2
    assert api.count == asked


def test_a_damaged_or_stale_record_is_no_record(project, api, ask):
    ask("run")
    first = project.commit("Score")
    text = (project.path / RECORD).read_text()
    project.write({RECORD: text[:200]})
    broken = project.commit("Break the record")
    project.write({RECORD: text, PROMPT_FILE: prompt("Kind.")})
    stale = project.commit("Forget to run")
    computed = ask("run", "--rev", f"{first}~1..HEAD").document["computed"]
    # The broken one asks what its parent asks, whose record is valid.
    assert [c["commit"] for c in computed] == [stale]
    assert [c["commit"] for c in ask("run", "--rev", f"{first}..HEAD").document["computed"]] == [
        broken
    ]


def test_a_key_goes_only_where_the_files_of_now_send_it(project, api, ask, monkeypatch):
    """An old commit names another server; the key must not go there."""
    monkeypatch.setenv("LAB_KEY", "sk-secret-of-the-lab")
    here = project.git("rev-parse", "HEAD")
    with FakeAPI() as stranger:
        stranger.answers(route)
        keyed = config(stranger.url).replace(stranger.url, f"{stranger.url}, key_env: LAB_KEY")
        project.write({"promptci.yaml": keyed, PROMPT_FILE: prompt("Elsewhere.")})
        there = project.commit("Move elsewhere")
        project.write({"promptci.yaml": keyed.replace(stranger.url, api.url)})
        back = project.commit("Come back")
        answer = ask("run", "--rev", f"{here}..HEAD")
        assert answer.code == 0
        assert [c["commit"] for c in answer.document["computed"]] == [there]
        assert stranger.count == 0
        assert api.count == 6
    assert back not in str(answer.document)


def test_a_commit_that_cannot_be_used_is_skipped_with_a_remark(forgetful, project, ask, capsys):
    project.write({PROMPT_FILE: "messages: {}\n"})
    broken = project.commit("Break the prompt")
    project.write({PROMPT_FILE: prompt("Calm.")})
    project.commit("Mend it")
    answer = ask("run", "--rev", f"{forgetful[-1]}..HEAD")
    assert answer.code == 3
    [skipped] = answer.document["skipped"]
    assert skipped["commit"] == broken
    assert "prompts/router.yaml" in skipped["why"]
    assert len(answer.document["computed"]) == 1
    assert main(["run", "--rev", f"{forgetful[-1]}..HEAD"]) == 3
    assert "skipped" in capsys.readouterr().out


def test_missing_answers_keep_nothing(forgetful, ask, api, capsys):
    span = f"{forgetful[1]}..HEAD"
    answer = ask("run", "--offline", "--rev", span)
    assert answer.code == 3
    assert [c["kept"] for c in answer.document["computed"]] == [False, True]
    assert len(ask("log", "router").document["entries"]) == 3
    assert main(["run", "--offline", "--rev", span]) == 3
    assert "was not kept" in " ".join(capsys.readouterr().out.split())


def test_a_ceiling_holds_for_all_commits_together(forgetful, ask, api):
    asked = api.count
    answer = ask("run", "--max-requests", "4", "--rev", f"{forgetful[1]}..HEAD")
    assert answer.code == 4
    assert api.count == asked + 4


def test_commits_before_the_eval_have_nothing_to_ask(repo, api, ask):
    api.answers(route)
    repo.write({"README.md": "x"})
    first = repo.commit("Begin")
    repo.write({"README.md": "y"})
    repo.commit("Go on")
    repo.write(router(api.url))
    added = repo.commit("Add the router")
    answer = ask("run", "router", "--rev", f"{first}..HEAD")
    assert [c["commit"] for c in answer.document["computed"]] == [added]
    assert ask("run", "roter", "--rev", f"{first}..HEAD").code == 5


def test_several_evals_and_models(project, ask):
    project.write(
        {
            "evals/router.yaml": "examples: router.jsonl\nmodels: [small, large]\n"
            "scorers: [equals]\n",
            "evals/short.yaml": "prompt: router\nexamples: router.jsonl\n"
            "scorers: [length: {max: 8}]\n",
        }
    )
    head = project.commit("Two evals")
    ask("run", "evals/router.yaml", "--model", "small", "--rev", "HEAD~1..HEAD")
    computed = ask("run", "--rev", "HEAD~1..HEAD").document["computed"]
    assert [(c["eval"], c["model"]) for c in computed] == [("router", "large"), ("short", "small")]
    found = ask("log", "router").document["entries"]
    assert [(e["commit"], e["model"]) for e in found] == [(head, "large"), (head, "small")]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--rev", "HEAD"], 2, "two commits with two dots"),
        (["--rev", "HEAD~1...HEAD"], 2, "two commits with two dots"),
        (["--rev", "..HEAD"], 2, "two commits with two dots"),
        (["--rev", "nothing..HEAD"], 2, "no commit `nothing`"),
        (["--rev", "HEAD..HEAD"], 5, "no commit in HEAD..HEAD"),
        (["--rev", "HEAD~1..HEAD", "--dry-run"], 2, "--dry-run"),
        (["--rev", "HEAD~1..HEAD", "--tag", "billing"], 2, "whole records"),
    ],
)
def test_spans_that_make_no_sense(forgetful, ask, arguments, code, words):
    answer = ask("run", *arguments)
    assert answer.code == code
    assert words in answer.document["error"]


def test_the_tickets_are_as_many_as_the_tests_count():
    assert len(TICKETS) == 6

"""`promptci accept`: a loss that somebody answers for, written where a reviewer sees it."""

import pytest
import yaml

from commands.conftest import files
from fakes import Asked
from histories import record, write_records
from projects import PROMPT, REWORDED, before_and_after, config, route
from promptci.commands.main import main
from promptci.records.scorefile import parse

RECORD = "evals/router.scores.yaml"
SAID = {"by": "Ada Test", "when": "2026-01-02", "until": None}
BY = "(by Ada Test, on 2026-01-02)"
SCORES = {"a": 0.0, "b": 1.0, "c": None, "d": 0.5, "e: f": 0.0}


def accepted(repo, model="small"):
    path = repo.path / RECORD
    records = parse(path.read_text("utf-8"), RECORD, "router")
    return {loss.id: loss.why for loss in records[model].accepted}


def test_it_is_written_into_the_record_and_nothing_else_is(repo, ask):
    write_records(repo, record(SCORES))
    repo.write({"evals/router.yaml": "not even read: ["})
    before = files(repo)
    answer = ask("accept", "router", "e: f", "a", "-m", "  Ada: these are\nspam ")
    assert answer.code == 0
    assert answer.document == {
        "format": 1,
        "command": "accept",
        "exit_code": 0,
        "path": RECORD,
        "written": True,
        "accepted": [
            {"model": "small", "id": "a", "why": "Ada: these are spam", **SAID},
            {"model": "small", "id": "e: f", "why": "Ada: these are spam", **SAID},
        ],
    }
    assert accepted(repo) == {"a": "Ada: these are spam", "e: f": "Ada: these are spam"}
    changed = {name for name, data in files(repo).items() if before.get(name) != data}
    assert changed == {RECORD}
    assert yaml.safe_load((repo.path / RECORD).read_text("utf-8"))["models"]["small"]["accepted"]


def test_what_it_says(repo, capsys):
    write_records(repo, record(SCORES))
    assert main(["accept", "router", "a", "-m", "spam"]) == 0
    assert capsys.readouterr().out == f"accepted a on small: spam {BY}\nwrote {RECORD}: commit it\n"
    assert main(["accept", "evals/router.yaml", "a", "-m", "spam"]) == 0
    assert capsys.readouterr().out == f"accepted a on small: spam {BY}\n{RECORD} says so already\n"


def test_a_misspelt_eval_is_not_sent_to_be_run(repo, capsys):
    repo.write({"evals/router.yaml": ""})
    assert main(["accept", "rooter", "a", "-m", "spam"]) == 2
    assert "no record of `rooter`: did you mean `router`?" in capsys.readouterr().err


def test_twice_is_once(repo, ask):
    write_records(repo, record(SCORES))
    ask("accept", "router", "a", "-m", "spam")
    before = files(repo)
    assert ask("accept", "router", "a", "a", "-m", "spam").document["written"] is False
    assert files(repo) == before


def test_a_new_reason_takes_the_place_of_the_old_one(repo, ask):
    write_records(repo, record(SCORES, accepted={"a": "old", "d": "other"}))
    ask("accept", "router", "a", "-m", "new")
    assert accepted(repo) == {"a": "new", "d": "other"}


def test_every_model_on_which_it_fails(repo, ask):
    small = record(SCORES)
    large = record({**SCORES, "a": 1.0}, model="large")
    write_records(repo, small, large)
    ask("accept", "router", "a", "d", "-m", "fine")
    assert set(accepted(repo)) == {"a", "d"}
    assert set(accepted(repo, "large")) == {"d"}
    write_records(repo, small, large)
    ask("accept", "router", "d", "-m", "fine", "--model", "large")
    assert accepted(repo) == {}
    assert set(accepted(repo, "large")) == {"d"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["router", "A", "-m", "x"], "did you mean `a`?"),
        (["router", "a", "nobody", "-m", "x"], "no example `nobody`"),
        (["router", "b", "-m", "x"], "`b` passes"),
        (["router", "c", "-m", "x"], "`c` has no answer"),
        (["router", "a", "-m", ""], "needs a reason"),
        (["router", "a", "-m", " \n\t "], "needs a reason"),
        (["router", "a"], "-m"),
        (["router", "-m", "x"], "EXAMPLE"),
        (["router", "a", "-m", "x", "--until", "2026-13-01"], "is no day"),
        (["router", "a", "-m", "x", "--until", "next week"], "is no day"),
        (["router", "a", "-m", "x", "--until", "2026-01-01"], "is over"),
        (["roter", "a", "-m", "x"], "did you mean `router`?"),
        (["router", "a", "-m", "x", "--model", "smal"], "did you mean `small`?"),
        (["../../etc/passwd", "a", "-m", "x"], "leads out of the project"),
    ],
)
def test_what_is_refused_changes_nothing(repo, capsys, arguments, words):
    write_records(repo, record(SCORES))
    before = files(repo)
    assert main(["accept", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert files(repo) == before


def test_one_that_passes_on_this_model_is_refused(repo, capsys):
    write_records(repo, record(SCORES), record({**SCORES, "a": 1.0}, model="large"))
    assert main(["accept", "router", "a", "-m", "x", "--model", "large"]) == 2
    assert "`a` passes" in capsys.readouterr().err


@pytest.mark.parametrize("damaged", ["", "nonsense", "<<<<<<< HEAD\n", "format: 99\nmodels:\n"])
def test_a_damaged_record_is_not_touched(repo, capsys, damaged):
    repo.write({RECORD: damaged})
    assert main(["accept", "router", "a", "-m", "x"]) == 2
    assert f"{RECORD}:1" in capsys.readouterr().err
    assert (repo.path / RECORD).read_text() == damaged


def test_without_a_record_there_is_nothing_to_accept(project, capsys):
    assert main(["accept", "router", "card", "-m", "x"]) == 2
    assert "run `promptci run router`" in capsys.readouterr().err


def test_names_that_begin_with_a_dash(repo):
    write_records(repo, record({"-x": 0.0}))
    assert main(["accept", "-m", "fine", "--", "router", "-x"]) == 0
    assert accepted(repo) == {"-x": "fine"}


def test_hostile_reasons_are_kept_and_shown_harmless(repo, capsys):
    write_records(repo, record(SCORES))
    why = 'x\x1b[2J \u202e "quoted": {a: b} # no\x00'
    assert main(["accept", "router", "a", "-m", why]) == 0
    assert not set(capsys.readouterr().out) & set("\x1b\u202e\x00")
    assert accepted(repo) == {"a": why}


def test_a_run_keeps_what_was_accepted_and_a_check_lets_it_pass(project, api, ask):
    """From a loss that blocks to one that does not."""

    def answers(asked: Asked) -> str:
        is_terse = "Terse" in asked.body["messages"][0]["content"]
        return "other" if is_terse and "card" in asked else route(asked)

    api.answers(answers)
    project.write(
        {
            "promptci.yaml": config(api.url),
            "evals/router.yaml": "examples: router.jsonl\nscorers: [equals]\n"
            "gate: {must_pass: [card]}\n",
        }
    )
    ask("run")
    project.commit("Score")
    project.git("checkout", "-q", "-b", "topic")
    project.write({"prompts/router.yaml": PROMPT.replace("You route support tickets.", "Terse.")})
    ask("run")
    project.commit("Be terse")
    assert ask("check").code == 1
    assert ask("accept", "router", "card", "-m", "cards go to other now").code == 0
    assert ask("run").code == 0
    assert accepted(project) == {"card": "cards go to other now"}
    project.commit("Accept")
    assert ask("check").code == 0
    assert ask("run").code == 0


def test_an_accepted_loss_that_healed_is_over_and_blocks_when_lost_again(project, api, ask):
    def loses(asked):
        return "other" if "brief" in str(asked.body) and "charged" in asked else route(asked)

    worse = PROMPT.replace("tickets.", "tickets. Be brief.")
    api.answers(loses)
    ask("run")
    project.commit("scores")
    project.write({"prompts/router.yaml": worse})
    assert ask("run").code == 1
    assert ask("accept", "router", "card", "-m", "meant").code == 0
    assert ask("run").code == 0
    assert accepted(project) == {"card": "meant"}
    project.commit("Accept")
    project.write({"prompts/router.yaml": PROMPT})
    assert "no accepted loss any more, since it passes: `card`" in ask("run").stderr
    assert accepted(project) == {}
    project.commit("Heal")
    project.write({"prompts/router.yaml": worse})
    assert ask("run").code == 1


def test_the_same_reason_later_or_by_another_changes_nothing(repo, ask, monkeypatch):
    write_records(repo, record(SCORES))
    ask("accept", "router", "a", "-m", "spam", "--until", "2026-06-30")
    before = files(repo)
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-03-01T00:00:00+00:00")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Bob, the other: {x}")
    again = ask("accept", "router", "a", "-m", "spam", "--until", "2026-06-30").document
    assert again["written"] is False
    assert files(repo) == before
    longer = ask("accept", "router", "a", "-m", "spam", "--until", "2026-12-31").document
    assert longer["accepted"][0] == {
        "model": "small",
        "id": "a",
        "why": "spam",
        "by": "Bob, the other: {x}",
        "when": "2026-03-01",
        "until": "2026-12-31",
    }


def terse(asked):
    """A model that sends cards elsewhere when it is to be brief."""
    return "other" if "brief" in str(asked.body) and "charged" in asked else route(asked)


@pytest.fixture
def accepted_until(project, api, ask):
    """A project in which a loss was accepted until the end of January, on `main`."""
    api.answers(terse)
    ask("run")
    project.commit("Score")
    project.write({"prompts/router.yaml": PROMPT.replace("tickets.", "tickets. Be brief.")})
    ask("run")
    assert ask("accept", "router", "card", "-m", "for now", "--until", "2026-01-31").code == 0
    assert ask("run").code == 0
    project.commit("Accept")
    return project


def test_an_acceptance_ends_on_its_last_day_by_the_commit_s_date(
    accepted_until, api, ask, monkeypatch
):
    assert ask("check", "--base", "HEAD~1").code == 0
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-01-31T23:59:59+00:00")
    accepted_until.commit("The last day")
    assert ask("check", "--base", "HEAD~1").code == ask("run").code == 0
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2026-02-01T00:00:00+00:00")
    accepted_until.commit("The day after")
    asked, before = api.count, files(accepted_until)
    found = ask("check", "--base", "HEAD~1")  # which touches nothing
    assert found.code == 1
    ended = "The loss of `card` in `router` was accepted until 2026-01-31, which is over."
    assert found.document["sentence"].startswith(ended)
    assert found.document["ended"] == [
        {"eval": "router", "model": "small", "example": "card", "until": "2026-01-31"}
    ]
    ran = ask("run")
    assert ran.code == 1
    said = "router on small: the loss of `card` was accepted until 2026-01-31: fix it, or accept"
    assert said in ran.only["failures"][0]
    assert ask("check", "--base", "HEAD~3").only["examples"]["lost"] == ["card"]
    assert (api.count, files(accepted_until)) == (asked, before)
    monkeypatch.setenv("GIT_AUTHOR_DATE", "2026-02-01T00:00:00+00:00")
    assert ask("accept", "router", "card", "-m", "again", "--until", "2026-03-01").code == 0
    again = ask("check", "--base", "HEAD~1")
    assert ask("run").code == again.code == 0
    longer = "is accepted until 2026-03-01 here and until 2026-01-31 at the base."
    assert again.document["sentence"].startswith(f"The loss of `card` in `router` {longer}")


def test_a_healed_acceptance_left_in_the_record_does_not_hide_the_next_loss(
    accepted_until, ask, capsys
):
    text = (accepted_until.path / RECORD).read_text()
    [line] = [line for line in text.splitlines() if "for now" in line]
    accepted_until.write({"prompts/router.yaml": PROMPT})
    ask("run")
    healed = (accepted_until.path / RECORD).read_text()
    kept = healed.replace("    examples:\n", f"    accepted:\n{line}\n    examples:\n")
    accepted_until.write({RECORD: kept})
    accepted_until.commit("Heal, but keep the line")
    assert main(["check", "--base", "HEAD~1"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "router / card: it passes, so the next" in said
    first = said.partition("router on")[0]
    assert "1 example is accepted as lost, but is not: `card` of `router`." in first
    assert "No action needed" not in said
    accepted_until.write({"prompts/router.yaml": PROMPT.replace("tickets.", "tickets. Be brief.")})
    accepted_until.write({RECORD: text})
    accepted_until.commit("Lose it again")
    assert ask("check", "--base", "HEAD~1").code == 1
    assert ask("diff", "HEAD~1", "--exit-code").code == 1


@pytest.fixture
def lost(project, api, ask):
    """A project whose working tree has lost two of its examples."""
    ask("run")
    project.commit("Scores")
    api.answers(
        before_and_after(route, lambda t: "nowhere" if "card" in t or "parcel" in t else route(t))
    )
    project.write({"prompts/router.yaml": PROMPT.replace(*REWORDED)})
    ask("run")
    return project


def test_all_that_is_lost_is_accepted_with_one_reason(lost, ask, capsys):
    answer = ask("accept", "router", "--all-lost", "-m", "they moved")
    assert [each["id"] for each in answer.document["accepted"]] == ["card", "parcel"]
    assert accepted(lost) == {"card": "they moved", "parcel": "they moved"}
    assert main(["accept", "--all-lost", "-m", "again"]) == 5
    assert "nothing is lost that is not accepted already" in capsys.readouterr().err


def test_what_goes_nowhere_together_is_refused(lost, capsys):
    before = files(lost)
    for arguments in (
        ("router", "card", "--all-lost", "-m", "x"),
        ("router", "--all-lost"),
        ("router", "card"),
        ("router", "-m", "x"),
        ("router", "--json"),
        ("router",),
        (),
    ):
        assert main(["accept", *arguments]) == 2, arguments
    assert "needs a terminal: name EXAMPLE, or give --all-lost" in capsys.readouterr().err
    assert files(lost) == before


def test_where_nothing_is_lost_no_review_begins(lost, capsys, monkeypatch):
    pytest.importorskip("promptci.browsing.app")
    monkeypatch.setattr("promptci.commands.reviewing.has_terminal", lambda: True)
    assert main(["accept", "router", "--all-lost", "-m", "meant"]) == 0
    capsys.readouterr()
    assert main(["accept"]) == 5
    assert capsys.readouterr().err == "nothing is lost that is not accepted already\n"


def test_without_ids_a_review_begins_on_a_terminal(lost, capsys, monkeypatch):
    app = pytest.importorskip("promptci.browsing.app")
    monkeypatch.setattr("promptci.commands.reviewing.has_terminal", lambda: True)

    def run(browser):
        assert browser.is_review
        for why in ("one reason", ""):
            example = browser.review.next_open()
            browser.review.decide(example, "accepted" if why else "rejected", why)

    monkeypatch.setattr(app.Browser, "run", run)
    assert main(["accept", "router"]) == 1
    assert capsys.readouterr().out == "1 accepted, 1 rejected.\n"
    assert accepted(lost) == {"card": "one reason"}

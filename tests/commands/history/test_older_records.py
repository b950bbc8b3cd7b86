"""What is shown of a record that is older than the files is marked so."""

import pytest

from projects import EVAL, PROMPT, REWORDED, TICKETS, example, jsonl
from promptci.commands.main import main
from promptci.history import stalemarks
from promptci.project.history import sincehistory

EDITS = {
    "prompt": {"prompts/router.yaml": PROMPT.replace(*REWORDED)},
    "examples": {"evals/router.jsonl": jsonl([example(*ticket) for ticket in TICKETS[:4]])},
    "scorers": {"evals/router.yaml": EVAL.replace("- equals", "- equals: {ignore_case: true}")},
}


@pytest.fixture
def recorded(project, ask):
    assert ask("run").code == 0
    project.commit("With its record")
    return project


def said(what):
    return (
        f"router on small: the record is older than the files ({what} changed since): "
        "run `promptci run router`"
    )


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_without_a_run_is_said(recorded, ask, capsys, what):
    recorded.write(EDITS[what])
    answer = ask("diff", "HEAD")
    assert (answer.code, answer.document["older"]) == (0, [said(what)])
    assert ask("diff", "HEAD", "--exit-code").code == 3
    assert ask("log", "router").document["older"] == [said(what)]
    main(["diff", "HEAD"])
    main(["log", "router"])
    out = " ".join(capsys.readouterr().out.split())
    assert out.count(said(what)) == 2
    assert "no record differs, but not all are of these files" in out
    main(["show", "router"])
    first = capsys.readouterr().out.splitlines()[0]
    wanted = said(what) if what != "prompt" else OLD_ANSWERS
    assert wanted.startswith(first.strip())


def test_a_large_eval_is_compared_by_the_pass_that_a_run_made(recorded, ask, monkeypatch):
    monkeypatch.setattr(sincehistory, "MOST_EXAMPLES", len(TICKETS) - 1)
    recorded.write({"notes.txt": "Nothing of effect"})
    assert not any("not compared" in note for note in ask("log", "router").document["notes"])
    recorded.write(EDITS["prompt"])
    assert ask("log", "router").document["older"] == [said("prompt")]
    recorded.write(EDITS["examples"])
    answer = ask("log", "router").document
    assert answer["older"] == []
    assert answer["notes"][-1].startswith("The newest record of router was not compared with")
    monkeypatch.setattr(sincehistory, "MOST_EXAMPLES", len(TICKETS))
    assert ask("log", "router").document["older"] == [said("prompt and examples")]


def test_models_of_one_eval_on_which_the_same_holds_share_a_sentence(recorded, ask):
    recorded.write({"evals/router.yaml": EVAL + "models: [small, large]\n"})
    assert ask("run").code == 0
    recorded.write(EDITS["prompt"])
    wanted = [said("prompt").replace("on small", "on small, large")]
    assert ask("log", "router").document["older"] == wanted
    assert ask("diff", "HEAD").document["older"] == wanted


OLD_ANSWERS = "6 answers were given to an earlier prompt: run again"


def test_a_commit_that_forgot_its_record_is_said(recorded, ask):
    recorded.write(EDITS["prompt"])
    recorded.commit("Reword it and forget to run")
    assert ask("diff", "HEAD", "--exit-code").code == 3
    assert ask("diff", "HEAD").document["older"] == [said("prompt")], "as old on both sides"
    assert ask("diff", "HEAD~1", "--head", "HEAD").document["older"] == [said("prompt")]
    assert ask("log", "router").document["older"] == [said("prompt")]
    at = recorded.git("rev-parse", "--short=7", "HEAD")
    says = "the record is older than the files (prompt changed since)"
    [older] = ask("diff", "HEAD", "--head", "HEAD~1").document["older"]
    assert older == f"router on small at {at}: {says}"
    assert ask("run").code == 0
    recorded.write({"evals/router.jsonl": EDITS["examples"]["evals/router.jsonl"]})
    assert ask("run").code == 0
    recorded.commit("With another record")
    [older] = ask("diff", "HEAD~1").document["older"]
    assert older == f"router on small at {at}: {says}"


def test_an_eval_without_a_record_has_not_been_run(recorded, ask):
    recorded.write({"evals/second.yaml": EVAL.replace("examples", "prompt: router\nexamples")})
    [older] = ask("diff", "HEAD").document["older"]
    assert older == "second on small has not been run yet: run `promptci run second`"


def test_what_is_of_the_files_is_not_marked(recorded, ask, capsys):
    recorded.write({"notes.txt": "Nothing of effect"})
    assert ask("diff", "HEAD", "--exit-code").document["older"] == []
    assert ask("log", "router").document["older"] == []
    main(["show", "router"])
    assert capsys.readouterr().out.startswith("eval")


def test_files_that_cannot_be_read_are_passed_over(recorded, ask):
    recorded.write({"prompts/router.yaml": "broken: yes\n"})
    assert ask("diff", "HEAD").document["older"] == []
    assert ask("log", "router").code == 0


# Records that were committed with other files


@pytest.fixture
def told(recorded, ask):
    """Commits whose files were edited after the run; each message is what is said of its record."""
    config = (recorded.path / "promptci.yaml").read_text()
    wordings = iter(range(100))

    def reworded():
        wording = PROMPT.replace("support", f"support {next(wordings)}")
        return {"prompts/router.yaml": wording}

    def commit(says, after=None, *, before=None, runs=True):
        recorded.write(before or {})
        assert not runs or ask("run").code == 0
        recorded.write(after or {})
        recorded.commit(says)

    commit("prompt", reworded(), before=reworded())
    commit("nothing")
    commit("examples", EDITS["examples"], before=reworded())
    commit("nothing", EDITS["scorers"], before=reworded())
    config = config.replace("small-1", "small-2")
    commit("model", {"promptci.yaml": config}, before=reworded())
    commit("nothing", {"notes.txt": "of no effect"}, before=reworded())
    recorded.git("checkout", "-q", "HEAD~5", "--", "evals/router.scores.yaml")
    commit("prompt examples model", runs=False)
    return recorded


def test_a_record_of_other_files_than_its_commit_has_is_marked(told, ask, capsys):
    for _ in range(2):  # found out, and remembered
        rows = ask("log", "router").document
        found = [" ".join(row["stale"]) or "nothing" for row in rows["entries"][:-1]]
        assert found == [row["subject"] for row in rows["entries"][:-1]]
        trend = ask("log").document
        assert [row["stale"] for row in trend["commits"]] == [
            ["router"] * bool(row["stale"]) for row in rows["entries"]
        ]
        wanted = [said("prompt and examples and scorers and model")]
        assert rows["older"] == trend["older"] == wanted
        assert [note.partition(" ")[0] for note in rows["notes"] + trend["notes"]] == ["A", "A"]
    page = ask("report").document
    stale = [score["stale"] for commit in page["commits"] for score in commit["scores"]]
    assert stale == [row["stale"] for row in reversed(rows["entries"])]
    assert page["history_notes"] == rows["notes"]
    for names in ((), ("router",)):
        assert main(["log", *names]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "stale: other model; prompt, scorers; label v1 again" in out
    assert out.count("stale: router") == 4


def test_of_a_long_history_the_newest_records_are_compared_with_their_files(told, ask, monkeypatch):
    for name, most, first in (("MOST", 3, 3), ("MOST_EXAMPLES", 6 + 4, 4)):
        with monkeypatch.context() as patch:
            patch.setattr(stalemarks, name, most)
            for names in (("router",), ()):
                found = ask("log", *names).document
                rows = found.get("entries") or found["commits"]
                assert [bool(row["stale"]) for row in rows[:5]] == [1, 0, 1, 0, 0], (name, names)
                short = rows[first]["commit"][:7]
                assert found["notes"][1].startswith(f"From {short} on, records were not compared")
    monkeypatch.setattr(stalemarks, "MOST_EXAMPLES", 1)
    assert ask("log", "router").document["older"] == ask("log").document["older"] != []

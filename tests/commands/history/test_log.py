"""`promptci log`: each commit that changed a record, what it changed, and what cannot be known."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from demonstration import build
from gitrepo import GitRepo
from histories import commit_record, record, write_records
from projects import PROMPT
from promptci.commands.main import main
from promptci.records.scorefile import dump

RECORD = "evals/router.scores.yaml"
GOOD = {"a": 1.0, "b": 1.0, "c": 1.0, "d": 0.0}


@pytest.fixture
def lines(ask):
    """The entries of `log router`, with further arguments; what is remembered says the same."""

    def found(*arguments):
        answer = ask("log", "router", *arguments)
        assert answer.code == 0, answer.document
        Path(".promptci").mkdir(exist_ok=True)
        for _ in range(2):
            assert ask("log", "router", *arguments).document == answer.document
        return answer.document["entries"]

    return found


def kinds(entries):
    return [
        "damaged" if e["damage"]
        else "removed" if e["is_removed"]
        else "cut" if e["is_cut"]
        else "new" if e["is_new"]
        else ",".join(e["changed"])
        for e in entries
    ]  # fmt: skip


# What a line says


@pytest.mark.parametrize("width", [80, 120])
def test_the_story_of_a_prompt(repo, api, monkeypatch, capsys, golden, width):
    build(repo, api, monkeypatch)
    monkeypatch.setenv("COLUMNS", str(width))
    capsys.readouterr()
    assert main(["log", "triage"]) == 0
    golden(f"log-{width}.txt", capsys.readouterr().out)


def test_on_a_narrow_terminal_columns_give_way_to_what_changed(repo, api, monkeypatch, capsys):
    build(repo, api, monkeypatch)
    monkeypatch.setenv("COLUMNS", "60")
    for names, gone in (((), ()), (("triage",), ("passed",))):
        capsys.readouterr()
        assert main(["log", *names]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= 60
        [titles] = [line for line in lines if line.startswith("commit")]
        assert titles.endswith("what changed")
        assert not set(gone) & set(titles.split())


@pytest.mark.parametrize("width", [80, 120])
def test_several_models_side_by_side(repo, monkeypatch, capsys, golden, width):
    monkeypatch.setenv("COLUMNS", str(width))
    commit_record(repo, record(GOOD), record({**GOOD, "d": 1.0}, model="large"))
    commit_record(repo, record({**GOOD, "a": 0.0}), record({**GOOD, "d": 1.0}, model="large"))
    large = record(
        {**GOOD, "a": 0.0},
        model="large",
        accepted={"a": "fine"},
        parts={"prompt": "p2"},
        version="v2 of the second quarter",
    )
    commit_record(repo, record({**GOOD, "a": 0.0}), large)
    write_records(repo, large)
    repo.write({RECORD: (repo.path / RECORD).read_bytes()[:300]})
    repo.commit("Cut the record")
    commit_record(repo, record({"a": 1.0}, parts={"scorers": "s2"}))
    assert main(["log", "router"]) == 0
    golden(f"log-models-{width}.txt", capsys.readouterr().out)


def test_entries_carry_what_happened(repo, lines, monkeypatch):
    commit_record(repo, record(GOOD))
    moved = {"a": 0.0, "c": 1.0, "d": 1.0, "e": 1.0}
    head = commit_record(
        repo, record(moved, parts={"prompt": "p2", "examples": "e2"}, version="v2")
    )
    newest, oldest = lines()
    assert newest["commit"] == head
    assert (newest["author"], newest["date"][:10]) == ("Ada Test", "2026-01-02")
    assert (newest["label"], newest["model"], newest["score"]) == ("v2", "small", 0.75)
    assert (newest["lost"], newest["won"]) == (["a"], ["d"])
    assert newest["delta"] == 0.0  # over a, c and d, which both have
    assert newest["changed"] == ["prompt", "examples"]
    assert oldest["is_new"]
    assert oldest["delta"] is None


def test_a_graded_change_is_a_mean_over_all_shared_examples(repo, lines):
    commit_record(repo, record({"a": 0.5, "b": 0.25, "c": 0.0, "gone": 1.0}))
    commit_record(repo, record({"a": 0.5, "b": 0.75, "c": 0.1, "new": 0.0}))
    assert lines()[0]["delta"] == pytest.approx(0.6 / 3)


def test_changed_examples_are_not_compared_and_counted(repo, lines, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}, edited=("a",), parts={"examples": "e2"}))
    both = {"b": 1.0, "c": 1.0, "d": 0.0, "e": 1.0, "f": 1.0}
    commit_record(repo, record(both, edited=("b",), parts={"examples": "e3"}))
    newer, older = lines()[:2]
    assert (older["lost"], older["delta"], older["edited"]) == ([], 0.0, 1)
    assert [newer[name] for name in ("edited", "added", "gone")] == [1, 2, 1]
    main(["log", "router"])
    out = capsys.readouterr().out
    assert "examples 4 → 5 (1 edited, 2 added, 1 removed)\n" in out
    assert "examples (1 edited)\n" in out


def test_another_count_of_examples_is_said(repo, capsys):
    commit_record(repo, record(GOOD))
    fewer = {id_: score for id_, score in GOOD.items() if id_ != "d"}
    commit_record(repo, record({**fewer, "a": 0.0}, parts={"examples": "e2"}))
    main(["log", "router"])
    assert "66.7%     2/3   -33.3     1    0  examples 4 → 3" in capsys.readouterr().out
    main(["diff", "HEAD~1", "--head", "HEAD"])
    said = "compared       the 3 examples that both sides have unchanged; the base passed 3/4"
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({"parts": {"scorers": "s2"}}, "the scorers changed"),
        ({"build": "b2"}, "another build of the model"),
        ({"sampling": "sampled"}, "sampling changed from greedy to sampled"),
    ],
)
def test_what_cannot_be_compared_says_so(repo, lines, capsys, change, obstacle):
    commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}, **change))
    newest = lines()[0]
    assert newest["obstacle"] == obstacle
    assert (newest["delta"], newest["lost"]) == (None, [])
    main(["log", "router"])
    assert "n/c" in capsys.readouterr().out.splitlines()[4]


def test_accepted_losses_are_marked_where_they_were_accepted(repo, lines, capsys):
    commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}, parts={"prompt": "p2"}))
    accepting = record({**GOOD, "a": 0.0}, parts={"prompt": "p2"}, accepted={"a": "Ada said: fine"})
    commit_record(repo, accepting)
    said = {"id": "a", "why": "Ada said: fine", "by": None, "when": None, "until": None}
    assert [e["accepted"] for e in lines()] == [[said], [], []]
    main(["log", "router"])
    assert "accepted a" in capsys.readouterr().out


def test_a_change_of_answers_alone_is_drift(repo, capsys):
    commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}))
    commit_record(repo, record({**GOOD, "a": 0.0}, version="v2"))
    main(["log", "router"])
    newest, older, _ = capsys.readouterr().out.splitlines()[4:]
    assert newest.endswith("label")
    assert older.endswith("drift: only the answers")


def test_a_swapped_model_is_one_line_with_both_names(repo, lines, capsys):
    commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}, model="large"))
    newest, _ = lines()
    assert (newest["model"], newest["lost"], newest["changed"]) == ("large", ["a"], ["model"])
    main(["log", "router"])
    assert "model small → large" in capsys.readouterr().out


def test_a_long_model_id_is_not_broken_where_columns_can_give_way(repo, capsys, monkeypatch):
    before, after = "claude-haiku-4-5-20251001", "openrouter/qwen/qwen3-8b"
    commit_record(repo, record(GOOD, model=before))
    commit_record(repo, record({**GOOD, "a": 0.0}, model=after, version="v2"))
    for width in (60, 80, 100, 140):
        monkeypatch.setenv("COLUMNS", str(width))
        main(["log", "router"])
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= width
        assert all(any(name in line for line in lines) for name in (before, after))


def test_a_model_at_another_address_is_another_endpoint(repo, capsys):
    commit_record(repo, record(GOOD))
    commit_record(
        repo, record(GOOD, parts={"model": "m2"}, model_id="http://elsewhere.example/v1 small")
    )
    main(["log", "router"])
    assert capsys.readouterr().out.splitlines()[4].endswith("endpoint")


def test_a_record_without_any_answer_has_no_score(repo, lines, capsys):
    commit_record(repo, record({"a": None}))
    assert lines()[0]["score"] is None
    assert main(["log", "router"]) == 0
    assert "▁" not in capsys.readouterr().out


def test_a_commit_that_changed_no_figure_is_no_line(repo, lines):
    commit_record(repo, record(GOOD))
    text = (repo.path / RECORD).read_text().replace("\n", "\r\n")
    repo.write({RECORD: text})
    repo.commit("Other line ends")
    assert kinds(lines()) == ["new"]


def test_a_removed_and_restored_record(repo, lines):
    commit_record(repo, record(GOOD))
    repo.git("rm", "-q", RECORD)
    repo.commit("Remove")
    commit_record(repo, record({**GOOD, "a": 0.0}))
    assert kinds(lines()) == ["new", "removed", "new"]


# Which lines are shown


def test_the_last_commits(repo, lines, monkeypatch):
    ids = []
    for month in range(1, 5):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2026-{month:02}-10T00:00:00+00:00")
        small = record({**GOOD, "a": month % 2}, version=f"v{month}")
        large = record(GOOD, model="large", version=f"v{month // 4}")
        ids.append(commit_record(repo, small, large))
    assert [e["commit"] for e in lines("-n", "2")] == [ids[3], ids[3], ids[2]]
    assert [e["commit"] for e in lines("--since", "2026-03-01")] == [ids[3], ids[3], ids[2]]
    assert [e["commit"] for e in lines("--model", "large")] == [ids[3], ids[0]]
    assert [e["commit"] for e in lines("--model", "large", "-n", "1")] == [ids[3]]
    # The commit before is known, though it is not shown.
    assert not any(e["is_new"] for e in lines("-n", "1"))


def test_history_follows_a_rename(repo, lines):
    commit_record(repo, record(GOOD, eval="early", prompt="early"), name="early")
    repo.git("mv", "evals/early.scores.yaml", RECORD)
    repo.commit("Rename")
    commit_record(repo, record({**GOOD, "a": 0.0}, prompt="early", parts={"prompt": "p2"}))
    found = lines()
    assert kinds(found) == ["prompt", "new"]
    assert [e["path"] for e in found] == [RECORD, "evals/early.scores.yaml"]


def test_a_rename_alone_is_no_line_and_gives_the_former_name(repo, lines, capsys):
    commit_record(repo, record(GOOD, eval="early"), name="early")
    repo.git("mv", "evals/early.scores.yaml", RECORD)
    repo.commit("Rename")
    assert len(lines()) == 1
    main(["log", "router"])
    assert capsys.readouterr().out.startswith("router (was early)\n")


def test_an_eval_renamed_without_its_record_has_its_former_name(repo, lines, capsys):
    repo.write(
        {"evals/early.yaml": "scorers: [equals]\n", "evals/kept.yaml": "scorers: [equals]\n"}
    )
    commit_record(repo, record(GOOD, eval="early", prompt="early"), name="early")
    repo.git("mv", "evals/early.yaml", "evals/router.yaml")
    commit_record(repo, record({**GOOD, "a": 0.0}, prompt="early"))
    assert (repo.path / "evals/early.scores.yaml").exists()
    newest, oldest = lines()
    assert (newest["lost"], newest["is_new"], oldest["is_new"]) == (["a"], False, True)
    assert oldest["path"] == "evals/early.scores.yaml"
    main(["log", "router"])
    assert "was early" in capsys.readouterr().out


def test_a_copied_eval_whose_origin_is_still_there_is_new(repo, lines):
    repo.write({"evals/early.yaml": "scorers: [equals]\n"})
    commit_record(repo, record(GOOD, eval="early", prompt="early"), name="early")
    repo.write({"evals/router.yaml": "scorers: [equals]\n"})
    commit_record(repo, record(GOOD, prompt="early"))
    [only] = lines()
    assert only["is_new"]


def test_why_the_trend_of_all_evals_is_empty_is_told(repo, capsys):
    commit_record(repo, record(GOOD))
    for asked, cure in (
        (["--since", "2099-01-01"], "give an earlier --since"),
        (["--model", "nobody"], "of the model `nobody`: name another"),
    ):
        assert main(["log", *asked]) == 5
        assert cure in capsys.readouterr().err


def test_a_first_record_of_the_trend_has_moved_nothing(repo, capsys):
    commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}))
    commit_record(repo, record(GOOD, parts={"scorers": "s2"}))
    repo.git("rm", "-q", RECORD)
    repo.commit("Remove")
    assert main(["log"]) == 0
    removed, other, lost, new = capsys.readouterr().out.splitlines()[-4:]
    assert removed.split()[-3:] == ["0/0", "removed:", "router"]
    assert other.split()[-4:] == ["3/4", "n/c", "n/c:", "router"]
    assert lost.split()[-5:] == ["2/4", "-25.0", "1", "0", "router"]
    assert new.split()[-3:] == ["3/4", "new:", "router"]


def test_a_record_that_was_only_renamed_is_no_newer_one(repo, ask):
    commit_record(repo, record(GOOD), name="early")
    repo.git("mv", "evals/early.scores.yaml", RECORD)
    repo.commit("Rename")
    assert ask("log", "router").document["notes"] == []
    write_records(repo, record({**GOOD, "a": 0.0}))
    assert len(ask("log", "router").document["notes"]) == 1


@pytest.mark.parametrize(
    "name", ["a b/ünï", "evals/a b/ünï.yaml", "./evals/a b/ünï.scores.yaml", "evals/a b/ünï"]
)
def test_an_eval_is_found_by_any_of_its_names(repo, ask, name):
    commit_record(repo, record(GOOD), name="a b/ünï")
    assert ask("log", name).document["eval"] == "a b/ünï"


def test_a_renamed_eval_without_a_commit_is_told_its_former_name(repo, ask):
    commit_record(repo, record(GOOD), name="mood")
    repo.git("mv", "evals/mood.scores.yaml", "evals/tone.scores.yaml")
    said = ask("log", "tone").document["error"]
    assert "renamed from `mood`: commit the renaming, or see `promptci log mood`" in said
    assert "renamed" not in ask("log", "tune").document["error"]


def test_a_project_in_a_folder(repo, lines, monkeypatch):
    repo.write({"app/promptci.yaml": "{}\n", "app/" + RECORD: dump({"small": record(GOOD)})})
    repo.commit("Add")
    monkeypatch.chdir(repo.path / "app" / "evals")
    assert kinds(lines()) == ["new"]


def test_an_eval_that_came_from_another_project_of_the_repository(repo, lines, monkeypatch):
    mine, other = dump({"small": record(GOOD)}), dump({"small": record({"x": 1.0, "y": 1.0})})
    files = {"promptci.yaml": "", "evals/other.scores.yaml": other}
    here, there = ({f"{folder}/{path}": text for path, text in files.items()} for folder in "ab")
    was = "a/evals/router.scores.yaml"
    repo.write({**here, **there, was: mine})
    repo.commit("Two projects")
    repo.git("mv", was, "b/evals/router.scores.yaml")
    repo.commit("Move it")
    monkeypatch.chdir(repo.path / "b")
    assert [(entry["path"], entry["is_new"]) for entry in lines()] == [(was, True)]


def test_sha256_repositories(new_repo, monkeypatch, lines):
    made = new_repo("modern", "--object-format=sha256")
    monkeypatch.chdir(made.path)
    commit_record(made, record(GOOD))
    head = commit_record(made, record({**GOOD, "a": 0.0}))
    assert [len(e["commit"]) for e in lines()] == [64, 64]
    assert lines()[0]["commit"] == head


def test_a_detached_head_and_a_linked_worktree(repo, lines, tmp_path, monkeypatch):
    first = commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}))
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"), first)
    repo.git("checkout", "-q", "--detach", first)
    assert kinds(lines()) == ["new"]
    monkeypatch.chdir(tmp_path / "linked")
    assert kinds(lines()) == ["new"]


# Branches


def test_branches_that_change_different_evals_merge_without_conflict(repo, lines):
    commit_record(repo, record(GOOD))
    commit_record(repo, record(GOOD, eval="other"), name="other")
    repo.git("checkout", "-q", "-b", "side")
    commit_record(repo, record({**GOOD, "a": 0.0}, eval="other"), name="other")
    repo.git("checkout", "-q", "main")
    mine = commit_record(repo, record({**GOOD, "b": 0.0}))
    repo.git("merge", "-q", "-m", "Merge", "side")
    assert lines()[0]["commit"] == mine
    assert kinds(lines()) == ["", "new"]


def test_a_conflict_is_run_again_and_its_merge_is_a_line(project, api, ask, lines, capsys):
    ask("run")
    project.commit("Score")
    project.git("checkout", "-q", "-b", "side")
    project.write({"prompts/router.yaml": PROMPT.replace("support tickets", "all tickets")})
    ask("run")
    project.commit("On the side")
    project.git("checkout", "-q", "main")
    project.write({"prompts/router.yaml": PROMPT.replace("max_tokens: 8", "max_tokens: 9")})
    ask("run")
    project.commit("On main")
    with pytest.raises(AssertionError, match="git merge"):
        project.git("merge", "-q", "-m", "Merge", "side")
    assert "<<<<<<<" in (project.path / RECORD).read_text()
    assert "<<<<<<<" not in (project.path / "prompts/router.yaml").read_text()
    refused = ask("diff", "HEAD")
    assert refused.code == 3
    assert "merge conflict" in refused.document["damaged"][0]["why"]
    assert ask("accept", "router", "card", "-m", "x").code == 2
    asked = api.count
    assert ask("run", "router").code == 0
    assert api.count == asked + 6  # the merged prompt was never asked
    assert "<<<<<<<" not in (project.path / RECORD).read_text()
    merge = project.commit("Merge")
    newest, side, main_line, first = lines()
    assert (newest["commit"], newest["changed"]) == (merge, ["prompt"])
    assert (main_line["subject"], side["subject"]) == ("On main", "On the side")
    assert (side["merge"], main_line["merge"]) == (merge, None)
    assert main_line["changed"] == side["changed"] == ["prompt"]
    assert first["is_new"]


def scored(repo: GitRepo, subject: str, **changed: float) -> str:
    """A commit with a record of `GOOD` and some other scores."""
    write_records(repo, record({**GOOD, **changed}))
    return repo.commit(subject)


def test_branches_are_lines_of_their_own_and_none_is_dropped(repo, lines, capsys):
    """Two branches from one commit: the second merge takes theirs, whatever the first brought."""
    first = scored(repo, "First")
    repo.git("checkout", "-q", "-b", "one")
    one = scored(repo, "One", a=0.0)
    repo.git("checkout", "-q", "-b", "two", first)
    two, more = scored(repo, "Two", b=0.0), scored(repo, "More", b=0.0, c=0.0)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge branch 'one'", "one")
    merge_one = repo.git("rev-parse", "HEAD")
    repo.git("merge", "-q", "-X", "theirs", "-m", "Merge pull request #7 from ada/two", "two")
    repo.git("checkout", "-q", "two", "--", RECORD)
    repo.git("commit", "-q", "--amend", "--no-edit")
    merge_two = repo.git("rev-parse", "HEAD")
    last = scored(repo, "Last")
    found = lines()
    assert [(e["commit"], e["branch"], e["merge"]) for e in found] == [
        (last, "main", None),
        (merge_two, "main", None),
        (more, "two", merge_two),
        (two, "two", merge_two),
        (merge_one, "main", None),
        (one, "one", merge_one),
        (first, "main", None),
    ]
    assert [(e["lost"], e["won"]) for e in found[:3]] == [
        ([], ["b", "c"]),
        (["b", "c"], ["a"]),
        (["c"], []),
    ]
    assert main(["log", "router"]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert "█▅▁█" in shown[1]  # four scores of one line, though seven commits
    rows = [line.split()[:3] for line in shown if merge_two[:7] in line or more[:7] in line]
    assert rows == [
        [merge_two[:7], "main", "2026-01-02"],
        ["└", more[:7], "two"],
    ]


def test_a_branch_of_which_nothing_was_kept_is_shown_with_all(repo, lines, ask):
    first = scored(repo, "First")
    repo.git("checkout", "-q", "-b", "side")
    dropped = scored(repo, "Dropped", a=0.0)
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "-s", "ours", "-m", "Merge branch 'side'", "side")
    assert [e["commit"] for e in lines()] == [first]
    assert ask("log", "router").document["notes"] == [
        "1 more commit changed the record on branches of which nothing was kept: "
        "`--all` shows them."
    ]
    assert [(e["commit"], e["branch"]) for e in lines("--all")] == [
        (dropped, "side"),
        (first, "main"),
    ]


def test_a_rename_on_a_branch_is_followed_on_both_lines(repo, lines, capsys):
    commit_record(repo, record(GOOD), name="early")
    repo.git("checkout", "-q", "-b", "late")
    edited_there = commit_record(repo, record({**GOOD, "b": 0.0}), name="early")
    repo.git("checkout", "-q", "main")
    repo.git("checkout", "-q", "-b", "renames")
    (repo.path / "evals/early.scores.yaml").unlink()
    commit_record(repo, record({**GOOD, "a": 0.0}))
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge branch 'renames'", "renames")
    repo.git("merge", "-q", "-s", "ours", "--no-commit", "late")
    (repo.path / RECORD).unlink()
    commit_record(repo, record({**GOOD, "a": 0.0, "b": 0.0}))
    found = lines()
    assert [(e["was"], e["lost"]) for e in found] == [
        (None, ["b"]),
        (None, ["b"]),
        ("early", ["a"]),
        ("early", ["a"]),
        (None, []),
    ]
    assert (found[1]["commit"], found[1]["path"]) == (edited_there, "evals/early.scores.yaml")
    main(["log", "router"])
    assert "was early" in capsys.readouterr().out


def test_what_a_merge_left_unmeasured_hides_no_fall(repo, lines, ask, capsys):
    commit_record(repo, record(GOOD))
    open_ = record({**GOOD, "a": None, "b": None}, parts={"prompt": "p2"})
    results = tuple(replace(r, is_unmeasured=r.fate == "error") for r in open_.results)
    commit_record(repo, replace(open_, results=results))
    commit_record(repo, record({**GOOD, "a": 0.0}, parts={"prompt": "p2"}))
    newest, merged, _ = lines()
    assert (newest["lost"], newest["won"], newest["measured"]) == (["a"], [], 2)
    main(["log", "router"])
    out = " ".join(capsys.readouterr().out.split())
    assert "1 0 2 measured that a merge left open" in out
    assert "prompt; 2 of 4 not measured yet" in out
    assert newest["delta"] == pytest.approx(-0.25)
    assert (merged["lost"], merged["won"]) == ([], [])
    assert ask("log").document["commits"][0]["lost"] == [
        {"eval": "router", "model": "small", "example": "a"}
    ]


# All evals together


def test_without_a_name_a_line_per_commit_over_all_evals(repo, ask, capsys):
    other = {"x": 1.0, "y": 1.0}
    commit_record(repo, record(GOOD))
    commit_record(repo, record(other), name="other")
    repo.git("checkout", "-q", "-b", "side")
    write_records(repo, record({**GOOD, "a": 0.0}))
    write_records(repo, record({"x": 1.0, "y": 0.0}), name="other")
    repo.commit("Both")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge branch 'side'", "side")
    (repo.path / "evals/other.scores.yaml").rename(repo.path / "evals/third.scores.yaml")
    write_records(repo, record({**GOOD, "a": 0.0}, parts={"scorers": "s2"}))
    repo.commit("Rename and rescore")
    repo.git("rm", "-q", "evals/third.scores.yaml")
    repo.commit("Remove")
    answer = ask("log")
    rows = answer.document["commits"]
    shown = ("score", "passed", "total", "changed", "added", "removed", "not_comparable")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        (0.5, 2, 4, [], [], ["third"], []),
        (0.5, 3, 6, ["router", "third"], [], [], ["router"]),
        (0.5, 3, 6, ["other", "router"], [], [], []),
        (5 / 6, 5, 6, [], ["other"], [], []),
        (0.75, 3, 4, [], ["router"], [], []),
    ]
    assert [[(e["eval"], e["example"]) for e in row["lost"]] for row in rows] == [
        [],
        [],
        [("other", "y"), ("router", "a")],
        [],
        [],
    ]
    assert rows[2]["delta"] == pytest.approx(-2 / 6)
    assert main(["log", "-n", "3"]) == 0
    text = capsys.readouterr().out
    assert "n/c: router" in text
    assert "removed: third" in text
    assert len(text.splitlines()) == 7
    assert main(["log", "--all"]) == 2


def test_a_newer_record_without_a_commit_is_named(repo, ask, capsys):
    commit_record(repo, record(GOOD))
    assert ask("log").document["notes"] == ask("log", "router").document["notes"] == []
    write_records(repo, record({**GOOD, "a": 0.0}))
    write_records(repo, record(GOOD), name="other")
    [note] = ask("log", "router").document["notes"]
    assert note.startswith("A newer record is not committed (50.0% on small): ")
    assert main(["log"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.endswith("2 newer records are not committed: `promptci diff` shows what changed.")


def test_two_swapped_evals_are_each_followed(repo, lines):
    other = record({"x": 1.0, "y": 1.0, "z": 1.0}, parts={"examples": "other"})
    write_records(repo, other)
    commit_record(repo, record(GOOD), name="other")
    commit_record(repo, record({**GOOD, "b": 0.0}), name="other")
    write_records(repo, other, name="other")
    commit_record(repo, record({**GOOD, "a": 0.0, "b": 0.0}))
    found = lines()
    assert [(e["was"], e["lost"], e["path"].split("/")[1]) for e in found] == [
        ("other", ["a"], "router.scores.yaml"),
        (None, ["b"], "other.scores.yaml"),
        (None, [], "other.scores.yaml"),
    ]


# Histories with gaps


def test_a_shallow_clone_says_that_its_history_is_cut(
    repo, lines, tmp_path, monkeypatch, ask, capsys
):
    for number in range(4):
        commit_record(repo, record({**GOOD, "a": number % 2}, version=f"v{number}"))
    url = repo.path.as_uri()
    repo.git("clone", "-q", "--depth=2", url, str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    assert kinds(lines()) == ["", "cut"]
    assert lines()[1]["delta"] is None
    assert main(["log", "router"]) == 0
    shown = capsys.readouterr().out
    assert "history is cut short here" in shown
    assert "fetch-depth: 0" in shown
    assert main(["log"]) == 0
    shown = capsys.readouterr().out
    assert "history is cut short here" in shown
    assert "fetch-depth: 0" in shown
    assert "new" not in shown
    GitRepo(tmp_path / "clone").git("fetch", "-q", "--unshallow")
    assert kinds(lines()) == ["", "", "", "new"]


def test_a_shallow_clone_that_has_all_of_a_record_is_not_cut(repo, lines, tmp_path, monkeypatch):
    repo.commit("Begin")
    repo.commit("Go on")
    commit_record(repo, record(GOOD))
    repo.git("clone", "-q", "--depth=2", repo.path.as_uri(), str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    assert kinds(lines()) == ["new"]


def edited(old: str, new: str) -> bytes:
    text = dump({"small": record({**GOOD, "b": 0.0})})
    assert old in text
    return text.replace(old, new).encode()


WHOLE = dump({"small": record({**GOOD, "b": 0.0})}).encode()


DAMAGES = (
    (WHOLE[:200], "line"),
    (WHOLE[: WHOLE.index(b"examples:\n")], "line"),
    (b"", "line 1"),
    (b"\0\1\2", "line 1"),
    (b"\xff\xfe", "not UTF-8"),
    (b"models: [a, b]\n", "no `format`"),
    (b"format: 1\nmodels: {}\n", "line"),
    (edited("format: 2", "format: 4"), "newer promptci"),
    (edited("score: 0.5\n", "score: .nan\n"), "line"),
    (edited("{is: fail, score: 0,", "{is: fail, score: nan,"), "no result"),
    (edited("{is: fail, score: 0,", "{is: pass, score: 1,"), "does not add up"),
    (edited("passed: 2\n", "passed: 3\n"), "does not add up"),
    (edited("      b: ", "      a: "), "a second result"),
    (edited("      b: ", "      nobody: ").replace(b"total: 4", b"total: 5"), "add up"),
    (WHOLE + WHOLE[WHOLE.index(b"  small:") :], "a second section"),
    (b"<<<<<<< HEAD\n" + WHOLE + b"=======\n>>>>>>> side\n", "merge conflict"),
)


def test_damaged_records_are_shown_and_passed_over(repo, lines, capsys):
    commit_record(repo, record(GOOD))
    broken = []
    for damaged, _ in DAMAGES:
        repo.write({RECORD: damaged})
        broken.append(repo.commit("Break"))
    commit_record(repo, record({**GOOD, "a": 0.0}, parts={"prompt": "p2"}))
    newest, *middle, oldest = lines()
    assert kinds([newest, oldest]) == ["prompt", "new"]
    assert newest["lost"] == ["a"]
    for line, commit, (damaged, why) in zip(middle[::-1], broken, DAMAGES, strict=True):
        assert (kinds([line]), line["commit"]) == (["damaged"], commit), damaged
        assert why in line["damage"], damaged
    assert main(["log", "router"]) == 0
    assert capsys.readouterr().out.count("damaged record") == len(DAMAGES)
    assert kinds(lines("-n", "1")) == ["prompt"]


def test_a_history_of_nothing_but_damage(repo, lines):
    repo.write({RECORD: "nonsense"})
    repo.commit("Break")
    assert kinds(lines()) == ["damaged"]


def test_what_people_write_cannot_move_the_terminal(repo, capsys, monkeypatch):
    repo.git("config", "user.name", "Ada \x1b[31mRed\u202e")
    commit_record(repo, record(GOOD, version="v\x1b]0;x\x07\nv2", model="m\u202e"))
    assert main(["log", "router"]) == 0
    shown = capsys.readouterr().out
    assert not set(shown) & set("\x1b\x07\u202e\r")
    assert len(shown.splitlines()) == 5


def test_colours_only_on_a_terminal(repo, capsys, monkeypatch):
    commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}))
    main(["log", "router"])
    plain = capsys.readouterr().out
    assert "\x1b" not in plain
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    main(["log", "router"])
    assert "\x1b[31m" in capsys.readouterr().out


# When there is nothing to show


def test_before_the_first_commit_there_is_no_history(repo, ask):
    write_records(repo, record(GOOD))
    answer = ask("log", "router")
    assert answer.code == 3
    assert "no commit yet" in answer.document["error"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["roter"], "did you mean `router`?"),
        (["roter", "--model", "huge"], "did you mean `router`?"),
        (
            ["router", "--model", "smal"],
            "no commit changed a record of `router` of smal: did you mean `small`?",
        ),
        (
            ["router", "--model", "small", "--since", "2030-01-01"],
            "no commit since then changed a record of `router` of small: give an earlier --since",
        ),
        (["../outside"], "leads out of the project"),
    ],
)
def test_a_history_that_is_not_there(repo, ask, arguments, words):
    commit_record(repo, record(GOOD))
    answer = ask("log", *arguments)
    assert answer.code in (2, 5)
    assert words in answer.document["error"]


def test_no_record_at_all(project, ask):
    answer = ask("log", "router")
    assert answer.code == 5
    assert "run `promptci run router`" in answer.document["error"]


def test_the_document_is_one_that_any_program_reads(repo, ask):
    commit_record(repo, record({"a": 0.1, "b": None}))
    document = ask("log", "router").document
    assert document["format"] == 1
    assert document["command"] == "log"
    assert json.loads(json.dumps(document)) == document


def test_nothing_is_written_by_looking(repo, ask):
    commit_record(repo, record(GOOD))
    before = sorted(Path(repo.path).rglob("*"))
    assert ask("log", "router").code == 0
    assert sorted(Path(repo.path).rglob("*")) == before


@pytest.mark.parametrize("since", ["nonsense", "2026-13-45", "", "--output=x"])
def test_a_since_that_is_no_date_is_refused(project, ask, since):
    answer = ask("log", "router", f"--since={since}")
    assert answer.code == 2
    assert "is no date" in answer.document["error"]


def test_a_bare_repository_has_the_same_history(repo, ask, tmp_path, monkeypatch):
    commit_record(repo, record(GOOD))
    commit_record(repo, record({**GOOD, "a": 0.0}))
    [fallen, new] = ask("log", "router").document["entries"]
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    monkeypatch.chdir(tmp_path / "bare.git")
    for name in ("router", RECORD):
        assert ask("log", name).document["entries"] == [fallen, new]
    assert fallen["lost"] == ["a"]

"""The past of a report: what the last commits recorded, from git alone."""

from histories import commit_record, record, write_records
from promptci.reportdata.past import read_past
from promptci.reportdata.pastscores import PastCommit

GOOD = {"a": 1, "b": 1, "c": 1}
PROMPT = "messages: [{role: user, content: one}]\n"


def past_of(repo, **more):
    from promptci.git.repo import Repo

    opened = Repo.discover(repo.path)
    try:
        return read_past(opened, opened.head(), **more)
    finally:
        opened.close()


def only(commit: PastCommit):
    [score] = commit.scores
    return score


def test_no_commit_is_no_past(repo):
    assert past_of(repo).commits == ()


def test_each_commit_says_what_moved_and_what_the_prompt_was(repo):
    repo.write({"prompts/router.yaml": PROMPT})
    commit_record(repo, record(GOOD))
    repo.write({"README.md": "changes nothing that is measured"})
    repo.commit("readme")
    repo.write({"prompts/router.yaml": PROMPT.replace("one", "two")})
    commit_record(repo, record(GOOD | {"b": 0}, parts={"prompt": "q"}))
    first, second = past_of(repo).commits
    assert (only(first).score, only(first).is_new, first.prompts) == (1.0, True, ())
    assert (only(second).lost, only(second).won, only(second).what) == (("b",), (), ("prompt",))
    [changed] = second.prompts
    assert ("one" in changed.before, "two" in changed.after) == (True, True)
    assert past_of(repo).fates["router", ""] == {"a": "pp", "b": "pf", "c": "pp"}


def test_a_swapped_model_goes_on_in_the_same_row(repo):
    commit_record(repo, record(GOOD))
    commit_record(repo, record(GOOD | {"a": 0}, model="large", accepted={"a": "dearer"}))
    found = past_of(repo)
    swapped = only(found.commits[1])
    assert swapped.model_before.endswith("small")
    assert swapped.model_id.endswith("large")
    assert [(each.id, each.why) for each in swapped.accepted] == [("a", "dearer")]
    assert found.single == {"router"}
    assert found.fates["router", ""]["a"] == "pf"


def test_several_models_at_once_have_rows_of_their_own(repo):
    commit_record(repo, record(GOOD), record(GOOD | {"c": 0}, model="large"))
    found = past_of(repo)
    assert found.single == frozenset()
    assert found.fates["router", "large"]["c"] == "f"
    assert found.fates["router", "small"]["c"] == "p"


def test_examples_come_and_go(repo):
    commit_record(repo, record(GOOD))
    commit_record(repo, record({"a": 1, "d": 0, "e": None}))
    assert past_of(repo).fates["router", ""] == {
        "a": "pp", "b": "p ", "c": "p ", "d": " f", "e": " e",
    }  # fmt: skip


def test_a_damaged_record_is_said_and_the_others_are_read(repo):
    commit_record(repo, record(GOOD))
    repo.write({"evals/router.scores.yaml": "format: 2\nnonsense"})
    repo.commit("damage")
    commit_record(repo, record(GOOD | {"a": 0}))
    good, damaged, last = past_of(repo).commits
    assert only(good).score == 1.0
    assert only(damaged).damage
    assert only(damaged).score is None
    assert only(last).passed == 2


def test_only_so_many_commits_are_read_and_that_is_said(repo):
    for number in range(4):
        commit_record(repo, record(GOOD | {"a": number % 2}))
    found = past_of(repo, most=2)
    assert (len(found.commits), found.is_cut, found.is_shallow) == (2, True, False)
    assert len(past_of(repo, most=0).commits) == 0


def test_a_shallow_clone_is_said(repo, new_repo, monkeypatch):
    commit_record(repo, record(GOOD))
    commit_record(repo, record(GOOD | {"a": 0}))
    clone = repo.path.parent / "clone"
    repo.git("clone", "--depth", "1", f"file://{repo.path}", str(clone))
    monkeypatch.chdir(clone)
    from promptci.git.repo import Repo

    opened = Repo.discover(clone)
    found = read_past(opened, opened.head())
    opened.close()
    assert (len(found.commits), found.is_shallow) == (1, True)


def test_a_merge_is_one_commit_against_its_first_parent(repo):
    commit_record(repo, record(GOOD))
    repo.git("switch", "-q", "-c", "side")
    commit_record(repo, record(GOOD | {"a": 0}))
    commit_record(repo, record(GOOD | {"b": 0}))
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge side", "side")
    first, merged = past_of(repo).commits
    assert (merged.subject, only(merged).lost) == ("Merge side", ("b",))
    assert only(first).is_new


def test_records_in_folders_and_with_odd_names(repo):
    write_records(repo, record(GOOD, eval="team/ä b"), name="team/ä b")
    repo.commit("odd")
    [commit] = past_of(repo).commits
    assert only(commit).eval == "team/ä b"


def test_a_renamed_eval_goes_on_in_one_row_and_a_removed_one_ends(repo):
    commit_record(repo, record(GOOD), name="old")
    commit_record(repo, record({"x": 1, "y": 1}), name="gone")
    commit_record(repo, record(GOOD | {"a": 0}), name="old")
    (repo.path / "evals/old.scores.yaml").rename(repo.path / "evals/new.scores.yaml")
    repo.commit("Rename")
    repo.git("rm", "-q", "evals/gone.scores.yaml")
    repo.commit("Remove")
    past = past_of(repo)
    assert [[score.eval for score in each.scores] for each in past.commits] == [
        ["new"],
        ["gone"],
        ["new"],
        ["new"],
        [],
    ]
    [renamed] = past.commits[3].scores
    assert (renamed.was, renamed.is_new, renamed.lost) == ("old", False, ())
    assert [each.removed for each in past.commits] == [(), (), (), (), ("gone",)]
    assert past.fates["new", ""] == {"a": "ppfff", "b": "ppppp", "c": "ppppp"}
    assert past.fates["gone", ""] == {"x": " ppp ", "y": " ppp "}

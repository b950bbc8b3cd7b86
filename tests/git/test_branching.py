"""Commits on a new branch, beside the working tree and the index."""

import pytest

from promptci.errors import RepoError, RequestError
from promptci.git.branching import NewCommit, committer_of, make_branch, need_new_branch
from promptci.git.looknotes import LOOKS, LookNote, note_look
from promptci.git.repo import Repo


@pytest.fixture
def opened(repo):
    repo.write({"a.txt": "one\n", "sub/b.txt": "two\n"})
    repo.commit("first")
    (repo.path / "a.txt").write_text("not staged\n")
    repo.write({"c.txt": "staged\n"})
    repo.git("add", "c.txt")
    made = Repo.discover(repo.path)
    yield made
    made.close()


def test_commits_follow_each_other_and_nothing_else_moves(repo, opened):
    before = repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD")
    head = opened.head()
    commits = [
        NewCommit("one\n\nwhy\n", {"a.txt": b"1\n", "new/d.txt": b"\x00\xff"}),
        NewCommit("two\n", {"a.txt": b"2\n"}, ("sub/b.txt",)),
    ]
    made = make_branch(opened, "search/x", head, commits)
    assert (repo.git("status", "--porcelain"), repo.git("rev-parse", "HEAD")) == before
    assert repo.git("log", "--format=%s", "search/x").split() == ["two", "one", "first"]
    assert repo.git("show", "search/x:a.txt") == "2"
    assert repo.git("ls-tree", "-r", "--name-only", "search/x").split() == [
        "a.txt",
        "new/d.txt",
    ]
    assert opened.blob(f"{made[0].id}:new/d.txt") == b"\x00\xff"
    assert repo.git("log", "-1", "--format=%an %cn", "search/x") == "Ada Test Ada Test"


def test_a_branch_made_meanwhile_is_not_moved(repo, opened):
    repo.git("branch", "search/x")
    with pytest.raises(RepoError, match="update-ref failed"):
        make_branch(opened, "search/x", opened.head(), [NewCommit("one", {"a.txt": b"1\n"})])
    assert repo.git("rev-parse", "search/x") == repo.git("rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["a..b", "", "x.lock"])
def test_what_is_no_name_is_refused(opened, name):
    with pytest.raises(RequestError, match="is no name for a branch"):
        need_new_branch(opened, name)


@pytest.mark.parametrize(("there", "wanted"), [("x", "x"), ("x", "x/y"), ("x/y", "x")])
def test_what_is_in_the_way_is_named(repo, opened, there, wanted):
    repo.git("branch", there)
    with pytest.raises(RequestError, match=f"there is a branch `{there}` already"):
        need_new_branch(opened, wanted)


def test_without_an_author_there_is_no_committer(repo, opened, hermetic):
    (hermetic / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    with pytest.raises(RepoError, match="git does not know who makes a commit"):
        committer_of(opened)


def test_an_author_of_the_environment_alone_is_enough(repo, opened, hermetic, monkeypatch):
    (hermetic / ".gitconfig").write_text("[user]\n    useConfigOnly = true\n")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Bob")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "bob@example.org")
    note = LookNote("gate", "text", 1)
    note_look(opened, note, "the gate")
    make_branch(opened, "search/x", opened.head(), [NewCommit("one", {"a.txt": b"1\n"})])
    for name in ("search/x", f"{LOOKS}/text-gate"):
        assert repo.git("log", "-1", "--format=%an %cn %ce", name) == "Bob Bob bob@example.org"

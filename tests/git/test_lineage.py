"""The way between two commits, in real repositories: straight, merged, apart, cut short."""

from contextlib import ExitStack, closing

import pytest

from promptci.errors import RepoError, RequestError
from promptci.git.lineage import commits, day_of, resolve, way
from promptci.git.repo import Repo
from promptci.git.revision import Revision


@pytest.fixture
def opened():
    """Opens repositories as promptci does, and closes them afterwards."""
    with ExitStack() as stack:
        yield lambda path: stack.enter_context(closing(Repo.discover(path)))


@pytest.fixture
def line(repo, opened):
    """The subjects on the way between two revisions, as promptci sees them."""

    def walk(good, bad, at=repo.path):
        there = opened(at)
        found = way(there, resolve(there, good), resolve(there, bad))
        return [commit.subject for commit in commits(there, found)]

    return walk


def test_on_a_straight_line_it_is_every_commit(repo, line):
    for subject in "abcd":
        repo.commit(subject)
    assert line("HEAD~2", "HEAD") == ["b", "c", "d"]


def test_both_ends_keep_the_names_that_the_user_gave_them(repo, opened):
    repo.commit("a")
    repo.commit("b")
    here = opened(repo.path)
    found = way(here, resolve(here, "HEAD~1"), resolve(here, "main"))
    assert [revision.name for revision in found] == ["HEAD~1", "main"]


def merged(repo):
    """A branch with two commits, merged: main is a, b, d, merge; side is a, c1, c2."""
    repo.commit("a")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("c1")
    repo.commit("c2")
    repo.git("checkout", "-q", "main")
    repo.commit("b")
    repo.commit("d")
    repo.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    repo.commit("e")


def test_a_merge_is_one_step_as_seen_from_its_first_parent(repo, line):
    merged(repo)
    assert line("main~4", "main") == ["a", "b", "d", "merge", "e"]


def test_it_goes_through_the_branch_that_the_good_commit_is_on(repo, line):
    merged(repo)
    assert line("side~1", "main") == ["c1", "c2", "merge", "e"]


def test_a_detached_head_is_a_commit_like_any_other(repo, line):
    first = repo.commit("a")
    repo.commit("b")
    repo.commit("c")
    repo.git("checkout", "-q", "HEAD~1")
    assert line(first, "HEAD") == ["a", "b"]


def test_swapped_ends_are_seen(repo, line):
    repo.commit("a")
    repo.commit("b")
    with pytest.raises(RequestError, match="`HEAD~1` comes before `HEAD`: swap --good and --bad"):
        line("HEAD", "HEAD~1")


def test_the_same_commit_cannot_be_both(repo, line):
    repo.commit("a")
    with pytest.raises(RequestError, match="`main` is both good and bad"):
        line("main", "HEAD")


def test_of_two_branches_the_commit_where_they_part_is_named(repo, line):
    fork = repo.commit("a")
    repo.git("checkout", "-q", "-b", "side")
    repo.commit("c")
    repo.git("checkout", "-q", "main")
    repo.commit("b")
    with pytest.raises(RequestError, match=f"part, `--good {fork[:7]}`"):
        line("side", "main")


def test_histories_without_a_common_commit_have_no_way(repo, line):
    repo.commit("a")
    repo.git("checkout", "-q", "--orphan", "other")
    repo.commit("b")
    with pytest.raises(RequestError, match="no commit in common"):
        line("main", "other")


def shallow(repo, tmp_path, depth):
    target = tmp_path / "shallow"
    repo.git("clone", "-q", "--depth", str(depth), f"file://{repo.path}", str(target))
    return target


def test_a_shallow_clone_says_how_to_get_what_it_lacks(repo, line, tmp_path):
    first = repo.commit("a")
    repo.commit("b")
    repo.commit("c")
    clone = shallow(repo, tmp_path, 1)
    with pytest.raises(RepoError, match="`fetch-depth: 0`"):
        line(first, "HEAD", at=clone)


def test_a_shallow_clone_with_both_ends_but_no_way_makes_none_up(repo, new_repo, line, tmp_path):
    repo.git("tag", "first", repo.commit("a"))
    repo.commit("b")
    repo.commit("c")
    clone = shallow(repo, tmp_path, 1)
    new_repo("shallow").git("fetch", "-q", "--depth=1", "origin", "tag", "first")
    with pytest.raises(RepoError, match=r"`HEAD` does not come after `first`.*shallow"):
        line("first", "HEAD", at=clone)


def test_a_shallow_clone_that_is_deep_enough_will_do(repo, line, tmp_path):
    for subject in "abcd":
        repo.commit(subject)
    assert line("HEAD~1", "HEAD", at=shallow(repo, tmp_path, 3)) == ["c", "d"]


def test_commits_say_who_when_and_what_in_the_order_asked_for(repo, opened):
    ids = [repo.commit("Ä: kürzer\n\nBody"), repo.commit("second")]
    here = opened(repo.path)
    found = commits(here, [Revision(id_) for id_ in reversed(ids)])
    assert [commit.subject for commit in found] == ["second", "Ä: kürzer"]
    assert (found[0].author, found[0].date) == ("Ada Test", "2026-01-02T03:04:05+00:00")
    assert commits(here, []) == ()


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_the_day_is_the_latest_committers_in_utc(new_repo, opened, options, monkeypatch):
    made = new_repo("dated", *options)
    for date in ("2026-03-04T23:30:00-01:00", "2026-03-04T01:00:00+09:00"):
        monkeypatch.setenv("GIT_COMMITTER_DATE", date)
        made.commit("committer x <y> 1 +0000\n\ncommitter z <z> 2 +0000")
    here = opened(made.path)
    first, last = here.resolve("HEAD~1"), here.resolve("HEAD")
    assert day_of(here, first, None, last) == "2026-03-05"
    assert day_of(here, last) == "2026-03-03"
    assert day_of(here, None) == ""

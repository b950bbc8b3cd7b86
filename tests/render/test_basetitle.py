"""Which commit a change is compared with, in real repositories of every shape."""

import json

import pytest

from gitrepo import GitRepo
from promptci.check.baserevision import choose_base
from promptci.errors import RepoError, RequestError
from promptci.git.repo import Repo

PULL = {"GITHUB_REF": "refs/pull/1/merge"}


@pytest.fixture
def chosen():
    """The base's id and why, as seen from a folder."""

    def find(path, given=None, environ=None, *, staged=False):
        opened = Repo.discover(path)
        try:
            base = choose_base(opened, given, environ or {}, staged=staged)
        finally:
            opened.close()
        return base.revision.id, base.why

    return find


@pytest.fixture
def forked(repo: GitRepo):
    """`main` with two commits, and `pull` with one that left it after the first; on `pull`."""
    repo.write({"a": "1"})
    fork = repo.commit("fork")
    repo.git("checkout", "-q", "-b", "pull")
    repo.write({"b": "2"})
    pull = repo.commit("pull")
    repo.git("checkout", "-q", "main")
    repo.write({"c": "3"})
    main = repo.commit("main")
    repo.git("checkout", "-q", "pull")
    return {"fork": fork, "pull": pull, "main": main}


def merged(repo: GitRepo) -> str:
    """Check out the test merge of `pull` into `main`, as GitHub makes it."""
    repo.git("checkout", "-q", "--detach", "main")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge pull into main", "pull")
    return repo.git("rev-parse", "HEAD")


def cloned(repo: GitRepo, *options: str):
    """A clone of depth 1 over the transport that honours it."""
    place = repo.path.parent / "clone"
    repo.git("clone", "-q", "--depth", "1", *options, repo.path.as_uri(), str(place))
    return place


def test_on_a_branch_it_is_the_merge_base_and_not_the_tip(repo, forked, chosen):
    assert chosen(repo.path) == (forked["fork"], "the merge base of HEAD and main")


def test_the_target_can_be_named(repo, forked, chosen):
    repo.git("checkout", "-q", "-b", "second", "pull")
    repo.commit("second")
    assert chosen(repo.path, "pull") == (forked["pull"], "the merge base of HEAD and pull")


def test_on_a_test_merge_it_is_the_first_parent(repo, forked, chosen):
    environ = PULL | {"GITHUB_SHA": merged(repo)}
    why = "the first parent of the test merge checked out"
    assert chosen(repo.path, environ=environ) == (forked["main"], why)
    assert chosen(repo.path, "main", environ=environ)[0] == forked["main"]


UNSEEN = {
    "pull_request_target": {"pull_request": {"merged": False}},
    "issue_comment": {"issue": {"pull_request": {"url": "x"}}},
    "workflow_run": {"workflow_run": {"event": "pull_request"}},
}


@pytest.mark.parametrize("event", UNSEEN)
def test_a_job_that_has_nothing_of_its_change_says_so(repo, forked, chosen, tmp_path, event):
    """GitHub checks out the branch that the change goes to, or one that has moved on since."""
    (tmp_path / "event.json").write_text(json.dumps(UNSEEN[event]))
    environ = {"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    assert chosen(repo.path, environ=environ)[0] == forked["fork"]  # its head
    for seen in ("main", "main~1"):
        repo.git("checkout", "-q", "--detach", seen)
        with pytest.raises(RepoError, match=f"`{event}` checks out main, and nothing of the pull"):
            chosen(repo.path, environ=environ)
    (tmp_path / "event.json").write_text('{"pull_request": {"merged": true}, "issue": {}}')
    repo.git("checkout", "-q", "main")
    assert chosen(repo.path, environ=environ)[0] == forked["fork"]


def test_the_main_branch_may_have_any_name(repo, forked, chosen, tmp_path):
    repo.git("branch", "-m", "main", "trunk")
    (tmp_path / "event.json").write_text('{"repository": {"default_branch": "trunk"}}')
    for environ in (
        {"GITHUB_EVENT_PATH": str(tmp_path / "event.json")},
        {"CI_DEFAULT_BRANCH": "trunk"},
    ):
        found = chosen(repo.path, environ=environ)
        assert found == (forked["fork"], "the merge base of HEAD and trunk")
    with pytest.raises(RequestError, match="there is none of origin/HEAD, origin/main, "):
        chosen(repo.path)
    with pytest.raises(RequestError, match="there is none of origin/dev, dev to compare with"):
        chosen(repo.path, environ={"CI_DEFAULT_BRANCH": "dev"})


@pytest.fixture
def queue(repo, forked, tmp_path):
    """Two groups of a merge queue: the second, of two commits, is built on the first."""
    first = merged(repo)
    repo.commit("rebased, one")
    second = repo.commit("rebased, two")

    def event(head, base):
        path = tmp_path / "event.json"
        path.write_text(json.dumps({"merge_group": {"head_sha": head, "base_sha": base}}))
        return {"GITHUB_EVENT_NAME": "merge_group", "GITHUB_EVENT_PATH": str(path)}

    return first, second, event


def test_in_a_merge_queue_it_is_the_group_before(repo, forked, queue, chosen):
    first, second, event = queue
    environ = event(second, first)
    assert chosen(repo.path, environ=environ) == (first, "what the merge queue built on")
    assert chosen(repo.path, "main", environ=environ)[0] == forked["main"]
    repo.git("checkout", "-q", "--detach", first)
    assert chosen(repo.path, environ=event(first, forked["main"]))[0] == forked["main"]


def test_an_event_about_another_commit_or_without_an_id_says_nothing(repo, forked, queue, chosen):
    first, second, event = queue
    for environ in (event(first, first), event(second, "HEAD"), event(second, None)):
        assert chosen(repo.path, environ=environ)[0] == forked["main"]
    other = event(second, first) | {"GITHUB_EVENT_NAME": "push"}
    assert chosen(repo.path, environ=other)[0] == forked["main"]


def test_a_group_that_was_not_built_on_its_base_is_refused(repo, forked, queue, chosen):
    _, second, event = queue
    repo.git("checkout", "-q", "-b", "aside", forked["main"])
    aside = repo.commit("aside")
    repo.git("checkout", "-q", "--detach", second)
    with pytest.raises(RepoError, match="not among the commits of HEAD"):
        chosen(repo.path, environ=event(second, aside))
    with pytest.raises(RepoError, match="is not in this clone"):
        chosen(repo.path, environ=event(second, "a" * 40))


def gitlab(repo, kind, target):
    """The variables of a pipeline of GitLab for what is checked out."""
    head = repo.git("rev-parse", "HEAD")
    return {
        "GITLAB_CI": "true",
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_COMMIT_SHA": head,
        "CI_MERGE_REQUEST_EVENT_TYPE": kind,
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": target,
    }


def test_in_merged_results_of_gitlab_it_is_the_target_s_commit(repo, forked, chosen):
    merged(repo)
    environ = gitlab(repo, "merged_result", forked["main"])
    why = "the target's commit in the merged result"
    assert chosen(repo.path, environ=environ) == (forked["main"], why)
    assert chosen(repo.path, "main", environ)[0] == forked["main"]


def test_in_a_merge_train_of_gitlab_it_is_the_train_before(repo, forked, queue, chosen):
    first, _, _ = queue
    environ = gitlab(repo, "merge_train", first)
    assert chosen(repo.path, environ=environ) == (first, "what the merge train built on")
    repo.git("checkout", "-q", "--detach", first)  # trains that fast-forward: commits in a row
    repo.commit("one")
    repo.commit("two")
    assert chosen(repo.path, environ=gitlab(repo, "merge_train", first))[0] == first
    with pytest.raises(RepoError, match="is not in this clone"):
        chosen(repo.path, environ=gitlab(repo, "merge_train", "a" * 40))


def test_gitlab_says_where_a_fork_s_clone_does_not_know_it(repo, forked, chosen):
    environ = gitlab(repo, "detached", "")
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    environ["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = forked["fork"]
    said = (forked["fork"], "where HEAD left main, as GitLab says")
    assert chosen(repo.path, environ=environ) == said
    repo.git("update-ref", "-d", "refs/remotes/origin/main")
    assert chosen(repo.path, environ=environ) == said
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    for other in (forked["main"], "a" * 40):  # of another state of the merge request
        environ["CI_MERGE_REQUEST_DIFF_BASE_SHA"] = other
        assert chosen(repo.path, environ=environ)[1] == "the merge base of HEAD and origin/main"


@pytest.mark.parametrize(
    "name",
    [
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
        "GITHUB_BASE_REF",
        "BITBUCKET_PR_DESTINATION_BRANCH",
        "SYSTEM_PULLREQUEST_TARGETBRANCH",
        "CHANGE_TARGET",
    ],
)
def test_a_pull_request_to_another_branch_is_compared_with_that(repo, forked, chosen, name):
    repo.git("checkout", "-q", "-b", "release", forked["pull"])
    repo.git("update-ref", "refs/remotes/origin/release", "HEAD")
    repo.git("update-ref", "refs/remotes/origin/main", "main")
    repo.git("checkout", "-q", "-b", "fix")
    repo.commit("fix")
    environ = gitlab(repo, "detached", "") | {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": ""}
    prefix = "refs/heads/" if name.startswith("SYSTEM") else ""
    found = chosen(repo.path, environ=environ | {name: f"{prefix}release"})
    assert found == (forked["pull"], "the merge base of HEAD and origin/release")
    assert chosen(repo.path, environ=environ)[0] == forked["fork"]
    with pytest.raises((RepoError, RequestError), match="gone"):
        chosen(repo.path, environ=environ | {name: "gone"})


def test_a_push_of_several_commits_is_compared_with_what_was_there(repo, forked, chosen, tmp_path):
    repo.git("checkout", "-q", "main")
    repo.commit("second")
    head = repo.commit("third")

    def pushed(before, after=head):
        path = tmp_path / "event.json"
        path.write_text(json.dumps({"before": before, "after": after}))
        github = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(path)}
        gitlab = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_SHA": after}
        both = (github, gitlab | {"CI_COMMIT_BEFORE_SHA": str(before)})
        return {chosen(repo.path, environ=environ)[0] for environ in both}

    assert pushed(forked["main"]) == {forked["main"]}
    parent = {repo.git("rev-parse", "HEAD^")}
    for before in ("0" * 40, "a" * 40, "", None, "main", head):
        assert pushed(before) == parent  # a new branch, a forced push, and what is no commit
    assert pushed(forked["pull"]) == {forked["fork"]}  # a forced push over what is here
    assert pushed(forked["main"], forked["main"]) == parent


def test_what_a_forced_push_replaced_is_told(repo, forked, chosen):
    """All of its commits are checked where that can be known, and else it is said."""
    repo.git("checkout", "-q", "main")
    environ = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_SHA": repo.commit("one")}
    environ["CI_COMMIT_SHA"] = repo.commit("two")

    def why(before):
        return chosen(repo.path, environ=environ | {"CI_COMMIT_BEFORE_SHA": before})

    kept = "the newest commit of main that the forced push kept"
    assert why(forked["pull"]) == (forked["fork"], kept)
    first = "the first parent of HEAD, which is main"
    gone = f"{first}; what the push replaced, aaaaaaa, is not in this clone"
    assert why("a" * 40) == (repo.git("rev-parse", "HEAD^"), gone)
    repo.git("update-ref", "refs/heads/was", later := repo.commit("three"))
    repo.git("reset", "-q", "--hard", "HEAD^")
    assert why(later)[1] == first


def test_a_merge_that_the_change_brings_along_is_no_test_merge(repo, forked, chosen):
    evil = repo.git("commit-tree", "-p", "pull", "-p", "main", "-m", "x", "pull^{tree}")
    repo.git("checkout", "-q", "--detach", evil)
    environ = PULL | {"GITHUB_SHA": forked["main"]}
    assert chosen(repo.path, environ=environ) == (forked["main"], "the merge base of HEAD and main")
    assert chosen(repo.path, environ=PULL)[0] == forked["main"]


def test_a_tag_is_never_taken_for_a_branch(repo, forked, chosen):
    repo.git("update-ref", "refs/remotes/origin/main", forked["main"])
    repo.git("tag", "origin/main", "pull")
    repo.git("tag", "main", "pull")
    for given in (None, "origin/main", "main"):
        assert chosen(repo.path, given)[0] == forked["fork"]


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/pull/1/head", ""])
def test_a_merge_is_a_test_merge_only_if_github_says_so(repo, forked, chosen, ref):
    environ = {"GITHUB_REF": ref, "GITHUB_SHA": merged(repo)}
    assert chosen(repo.path, environ=environ)[1] == "the merge base of HEAD and main"


def test_a_pull_request_without_a_merge_commit_has_a_merge_base(repo, forked, chosen):
    assert chosen(repo.path, environ=PULL) == (forked["fork"], "the merge base of HEAD and main")


def test_on_the_target_it_is_the_commit_before(repo, forked, chosen):
    repo.git("checkout", "-q", "main")
    assert chosen(repo.path) == (forked["fork"], "the first parent of HEAD, which is main")


def test_head_is_the_base_where_it_is_named(repo, forked, chosen):
    for branch in ("main", "pull"):
        repo.git("checkout", "-q", branch)
        assert chosen(repo.path, "HEAD") == (forked[branch], "HEAD itself, as it was named")


def test_what_is_staged_on_the_target_is_compared_with_its_last_commit(repo, forked, chosen):
    assert chosen(repo.path, staged=True)[0] == forked["fork"]
    repo.git("checkout", "-q", "main")
    assert chosen(repo.path, staged=True) == (forked["main"], "HEAD, which is main")


def test_after_a_merge_on_the_target_it_is_what_the_target_was(repo, forked, chosen):
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "--no-edit", "pull")
    assert chosen(repo.path)[0] == forked["main"]


def test_at_the_first_commit_of_the_target_it_is_that_itself(repo, chosen):
    only = repo.commit("first")
    assert chosen(repo.path) == (only, "HEAD itself, which is main and its first commit")


def test_an_unborn_branch_is_told_clearly(repo, chosen):
    with pytest.raises(RepoError, match="no commit yet"):
        chosen(repo.path)


def test_a_detached_head_is_like_a_branch(repo, forked, chosen):
    repo.git("checkout", "-q", "--detach", "pull")
    assert chosen(repo.path)[0] == forked["fork"]


def test_each_worktree_has_its_own_head(repo, forked, chosen):
    other = repo.path.parent / "other tree"
    repo.git("worktree", "add", "-q", str(other), "main")
    assert chosen(other)[1] == "the first parent of HEAD, which is main"
    assert chosen(repo.path)[1] == "the merge base of HEAD and main"


def test_the_remote_s_branch_goes_before_the_local_one(repo, forked, chosen):
    repo.git("checkout", "-q", "main")
    place = repo.path.parent / "clone"
    repo.git("clone", "-q", "-b", "pull", str(repo.path), str(place))
    assert chosen(place)[1] == "the merge base of HEAD and origin/HEAD"


def test_an_unknown_base_is_the_user_s_mistake(repo, forked, chosen):
    with pytest.raises(RequestError, match="there is no commit `mian`"):
        chosen(repo.path, "mian")


def test_without_a_main_branch_the_base_must_be_named(repo, forked, chosen):
    repo.git("branch", "-q", "-m", "main", "trunk")
    with pytest.raises(RequestError, match="name the base yourself"):
        chosen(repo.path)
    assert chosen(repo.path, "trunk")[0] == forked["fork"]


def test_branches_without_a_common_commit_have_no_base(repo, forked, chosen):
    repo.git("checkout", "-q", "--orphan", "alone")
    repo.commit("alone")
    with pytest.raises(RepoError, match="HEAD and main have no common commit"):
        chosen(repo.path)


def test_a_criss_cross_has_one_of_its_bases_always_the_same(repo, forked, chosen):
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-edit", forked["pull"])
    repo.git("checkout", "-q", "pull")
    repo.git("merge", "-q", "--no-edit", forked["main"])
    first = chosen(repo.path)
    assert first[0] in (forked["pull"], forked["main"])
    assert chosen(repo.path) == first


def test_a_repository_of_sha_256(new_repo, chosen):
    made = new_repo("wide", "--object-format=sha256")
    fork = made.commit("fork")
    made.git("checkout", "-q", "-b", "pull")
    made.commit("pull")
    assert len(fork) == 64
    assert chosen(made.path)[0] == fork


SHALLOW = "is shallow: set `fetch-depth: 0`"


def test_a_shallow_clone_of_the_target_lacks_the_commit_before(repo, forked, chosen):
    repo.git("checkout", "-q", "main")
    with pytest.raises(RepoError, match=SHALLOW):
        chosen(cloned(repo))


@pytest.mark.parametrize("option", ["--single-branch", "--no-single-branch"])
def test_a_shallow_clone_of_a_branch_lacks_the_merge_base(repo, forked, chosen, option):
    repo.git("checkout", "-q", "main")
    with pytest.raises(RepoError, match=SHALLOW):
        chosen(cloned(repo, "-b", "pull", option))


def test_a_shallow_clone_lacks_a_named_base(repo, forked, chosen):
    with pytest.raises(RepoError, match=SHALLOW):
        chosen(cloned(repo), forked["fork"])


def test_a_shallow_clone_of_a_test_merge_lacks_its_first_parent(repo, forked, chosen):
    repo.git("branch", "merge", merged(repo))
    place = cloned(repo, "-b", "merge")
    lacking = f"{forked['main'][:7]} is not in this clone, which {SHALLOW}"
    with pytest.raises(RepoError, match=lacking):
        chosen(place, environ=PULL)


def test_a_clone_of_depth_2_has_the_first_parent_of_a_test_merge(repo, forked, chosen):
    repo.git("branch", "merge", merged(repo))
    assert chosen(cloned(repo, "-b", "merge", "--depth", "2"), environ=PULL)[0] == forked["main"]

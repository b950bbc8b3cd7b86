"""Repositories as people have them, and names of commits as attackers write them."""

import os
import shutil
import stat
import subprocess
import sys
from contextlib import closing, nullcontext, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from promptci.errors import RepoError, RequestError
from promptci.git import discovery
from promptci.git.gitprocess import Git
from promptci.git.index import sides_in_conflict
from promptci.git.repo import Repo, read_file


@pytest.fixture
def opened(repo):
    opened = Repo.discover(repo.path)
    yield opened
    opened.close()


# Where the repository and the project are


@pytest.mark.parametrize("start", [".", "prompts", "prompts/deep", "elsewhere", ".git/hooks"])
def test_a_repository_is_found_from_any_folder_in_it(repo, start):
    repo.write({"prompts/deep/a.yaml": "", "elsewhere/b.txt": ""})
    opened = Repo.discover(repo.path / start)
    assert (opened.top, opened.root, opened.prefix) == (repo.path, repo.path, "")


@pytest.mark.parametrize(
    ("files", "start", "root"),
    [
        ({}, "a/b", ""),
        ({"promptci.yaml": ""}, "a/b", ""),
        ({"a/promptci.yaml": ""}, "a/b", "a"),
        ({"a/evals/x.yaml": "", "promptci.yaml": ""}, "a/b", "a"),
        ({"a/prompts/x.yaml": ""}, "a/prompts", "a"),
        ({"a/promptci.yaml": ""}, "", ""),
        ({"c/promptci.yaml": ""}, "a/b", ""),
    ],
)
def test_the_project_is_the_nearest_folder_that_looks_like_one(repo, files, start, root):
    repo.write({"a/b/keep.txt": "", **files})
    opened = Repo.discover(repo.path / start)
    assert opened.top == repo.path
    assert opened.root == repo.path / root
    assert opened.prefix == (f"{root}/" if root else "")


def test_a_project_around_the_repository_is_not_ours(tmp_path, new_repo):
    (tmp_path / "promptci.yaml").touch()
    inner = new_repo("inner")
    assert Repo.discover(inner.path).root == inner.path


def test_a_folder_is_found_through_a_link(repo, tmp_path):
    repo.write({"prompts/a.yaml": "x"})
    (tmp_path / "link").symlink_to(repo.path)
    assert Repo.discover(tmp_path / "link" / "prompts").root == repo.path


def test_names_of_folders_are_not_expanded(new_repo, monkeypatch):
    monkeypatch.setenv("ELSEWHERE", "other")
    made = new_repo("$ELSEWHERE ~ %ELSEWHERE%")
    assert Repo.discover(made.path).top == made.path


def test_no_repository_is_a_sentence(tmp_path):
    with pytest.raises(RepoError, match="is in no git repository: run `git init`") as caught:
        Repo.discover(tmp_path)
    assert caught.value.exit_code == 3


def test_a_git_file_that_points_nowhere_is_a_sentence(tmp_path):
    (tmp_path / ".git").write_text("gitdir: /nowhere\n")
    with pytest.raises(RepoError):
        Repo.discover(tmp_path)


def test_a_repository_that_git_refuses_is_no_empty_one(repo):
    """A folder that belongs to somebody else, as in many containers."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    repo.write({"a.txt": "a"})
    commit = repo.commit()
    for path in (repo.path, repo.path / ".git"):
        os.chown(path, 12345, 12345)
    opened = Repo.discover(repo.path)
    for ask in (opened.head, lambda: opened.resolve("main"), lambda: opened.blob(commit)):
        with pytest.raises(RepoError, match=r"dubious ownership(.|\n)*safe\.directory"):
            ask()


def test_a_damaged_configuration_is_a_sentence(repo, opened):
    repo.commit()
    (repo.path / ".git/config").write_text("[core\n")
    with pytest.raises(RepoError, match="bad config"):
        opened.head()


@pytest.mark.parametrize(
    ("more", "is_asked"),
    [
        ("", False),
        ("[user]\n\tname = x\n", False),
        ("[core]\n\tworktree = .\n", True),
        ("[include]\n\tpath = more\n", True),
        ("[core]\n\tBare = true\n", True),
        ("[core]\n\tbare\n", True),
    ],
)
def test_gitpython_is_asked_where_git_may_have_been_told_otherwise(
    repo, monkeypatch, more, is_asked
):
    asked = []
    monkeypatch.setattr(discovery, "_opened", lambda place: asked.append(place) or nullcontext())
    with (repo.path / ".git/config").open("a") as file:
        file.write(more)
    with suppress(AttributeError):
        assert discovery.find_top(repo.path) == (repo.path, repo.path / ".git")
    assert bool(asked) is is_asked


def test_without_git_there_is_a_sentence_in_a_new_process(repo, tmp_path):
    """Even importing GitPython looks for git."""
    script = (
        "from pathlib import Path; from promptci.git.repo import Repo\n"
        "from promptci.errors import RepoError\n"
        "try: Repo.discover(Path()).head()\n"
        "except RepoError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "git is not installed: install it and try again\n"
    assert done.stderr == ""


# States of a repository


def test_before_the_first_commit_there_is_no_head(repo, opened):
    repo.write({"prompts/a.yaml": "x"})
    assert opened.head() is None
    assert opened.worktree.files("prompts") == ["prompts/a.yaml"]
    with pytest.raises(RequestError, match="there is no commit `HEAD`"):
        opened.resolve("HEAD")
    for name in ("a", "prompts/a.yaml"):
        with pytest.raises(RequestError, match=r"a tag, not the file `prompts/a\.yaml`"):
            opened.resolve(name)


def test_a_head_whose_commit_is_missing_is_not_taken_for_the_beginning(repo, opened):
    commit = repo.commit()
    (repo.path / ".git/objects" / commit[:2] / commit[2:]).unlink()
    with pytest.raises(RepoError, match="HEAD names a commit that this clone does not have"):
        opened.head()


def test_a_detached_head_is_a_head(repo, opened):
    first = repo.commit("first")
    repo.commit("second")
    repo.git("checkout", "--quiet", "--detach", first)
    assert opened.head().id == first


def test_a_linked_worktree_has_its_own_files_and_shares_commits(repo, tmp_path):
    repo.write({"prompts/a.yaml": "one"})
    first = repo.commit()
    repo.git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    (tmp_path / "side/prompts/a.yaml").write_text("two")
    side = Repo.discover(tmp_path / "side/prompts")
    assert side.top == tmp_path / "side"
    assert side.head().id == first
    assert read_file(side.worktree, "prompts/a.yaml") == b"two"
    assert read_file(side.tree(side.head()), "prompts/a.yaml") == b"one"
    side.close()


@pytest.mark.parametrize(
    ("name", "inner"),
    [("GIT_DIR", ".git"), ("GIT_WORK_TREE", ""), ("GIT_INDEX_FILE", ".git/index")],
)
def test_inside_a_hook_of_another_repository_nothing_is_read(
    repo, new_repo, monkeypatch, name, inner
):
    repo.commit("mine")
    other = new_repo("other")
    other.commit("theirs")
    monkeypatch.setenv(name, str(other.path / inner))
    with pytest.raises(RepoError, match=rf"the variable {name} names .*: unset {name}, or work in"):
        Repo.discover(repo.path)


def test_a_hook_of_this_repository_is_believed(repo, monkeypatch):
    repo.write({"sub/promptci.yaml": ""})
    head = repo.commit("mine")
    monkeypatch.chdir(repo.path)
    monkeypatch.setenv("GIT_DIR", ".git")
    monkeypatch.setenv("GIT_WORK_TREE", ".")
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/index")
    monkeypatch.setenv("GIT_PREFIX", "sub/")
    opened = Repo.discover(Path.cwd())
    assert (opened.top, opened.prefix, opened.head().id) == (repo.path, "sub/", head)
    opened.close()


def test_a_bare_repository_has_commits_and_no_files(repo, tmp_path):
    repo.write({"prompts/a.yaml": "mine"})
    repo.commit("mine")
    bare = tmp_path / "bare.git"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(bare))
    opened = Repo.discover(bare)
    assert read_file(opened.tree(opened.head()), "prompts/a.yaml") == b"mine"
    with pytest.raises(RepoError, match="is a bare repository, which has no files: work in"):
        opened.worktree  # noqa: B018
    opened.close()


def test_what_a_shallow_clone_lacks_is_not_made_up(repo, tmp_path):
    first = repo.commit("first")
    second = repo.commit("second")
    clone = tmp_path / "clone"
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.path}", str(clone))
    opened = Repo.discover(clone)
    assert opened.head().id == second
    for name in (first, "HEAD~1"):
        with pytest.raises(RequestError, match="there is no commit"):
            opened.resolve(name)
    with pytest.raises(RepoError, match="git has no object"):
        opened.blob(first)
    opened.close()


# Names of commits


def test_a_commit_has_many_names(repo, opened):
    first = repo.commit("first")
    second = repo.commit("second")
    repo.git("tag", "--annotate", "--message", "tagged", "v1", first)
    repo.git("branch", "grüße", first)
    repo.git("update-ref", "refs/heads/$(x)", first)
    repo.git("update-ref", "refs/heads/-dash", first)
    names = ["v1", "HEAD~1", "HEAD^", "main~", "main@{1}", "grüße", "$(x)", "heads/-dash"]
    for name in (*names, first, first[:7], "HEAD^{/first}"):
        assert opened.resolve(name).id == first, name
    assert opened.resolve("HEAD").id == opened.resolve("@").id == second
    assert opened.resolve("v1").name == "v1"
    assert opened.resolve("v1").short == first[:7]


def test_a_branch_a_tag_and_a_parent_of_head_are_found_without_a_process_each(
    repo, opened, monkeypatch
):
    first, second = repo.commit("first"), repo.commit("second")
    repo.git("tag", "v1.2", first)
    repo.git("branch", "feature/cafe", first)
    repo.git("tag", "decade-gabe", first)  # could be a description, which may be of several
    ran, run = [], Git.run
    monkeypatch.setattr(Git, "run", lambda *each, **more: ran.append(each) or run(*each, **more))
    names = ("HEAD", "main", "refs/heads/main", "HEAD~1", "HEAD^", "v1.2", "feature/cafe")
    assert [opened.resolve(name).id for name in names] == [second] * 3 + [first] * 4
    assert ran == []
    assert opened.resolve("decade-gabe").id == opened.resolve(first[:8]).id == first
    assert len(ran) == 2


def test_before_the_first_commit_git_is_asked_once_for_a_head(repo, opened, monkeypatch):
    ran, run = [], Git.run
    monkeypatch.setattr(Git, "run", lambda *each, **more: ran.append(each) or run(*each, **more))
    assert opened.head() is None
    assert len(ran) == 1


def test_a_conflict_is_seen_by_the_listing_or_by_its_marks(repo, opened, monkeypatch):
    repo.write({"a.txt": "base\n", "b.txt": "b\n"})
    repo.commit()
    repo.git("checkout", "-q", "-b", "other")
    repo.write({"a.txt": "theirs\n"})
    repo.commit()
    repo.git("checkout", "-q", "main")
    repo.write({"a.txt": "ours\n"})
    repo.commit()
    ran, run = [], Git.run
    monkeypatch.setattr(Git, "run", lambda *each, **more: ran.append(each) or run(*each, **more))
    assert sides_in_conflict(opened, "a.txt") is sides_in_conflict(opened, "b.txt") is None
    assert len(ran) == 1
    merged = subprocess.run(["git", "merge", "other"], cwd=repo.path, capture_output=True)
    assert merged.returncode == 1
    sides = (b"base\n", b"ours\n", b"theirs\n")
    assert sides_in_conflict(opened, "a.txt") == sides  # which was begun since
    repo.write({"a.txt": "ours\n"})
    with closing(Repo.discover(repo.path)) as again:
        assert sides_in_conflict(again, "a.txt") == sides
    assert sides_in_conflict(opened, "b.txt") is None


HOSTILE = [
    "",
    "-",
    "--output=x",
    "-ox",
    "--upload-pack=touch x",
    "--all",
    "--",
    "ext::sh -c touch% x",
    "HEAD:../x",
    "HEAD:a.txt",
    "HEAD^{tree}",
    "HEAD..HEAD",
    "^HEAD",
    "HEAD --output=x",
    "HEAD\n--output=x",
    "HEAD\0",
    "HEAD\r",
    "HEAD\x1b[2J",
    "HEAD@{99}",
    "@{upstream}",
    ":/nothing like that",
    "nothing",
    "$(touch x)",
    "`touch x`",
    "f" * 40,
    "f" * 100_000,
    "\ud800",
    "\udcff",
]


@pytest.mark.parametrize("name", HOSTILE, ids=lambda name: ascii(name[:30]))
def test_what_names_no_commit_is_refused_and_does_nothing(repo, opened, name):
    repo.write({"a.txt": "a"})
    repo.commit()
    before = sorted(repo.path.iterdir()), sorted(repo.path.parent.iterdir())
    with pytest.raises(RequestError) as caught:
        opened.resolve(name)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert (sorted(repo.path.iterdir()), sorted(repo.path.parent.iterdir())) == before


def test_the_beginning_of_several_ids_is_refused(repo, opened):
    """Among 600 commits, two begin with the same four digits."""
    commits = "".join(
        f"commit refs/heads/main\ncommitter A <a@test.invalid> {number} +0000\ndata 0\n\n"
        for number in range(600)
    )
    subprocess.run(
        ["git", "fast-import", "--quiet"], cwd=repo.path, input=commits.encode(), check=True
    )
    ids = sorted(repo.git("rev-list", "main").splitlines())
    twin = next(one for one, other in pairwise(ids) if one[:4] == other[:4])
    with pytest.raises(RequestError, match=rf"`{twin[:4]}.*` names several objects"):
        opened.resolve(twin[:4])
    assert opened.resolve(twin).id == twin


def test_what_is_a_branch_and_a_tag_is_refused(repo, opened):
    repo.git("config", "core.warnAmbiguousRefs", "false")
    repo.write({"a.txt": ""})
    repo.commit("First")
    repo.git("branch", "twice")
    repo.write({"a.txt": "a"})
    head = repo.commit("Later")
    repo.git("tag", "twice")
    for name in ("twice", "twice~0"):
        with pytest.raises(RequestError, match=f"write `heads/{name}` for the branch or `tags/"):
            opened.resolve(name)
    assert opened.resolve("tags/twice").id == head
    assert opened.resolve("heads/twice").id != head


# Programs that a repository's configuration names


def canary(tmp_path: Path, name: str) -> tuple[Path, str]:
    """A program that leaves a file behind when it is run."""
    left, program = tmp_path / f"{name}-was-here", tmp_path / name
    program.write_text(f"#!/bin/sh\necho x >> '{left}'\ncat\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return left, str(program)


HOOKS = ["post-checkout", "post-index-change", "pre-commit", "fsmonitor-watchman"]


def test_no_program_of_the_repository_runs(repo, tmp_path):
    repo.write({"evals/a.yaml": "a\n", "x.prompt.yml": "x\n"})
    first = repo.commit("first")
    repo.write({"evals/a.yaml": "b\n", ".gitattributes": "* filter=evil diff=evil\n"})
    repo.commit("second")
    left = []
    for key in (
        "core.fsmonitor", "diff.external", "diff.evil.textconv", "diff.evil.command",
        "filter.evil.smudge", "filter.evil.clean", "filter.evil.process", "core.pager",
        "core.editor", "core.askPass", "core.sshCommand", "credential.helper", "gpg.program",
        "uploadpack.packObjectsHook", "core.alternateRefsCommand", "alias.ls-files",
    ):  # fmt: skip
        trace, program = canary(tmp_path, key)
        left.append(trace)
        repo.git("config", key, f"!{program}" if key.startswith("alias") else program)
    repo.git("config", "log.showSignature", "true")
    (repo.path / ".git/hooks").mkdir()
    for hook in HOOKS:
        trace, program = canary(tmp_path, hook)
        left.append(trace)
        shutil.copy(program, repo.path / ".git/hooks" / hook)
    repo.write({"evals/a.yaml": "changed\n"})

    opened = Repo.discover(repo.path)
    head = opened.head()
    for tree in (opened.worktree, opened.tree(head), opened.tree(opened.resolve(first))):
        assert tree.files("evals") == ["evals/a.yaml"]
        assert tree.prompt_ymls() == ["x.prompt.yml"]
        read_file(tree, "evals/a.yaml")
    opened.git("log", "--no-ext-diff", "--no-textconv", "--patch", head.id, "--", "evals/a.yaml")
    opened.close()
    assert [path.name for path in left if path.exists()] == []

    repo.git("status")
    assert (tmp_path / "core.fsmonitor-was-here").exists(), "a canary that cannot sing"


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_the_branch_is_known_before_the_first_commit_and_without_one(new_repo, options):
    made = new_repo("branches", *options)
    made.git("checkout", "-q", "-b", "feature/x")
    with closing(Repo.discover(made.path)) as found:
        assert found.branch == "feature/x"
        assert not found.is_shallow
    made.write({"a": "1\n"})
    made.commit("one")
    made.git("checkout", "-q", "--detach")
    with closing(Repo.discover(made.path)) as found:
        assert found.branch == "HEAD"


def test_a_linked_worktree_shares_the_folder_of_its_repository(repo, tmp_path):
    repo.write({"a": "1\n"})
    repo.commit("one")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"))
    with closing(Repo.discover(tmp_path / "linked")) as found:
        inner, common = found.git_folders
    assert common.resolve() == (repo.path / ".git").resolve()
    assert inner != common


def test_what_is_tracked_in_a_folders_place_and_below_it(repo, opened):
    paths = (".s/a", ".s/b\tc", ".s/ä\nd", ".sx/e", "f/.s/g", "h\t.s/i")
    repo.write(dict.fromkeys(paths, "x\n"))
    repo.commit()
    assert sorted(opened.worktree.tracked(".s")) == [".s/a", ".s/b\tc", ".s/ä\nd"]
    assert opened.worktree.tracked(".s/a") == [".s/a"]
    assert opened.worktree.tracked("none") == []

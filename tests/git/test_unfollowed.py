"""What is in place of a file is said in the same words of disk, index and commit."""

import os

import pytest

from promptci.errors import RequestError
from promptci.git.index import IndexTree
from promptci.git.repo import Repo
from promptci.git.unfollowed import in_place_of, no_evals, no_file

LINK = "is a link, which is not followed: put"
MODULE = "is a submodule, whose files are not read: copy"


@pytest.fixture
def trees(repo, tmp_path_factory):
    """The same files on disk, in the index and in a commit, with odd things among them."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "there.jsonl").write_text("secret")
    repo.write({"evals/folder.jsonl/rows.jsonl": "{}", "evals/a.yaml": "a"})
    for name, target in {"link": "there.jsonl", "dead": "gone.jsonl", "away": "."}.items():
        repo.link(f"evals/{name}.jsonl" if name != "away" else "evals/away", outside / target)
    repo.git("add", "-A")
    (repo.path / "evals/sub").mkdir()
    (repo.path / "evals/sub/rows.jsonl").write_text("{}")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},evals/sub")
    repo.git("commit", "-q", "-m", "odd")
    opened = Repo.discover(repo.path)
    yield opened.worktree, IndexTree(opened), opened.tree(opened.head())
    opened.close()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("evals/link.jsonl", f"`evals/link.jsonl` {LINK} the file itself there"),
        ("evals/dead.jsonl", f"`evals/dead.jsonl` {LINK} the file itself there"),
        ("evals/away/there.jsonl", f"`evals/away` {LINK} the folder itself there"),
        ("evals/away/gone.jsonl", f"`evals/away` {LINK} the folder itself there"),
        ("evals/sub/rows.jsonl", f"`evals/sub` {MODULE} the folder into this repository"),
        ("evals/folder.jsonl", "`evals/folder.jsonl` is a folder: name a file in it"),
        ("evals/a.yaml", ""),
        ("evals/a.yaml/inner", ""),
        ("evals/missing.jsonl", ""),
        ("x" * 4096, ""),
        ("d/" * 2000, ""),
    ],
)
def test_it_is_told_by_its_kind_and_never_by_what_is_behind_it(trees, path, said):
    assert [in_place_of(tree, path) for tree in trees] == [said] * 3
    wanted = f"there is no file {path}: {said or 'name one'}"
    assert {no_file(tree, path, "name one") for tree in trees} == {wanted}
    assert all(path not in tree.files("evals") for tree in trees if said)


def test_what_is_in_a_submodule_is_read_from_nowhere(trees):
    path = "evals/sub/rows.jsonl"
    assert [tree.exists(path) for tree in trees] == [False] * 3
    assert ["evals/sub" in tree.strays("evals") for tree in trees] == [True] * 3
    assert [tree.strays("evals/sub") for tree in trees] == [["evals/sub"]] * 3
    for tree in trees:
        with pytest.raises(RequestError, match="evals/sub/rows"):
            tree.open(path)


def test_a_repository_inside_is_a_submodule_before_it_is_added(repo):
    repo.write({"evals/a.yaml": "a", "prompts/own/a.yaml": "a"})
    repo.git("init", "-q", "prompts/own")
    opened = Repo.discover(repo.path)
    tree = opened.worktree
    assert (tree.files("prompts"), tree.files("evals")) == ([], ["evals/a.yaml"])
    assert in_place_of(tree, "prompts/own/a.yaml").startswith(f"`prompts/own` {MODULE}")
    opened.close()


def test_a_pipe_is_no_file(trees, repo):
    os.mkfifo(repo.path / "evals/pipe.jsonl")
    said = "`evals/pipe.jsonl` is no regular file: put a file there"
    assert in_place_of(trees[0], "evals/pipe.jsonl") == said


def test_strays_do_not_tell_what_is_behind_a_link(trees):
    disk, index, commit = trees
    odd = [f"evals/{name}" for name in ("away", "dead.jsonl", "link.jsonl")]
    assert disk.strays("evals/away") == ["evals/away"]
    assert disk.strays("evals/away/there.jsonl") == disk.strays("evals/away/gone.jsonl") == []
    assert disk.strays("x" * 4096) == disk.files("x" * 4096) == []
    assert index.strays("evals") == commit.strays("evals") == [*odd, "evals/sub"]


def test_a_folder_that_is_a_link_is_why_there_are_no_evals(repo, tmp_path):
    repo.link("evals", tmp_path)
    opened = Repo.discover(repo.path)
    found = no_evals(opened.worktree, "write one")
    opened.close()
    wrong = "`evals` is a link, which is not followed: put the folder itself there"
    assert found == f"there are no evals in evals/: {wrong}"

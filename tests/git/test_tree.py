"""The working tree and a commit hold the same files, and neither lets anyone out."""

import os
import socket
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.errors import RepoError, RequestError, StorageError
from promptci.git.repo import Repo
from promptci.git.tree import inside, read_file
from tables import every_row


@pytest.fixture
def opened(repo):
    """The repository as promptci sees it."""
    opened = Repo.discover(repo.path)
    yield opened
    opened.close()


def both(opened):
    """The same files, once on disk and once in the commit."""
    return opened.worktree, opened.tree(opened.head())


NAMES = [
    "prompts/a.yaml",
    "prompts/deep/er/b.yaml",
    "prompts/with space.yaml",
    "prompts/grüße 漢字 🙂.yaml",
    "prompts/quote\"'`$(touch x).yaml",
    "prompts/back\\slash.yaml",
    "prompts/line\nbreak.yaml",
    "prompts/tab\t.yaml",
    "prompts/-dash.yaml",
    "prompts/colon:.yaml",
    "prompts/[glob]*.yaml",
]


def test_both_list_and_read_the_same_files(repo, opened):
    repo.write({name: f"content of {name}" for name in NAMES})
    repo.write({"evals/a.yaml": "other folder", "promptsX.yaml": "beside"})
    repo.commit()
    for tree in both(opened):
        assert tree.files("prompts") == sorted(NAMES)
        for name in NAMES:
            assert tree.exists(name)
            assert read_file(tree, name).decode() == f"content of {name}"


def test_a_name_that_is_no_unicode_is_a_file_like_others(repo, opened):
    (repo.path / "prompts").mkdir()
    (repo.path / os.fsdecode(b"prompts/caf\xe9.yaml")).write_bytes(b"x")
    repo.commit()
    for tree in both(opened):
        (name,) = tree.files("prompts")
        assert os.fsencode(name) == b"prompts/caf\xe9.yaml"
        assert read_file(tree, name) == b"x"


def test_bytes_are_those_on_disk_and_those_committed(repo, opened):
    repo.write({".gitattributes": "* text=auto eol=crlf\n", "evals/a.jsonl": b"{}\r\n{}\r\n"})
    repo.commit()
    worktree, commit = both(opened)
    assert read_file(worktree, "evals/a.jsonl") == b"{}\r\n{}\r\n"
    assert read_file(commit, "evals/a.jsonl") == b"{}\n{}\n"


def test_a_folder_that_is_not_there_has_no_files(repo, opened):
    repo.write({"evals": "a file", "prompts/.gitkeep": ""})
    repo.commit()
    for tree in both(opened):
        assert tree.files("evals") == []
        assert tree.files("prompts") == []
        assert tree.files("nothing") == []


def test_hidden_files_and_folders_are_left_out(repo, opened):
    shown = ["prompts/a.yaml", "prompts/b/c.yaml"]
    hidden = ["prompts/._a.yaml", "prompts/.checkpoints/a.yaml", "prompts/b/.c/d/e.yaml"]
    repo.write(dict.fromkeys(shown + hidden, "x"))
    repo.commit()
    for tree in both(opened):
        assert tree.files("prompts") == shown


def test_a_commit_does_not_see_what_came_later(repo, opened):
    repo.write({"prompts/a.yaml": "one"})
    first = opened.resolve(repo.commit())
    repo.write({"prompts/a.yaml": "two", "prompts/b.yaml": "new"})
    repo.commit()
    assert opened.tree(first).files("prompts") == ["prompts/a.yaml"]
    assert read_file(opened.tree(first), "prompts/a.yaml") == b"one"
    with pytest.raises(RequestError, match=r"^prompts/b.yaml: there is no such file in "):
        opened.tree(first).open("prompts/b.yaml")


def test_prompt_ymls_are_found_wherever_they_are(repo, opened):
    names = ["a.prompt.yml", "src/deep/b.prompt.yaml", "prompts/c.prompt.yml", "d e.prompt.yml"]
    repo.write(dict.fromkeys(names, "x"))
    repo.write({".gitignore": "ignored/\n", "ignored/x.prompt.yml": "x", "prompt.yml": "x"})
    repo.link("linked.prompt.yml", "a.prompt.yml")
    repo.commit()
    for tree in both(opened):
        assert tree.prompt_ymls() == sorted(names)
    repo.write({"new.prompt.yml": "not yet added"})
    (repo.path / "a.prompt.yml").unlink()
    later = Repo.discover(repo.path)
    assert later.worktree.prompt_ymls() == sorted([*names[1:], "new.prompt.yml"])
    later.close()


# Links, and what else is no file


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.yaml"
    path.write_text("secret")
    return path


def test_no_link_is_read(repo, opened, secret):
    repo.write({"evals/real.yaml": "real", "other/inner.yaml": "inner"})
    repo.link("evals/outside.yaml", str(secret))
    repo.link("evals/relative.yaml", "../../secret.yaml")
    repo.link("evals/chain.yaml", "outside.yaml")
    repo.link("evals/within.yaml", "real.yaml")
    repo.link("evals/dangling.yaml", "nothing")
    repo.link("evals/loop.yaml", "loop.yaml")
    repo.link("evals/folder", "../other")
    repo.commit()
    worktree, commit = both(opened)
    for tree in (worktree, commit):
        assert tree.files("evals") == ["evals/real.yaml"]
        for name in ("outside", "relative", "chain", "within", "dangling", "loop"):
            assert not tree.exists(f"evals/{name}.yaml")
            with pytest.raises(RequestError):
                tree.open(f"evals/{name}.yaml")
        assert not tree.exists("evals/folder/inner.yaml")
    with pytest.raises(RequestError, match="links and folders are not read"):
        worktree.open("evals/outside.yaml")
    with pytest.raises(RequestError, match="links and folders are not read"):
        worktree.open("evals/folder/inner.yaml")


def test_a_folder_that_is_a_link_is_empty(repo, opened, tmp_path, secret):
    repo.link("evals", str(tmp_path))
    repo.commit()
    for tree in both(opened):
        assert tree.files("evals") == []
        assert not tree.exists("evals/secret.yaml")


def test_a_link_put_in_after_the_look_is_not_followed(repo, opened, secret):
    """Between listing and opening, a file and then its folder turn into links."""
    repo.write({"evals/a.yaml": "real", "prompts/b.yaml": "real"})
    worktree = opened.worktree
    assert worktree.files("evals") == ["evals/a.yaml"]
    (repo.path / "evals/a.yaml").unlink()
    repo.link("evals/a.yaml", str(secret))
    secret.with_name("b.yaml").write_text("secret")
    (repo.path / "prompts").rename(repo.path / "away")
    repo.link("prompts", str(secret.parent))
    worktree._leads_away = lambda path: False
    for path in ("evals/a.yaml", "prompts/b.yaml"):
        with pytest.raises(RequestError, match="links and folders are not read"):
            worktree.open(path)


def test_pipes_sockets_and_folders_are_no_files(repo, opened):
    repo.write({"evals/a.yaml": "x", "evals/b.yaml/c": "x"})
    os.mkfifo(repo.path / "evals/pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("evals/socket.yaml")
        assert opened.worktree.files("evals") == ["evals/a.yaml", "evals/b.yaml/c"]
        for name in ("evals/pipe.yaml", "evals/socket.yaml", "evals/b.yaml", "evals/a.yaml/x"):
            assert not opened.worktree.exists(name)
            with pytest.raises(RequestError, match="not a regular file"):
                opened.worktree.open(name)


@pytest.mark.parametrize("path", ["../secret.yaml", "evals/../../secret.yaml", "/etc/passwd", ".."])
def test_no_path_leads_out(repo, opened, secret, path):
    repo.write({"evals/a.yaml": "x"})
    repo.commit()
    for tree in both(opened):
        with pytest.raises(RequestError):
            tree.open(path)


@pytest.mark.parametrize("path", ["x" * 300, "x/" * 2048, "a\0b"], ids=["name", "path", "NUL"])
def test_a_path_that_cannot_exist_does_not(repo, opened, path):
    repo.write({"evals/a.yaml": "x"})
    repo.commit()
    for tree in both(opened):
        assert not tree.exists(path)


def test_a_file_that_may_not_be_read_is_a_sentence(repo, opened, monkeypatch):
    repo.write({"evals/a.yaml": "x"})

    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)  # the tests may run as root, who may read anything
    with pytest.raises(StorageError, match=r"^evals/a.yaml: cannot be read: Permission denied$"):
        opened.worktree.open("evals/a.yaml")


# Kinds of repositories


def test_a_submodule_is_not_entered(repo, opened, new_repo):
    inner = new_repo("inner")
    inner.write({"evals/x.yaml": "x", "y.prompt.yml": "y"})
    inner.commit()
    repo.write({"evals/a.yaml": "a"})
    repo.git("submodule", "--quiet", "add", str(inner.path), "sub")
    repo.commit()
    for tree in both(opened):
        assert tree.prompt_ymls() == []
        assert tree.files("evals") == ["evals/a.yaml"]
    assert not opened.tree(opened.head()).exists("sub")
    nested = Repo.discover(repo.path / "sub")
    assert nested.top == repo.path / "sub"
    assert nested.worktree.prompt_ymls() == ["y.prompt.yml"]
    nested.close()


def test_a_project_below_the_top_sees_only_itself(repo):
    repo.write(
        {
            "prompts/outer.yaml": "outer",
            "team/bot/promptci.yaml": "",
            "team/bot/prompts/a.yaml": "inner",
            "team/bot/x.prompt.yml": "x",
            "team/bottom/prompts/b.yaml": "neighbour",
            "z.prompt.yml": "z",
        }
    )
    repo.commit()
    opened = Repo.discover(repo.path / "team/bot/prompts")
    assert (opened.root, opened.prefix) == (repo.path / "team/bot", "team/bot/")
    for tree in both(opened):
        assert tree.files("prompts") == ["prompts/a.yaml"]
        assert tree.prompt_ymls() == ["x.prompt.yml"]
        assert read_file(tree, "prompts/a.yaml") == b"inner"
        with pytest.raises(RequestError):
            tree.open("../../prompts/outer.yaml")
    opened.close()


def test_files_of_a_sha256_repository_are_read(new_repo):
    made = new_repo("sha256", "--object-format=sha256")
    made.write({"evals/a.yaml": "content"})
    commit = made.commit()
    assert len(commit) == 64
    opened = Repo.discover(made.path)
    assert opened.head().id == commit
    for tree in both(opened):
        assert tree.files("evals") == ["evals/a.yaml"]
        assert read_file(tree, "evals/a.yaml") == b"content"
    opened.close()


def test_a_file_whose_object_is_gone_is_a_sentence(repo, opened):
    repo.write({"evals/a.yaml": "content"})
    repo.commit()
    blob = repo.git("rev-parse", "HEAD:evals/a.yaml")
    (repo.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(RepoError, match=f"git has no object {blob[:12]}"):
        read_file(opened.tree(opened.head()), "evals/a.yaml")


# Paths as files write them


@every_row(
    ("path", "start", "found"),
    [
        ("a.jsonl", "evals", "evals/a.jsonl"),
        ("./a.jsonl", "evals", "evals/a.jsonl"),
        ("../data/a.jsonl", "evals", "data/a.jsonl"),
        ("../../a.jsonl", "evals/deep", "a.jsonl"),
        ("a//b/../c.csv", "", "a/c.csv"),
        ("a b:c.csv", "evals", "evals/a b:c.csv"),
        ("漢字\u3000.csv", "", "漢字\u3000.csv"),
        ("~/a", "evals", "evals/~/a"),
        ("", "evals", "evals"),
    ],
)
def test_a_path_is_read_from_where_it_is_written(path, start, found):
    assert inside(path, start=start) == found


@every_row(
    ("path", "why"),
    [
        ("/etc/passwd", "write it relative"),
        ("//host/share", "write it relative"),
        ("C:\\x", "write it relative"),
        ("c:x", "write it relative"),
        ("..\\x", "write it relative"),
        ("a\0b", "write it relative"),
        ("a\nb", "write it relative"),
        ("../x", "leads out of the project"),
        ("a/../../x", "leads out of the project"),
        ("..", "leads out of the project"),
    ],
)
def test_a_path_that_leads_out_is_refused_on_one_line(path, why):
    with pytest.raises(RequestError, match=why) as caught:
        inside(path)
    assert "\n" not in str(caught.value)
    assert "\0" not in str(caught.value)


@given(st.text("./a\\:\n "), st.sampled_from(["", "evals", "evals/deep"]))
def test_what_is_let_in_is_inside(path, start):
    try:
        found = inside(path, start=start)
    except RequestError:
        return
    assert not found.startswith("/")
    assert ".." not in found.split("/")
    assert all(one or not other for one, other in pairwise(found.split("/")))

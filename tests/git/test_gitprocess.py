"""Git runs without asking, without programs of the repository's choice, and fails in sentences."""

import os

import pytest

from promptci.errors import RepoError, RequestError
from promptci.git.gitprocess import Git


@pytest.fixture
def git(repo):
    git = Git(repo.path)
    yield git
    git.close()


@pytest.fixture
def ran(monkeypatch):
    """The commands that git is started with, but for its reader of objects."""
    ran, run = [], Git.run
    monkeypatch.setattr(
        Git, "run", lambda self, *each, **more: ran.append(each) or run(self, *each, **more)
    )
    return ran


def test_a_clone_is_asked_once_whether_it_is_partial_however_much_it_lacks(repo, git, ran):
    repo.write({"a.txt": "a"})
    commit = repo.commit()
    for number in range(3):
        with pytest.raises(RepoError, match="git has no object"):
            git.content(f"{commit}:{number}.txt")
    assert len(ran) == 1


def test_what_may_be_missing_is_looked_up_without_a_process_more(repo, git, ran):
    repo.write({"a.txt": "a"})
    commit = repo.commit()
    assert git.find(f"{commit}:a.txt") == b"a"
    assert git.find(f"{commit}:b.txt") is None
    assert git.find("0" * 40) is None
    assert ran == []


def test_a_commits_files_are_listed_without_a_process_and_once(repo, git, ran, monkeypatch):
    repo.write({"a.txt": "a"})
    listed = git.listing(repo.commit())
    assert listed.endswith(b"\ta.txt\0")
    monkeypatch.setattr(Git, "_replies", None)
    assert git.listing(repo.git("rev-parse", "HEAD")) == listed
    assert ran == []


def test_objects_come_back_to_the_byte_one_after_the_other(repo, git):
    contents = {
        "empty": b"",
        "crlf": b"a\r\nb\r\n",
        "no line end": b"x",
        "binary": bytes(range(256)) * 300,
        "ends like a reply\n": b"0123 missing\n",
    }
    repo.write({f"{index}.txt": content for index, content in enumerate(contents.values())})
    commit = repo.commit()
    for index, content in enumerate(contents.values()):
        assert git.content(f"{commit}:{index}.txt") == content
        assert git.content(repo.git("rev-parse", f"HEAD:{index}.txt")) == content


def test_small_objects_read_at_once_are_not_asked_for_again(repo, git, monkeypatch):
    repo.write({"a.txt": "a", "long.txt": "x" * 40_000})
    repo.commit()
    ids = [repo.git("rev-parse", f"HEAD:{name}") for name in ("a.txt", "long.txt")]
    asked, replies = [], Git._replies
    monkeypatch.setattr(Git, "_replies", lambda self, ids: asked.append(ids) or replies(self, ids))
    assert [len(data) for data in git.contents(ids)] == [1, 40_000]
    assert [len(git.content(id_)) for id_ in ids] == [1, 40_000]
    assert [list(each) for each in asked] == [ids, ids[1:]]


@pytest.mark.parametrize("path", ["not there", "a b 12", "ünï", "\udcff"])
def test_a_missing_object_is_a_sentence_and_the_next_one_is_read(repo, git, path):
    repo.write({"a.txt": "a"})
    commit = repo.commit()
    with pytest.raises(RepoError, match=r"^git has no object [0-9a-f]{12}"):
        git.content("f" * 40)
    with pytest.raises(RepoError, match=r"git has no object .*: fetch it"):
        git.content(f"{commit}:{path}")
    assert git.content(f"{commit}:a.txt") == b"a"


def test_a_line_break_cannot_ask_for_two_objects(repo, git):
    repo.write({"a.txt": "a"})
    commit = repo.commit()
    with pytest.raises(RequestError, match="line break"):
        git.content(f"{commit}:a.txt\n{commit}:a.txt")
    assert git.content(f"{commit}:a.txt") == b"a"


def test_a_reader_that_was_killed_is_replaced(repo, git):
    repo.write({"a.txt": "a"})
    commit = repo.commit()
    git.content(f"{commit}:a.txt")
    git._batch.kill()
    git._batch.wait()
    with pytest.raises(RepoError, match="git stopped while it read objects"):
        git.content(f"{commit}:a.txt")
    assert git.content(f"{commit}:a.txt") == b"a"


def test_once_closed_no_other_reader_is_started(repo, git):
    repo.write({"a.txt": "a"})
    commit = repo.commit()
    git.close()
    with pytest.raises(RepoError, match="was closed"):
        git.content(f"{commit}:a.txt")


def test_a_reader_that_cannot_start_says_why(tmp_path):
    git = Git(tmp_path)
    with pytest.raises(RepoError, match="not a git repository"):
        git.content("f" * 40)


def test_a_failed_command_says_what_git_said(git):
    with pytest.raises(RepoError, match=r"^git cat-file failed: fatal: "):
        git.output("cat-file", "-p", "nothing")


def test_without_git_there_is_a_sentence(git, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    for ask in (lambda: git.output("status"), lambda: git.content("f" * 40)):
        with pytest.raises(RepoError, match=r"^git is not installed: install it and try again$"):
            ask()


def test_a_folder_that_is_gone_is_not_taken_for_a_missing_git(git, tmp_path):
    with pytest.raises(RepoError, match=r"git cannot be started: .*gone"):
        Git(tmp_path / "gone").output("status")


def test_what_hooks_set_and_what_asks_stays_out(repo, git, monkeypatch):
    """`git hook run` and friends set these; a child that inherits them works elsewhere."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nowhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.bare")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    assert git.output("rev-parse", "--show-toplevel").decode().strip() == os.fspath(repo.path)


def test_a_pathspec_is_taken_literally(repo, git):
    repo.write({"a.txt": "a", "*.txt": "star", ":(top)x": "magic"})
    repo.commit()
    assert git.output("ls-files", "--", "*.txt") == b"*.txt\n"
    assert git.output("ls-files", "--", ":(top)x") == b":(top)x\n"


def test_replaced_objects_are_read_as_they_were_committed(repo, git):
    repo.write({"a.txt": "true"})
    first = repo.commit()
    repo.write({"a.txt": "forged"})
    repo.commit()
    repo.git("replace", first, "HEAD")
    assert repo.git("show", f"{first}:a.txt") == "forged"
    assert git.content(f"{first}:a.txt") == b"true"


@pytest.mark.parametrize("kind", ["blob:none", "tree:0"])
def test_a_partial_clone_says_what_it_is_and_nothing_is_fetched(repo, tmp_path, kind):
    repo.write({"evals/a.txt": "a"})
    first = repo.commit()
    repo.write({"evals/a.txt": "b"})
    repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    place = tmp_path / "clone"
    repo.git("clone", "-q", f"--filter={kind}", f"file://{repo.path}", str(place))
    git = Git(place)
    said = (
        rf"^this is a partial clone \(`--filter={kind}`\), which lacks .* nothing is fetched here"
    )
    with pytest.raises(RepoError, match=said):
        git.content(f"{first}:evals/a.txt")
    if kind == "tree:0":
        with pytest.raises(RepoError, match=said):
            git.output("ls-tree", first)
    git.close()

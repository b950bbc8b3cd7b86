"""Whether a file is the same in two trees, by the ids of git."""

import hashlib
from io import BytesIO

import pytest

from promptci.git import samefile
from promptci.git.repo import Repo
from promptci.git.samefile import is_same_file, object_id_in


@pytest.fixture
def opened(repo):
    repo.write({"a.txt": "one\n", "b.txt": "two\n"})
    repo.commit()
    opened = Repo.discover(repo.path)
    yield opened
    opened.close()


def test_a_file_is_the_same_where_its_bytes_are(repo, opened):
    before = opened.tree(opened.head())
    repo.write({"b.txt": "changed\n"})
    repo.commit()
    after, now = opened.tree(opened.head()), opened.worktree
    for one, other in ((before, after), (after, before), (before, now), (now, before)):
        assert is_same_file(one, other, "a.txt")
        assert not is_same_file(one, other, "b.txt")
        assert not is_same_file(one, other, "none.txt")
    assert is_same_file(after, now, "b.txt")


def test_a_large_file_is_read_a_part_at_a_time(repo, opened, monkeypatch):
    repo.write({"a.txt": "x" * 1000})
    made = repo.git("hash-object", "a.txt")
    parts = []

    class Noted(BytesIO):
        def read(self, size=-1):
            parts.append(size)
            return super().read(size)

    monkeypatch.setattr(samefile, "open_file", lambda *_: Noted(b"x" * 1000))
    monkeypatch.setattr(samefile, "_AT_ONCE", 300)
    assert object_id_in(opened.worktree, "a.txt", like="") == made
    assert parts == [300] * 5


def test_the_id_of_a_file_on_disk_is_git_s_own(repo, opened):
    made = repo.git("hash-object", "a.txt")
    assert object_id_in(opened.worktree, "a.txt", like="") == made
    assert object_id_in(opened.tree(opened.head()), "a.txt", like="") == made
    of_sha256 = hashlib.sha256(b"blob 4\0one\n").hexdigest()
    assert object_id_in(opened.worktree, "a.txt", like="0" * 64) == of_sha256
    assert object_id_in(opened.worktree, "none.txt", like="") == ""

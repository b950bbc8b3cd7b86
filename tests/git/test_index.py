"""The staged files, read one by one and together."""

import pytest

from promptci.git.gitprocess import Git
from promptci.git.index import IndexTree
from promptci.git.repo import Repo

FILES = {f"evals/e{number}.yaml": f"{number}\n" for number in range(70)}


@pytest.fixture
def opened(repo):
    """The repository, with all files staged and one of them changed since."""
    repo.write(FILES)
    repo.git("add", "-A")
    repo.write({"evals/e3.yaml": "not staged\n"})
    found = Repo.discover(repo.path)
    yield found
    found.close()


def test_files_read_ahead_are_those_that_are_staged(opened, monkeypatch):
    tree, asked, reply = IndexTree(opened), [], Git._replies

    def counted(self, ids):
        asked.append(len(ids))
        return reply(self, ids)

    monkeypatch.setattr(Git, "_replies", counted)
    tree.read_ahead(["evals/gone.yaml", *FILES])
    assert sum(asked) == len(FILES)
    assert len(asked) == 3
    for _ in range(2):
        assert {path: tree.open(path).read().decode() for path in FILES} == FILES
    assert sum(asked) == len(FILES)


def test_a_file_that_git_has_lost_is_missed_when_it_is_opened(opened, repo):
    lost = IndexTree(opened).object_id("evals/e3.yaml")
    (repo.path / ".git/objects" / lost[:2] / lost[2:]).unlink()
    tree = IndexTree(opened)
    tree.read_ahead(list(FILES))
    assert tree.open("evals/e4.yaml").read() == b"4\n"
    with pytest.raises(Exception, match="git has no object"):
        tree.open("evals/e3.yaml")

"""What tests commit without a process is what git would commit."""

import pytest

from gitobjects import Unplain, commit_all
from gitrepo import USER_CONFIG

CONTENTS = (
    {"a.txt": "one\n", "b/c.txt": "two\n", "b/d/e.txt": "three\n", "b.txt": "", "b-c": "x"},
    {"a.txt": "other\n", "ä ö": b"\xff\0\r\n"},
    {"b/c.txt": "same\n", "b0": "x", "n" * 200 + "/deep": "y"},
    {},
)


def steps(repo, commit):
    """Commits of files that come, change and go; gives their ids."""
    for number, files in enumerate(CONTENTS):
        repo.write(files)
        if number == 1:
            (repo.path / "b/d/e.txt").unlink()
            (repo.path / "b.txt").chmod(0o755)
            repo.link("link", "b-c")
        if number == 2:
            (repo.path / "a.txt").unlink()
            repo.write({"a.txt/now": "a folder"})
        yield commit(f"Step {number}: Größe 5 €")


def test_commits_are_those_of_git(new_repo):
    ours, gits = new_repo("ours"), new_repo("gits")
    ignored = {".gitignore": ".promptci/\n", ".promptci/x": "no", "sub/.promptci/y": "no"}
    ours.write(ignored)
    gits.write(ignored)
    made = [*steps(ours, lambda message: directly(ours, message))]
    assert made == [*steps(gits, gits.commit_by_git)]
    assert ours.git("ls-files", "--stage") == gits.git("ls-files", "--stage")
    assert ours.git("reflog") == gits.git("reflog")
    assert ours.git("status", "--porcelain") == ""
    assert ours.git("diff-files", "--raw") == ""
    assert ours.git("fsck", "--full", "--strict") == ""


def directly(repo, message="x"):
    config = (repo.path / ".git/config").read_bytes()
    return commit_all(repo.path, message, config=config, home_config=USER_CONFIG)


UNPLAIN = {
    "attributes": lambda repo: repo.write({"below/.gitattributes": "* -text\n"}),
    "a repository inside": lambda repo: repo.write({"below/.git/HEAD": ""}),
    "a pattern": lambda repo: repo.write({".gitignore": "*.log\n"}),
    "a merge under way": lambda repo: repo.write({".git/MERGE_HEAD": "0" * 40}),
    "a hook": lambda repo: repo.write({".git/hooks/pre-commit": "#!/bin/sh\nexit 1\n"}),
    "an entry with flags": lambda repo: repo.git("update-index", "--assume-unchanged", "a"),
    "ignored and tracked": lambda repo: repo.write({".gitignore": "b/\n"}),
    "no branch": lambda repo: repo.git("checkout", "--quiet", "--detach"),
    "other settings": lambda repo: repo.git("config", "--global", "core.autocrlf", "true"),
}


@pytest.mark.parametrize("what", UNPLAIN)
def test_what_is_not_plain_is_left_to_git(repo, what):
    repo.write({"a": "a", "b/c": "c"})
    repo.commit()
    UNPLAIN[what](repo)
    with pytest.raises(Unplain):
        directly(repo)


@pytest.mark.parametrize("message", ["", " x", "x ", "a\nb", "# x"])
def test_a_message_that_git_would_edit_is_left_to_it(repo, message):
    with pytest.raises(Unplain):
        directly(repo, message)

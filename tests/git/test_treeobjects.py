"""A commit's files by its tree objects are those that git lists."""

import subprocess

import pytest

from promptci.git.gitprocess import Git
from promptci.git.treeobjects import list_files
from tables import every_row


@pytest.fixture
def git(repo):
    git = Git(repo.path)
    yield git
    git.close()


def by_git(repo, commit):
    command = ["git", "ls-tree", "-r", "-z", "--full-tree", commit]
    return subprocess.run(command, cwd=repo.path, capture_output=True, check=True).stdout


@pytest.mark.parametrize("options", [(), ("--object-format=sha256",)])
def test_all_kinds_of_entries_are_as_git_lists_them(new_repo, options):
    repo = new_repo("any", *options)
    alike = {"x/1/a": "1", "y/1/a": "1", "x.y": "", "x-": "", "x0": ""}
    repo.write({"a b\tc\nd": "", "ünï/\udcff": b"1", "run.sh": "#!", **alike})
    (repo.path / "run.sh").chmod(0o755)
    repo.link("link", "nowhere")
    first = repo.commit_by_git("first")
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{first},sub/module")
    repo.git("commit", "-q", "-m", "a submodule")
    git = Git(repo.path)
    for commit in (first, repo.git("rev-parse", "HEAD")):
        assert list_files(git.find_all, commit) == git.listing(commit) == by_git(repo, commit)
    git.close()


def test_an_empty_commit_has_no_files(repo, git):
    assert list_files(git.find_all, repo.commit()) == b""


@pytest.mark.parametrize(
    "files",
    [{f"{n}/a": "" for n in range(32)}, {f"{'n' * 100}{n}": "" for n in range(300)}],
    ids=["many folders", "a large one"],
)
def test_of_much_git_is_asked(repo, git, files):
    repo.write(files)
    commit = repo.commit()
    assert list_files(git.find_all, commit) is None
    assert git.listing(commit) == by_git(repo, commit)


def test_folders_that_double_each_time_are_not_walked():
    empty, trees = "0" * 40, {}
    above = empty
    for depth in range(40):
        name = f"{depth:040x}"
        trees[name] = b"".join(b"40000 %s\0" % x + bytes.fromhex(above) for x in (b"a", b"b"))
        above = name
    asked = []

    def read(names):
        asked.extend(names)
        return [trees[above] if "^" in name else trees.get(name, b"") for name in names]

    assert list_files(read, "1" * 40) is None
    assert len(asked) < 32


@every_row("data", [None, b"100644 a", b"100644 a\0short", b"x a\0" + bytes(20)])
def test_what_is_missing_or_damaged_is_left_to_git(data):
    assert list_files(lambda names: [data for _ in names], "1" * 40) is None

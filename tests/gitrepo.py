"""Real git repositories for tests."""

import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from gitobjects import Unplain, commit_all
from snapshots import Snapshot

USER_CONFIG = """\
[user]
    name = Ada Test
    email = ada@test.invalid
[init]
    defaultBranch = main
    templateDir =
[commit]
    gpgSign = false
[gc]
    auto = 0
[maintenance]
    auto = false
[protocol "file"]
    allow = always
"""
"""What a test's home has as `.gitconfig`."""


@cache
def _template() -> Snapshot:
    """What `git init` makes, to be copied: a process for each repository would cost far more."""
    with TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "--quiet", folder], check=True)
        return Snapshot.of(Path(folder))


@cache
def _config() -> bytes:
    return next(content for path, _, content in _template().files if path == ".git/config")


class GitRepo:
    """A git repository on disk.

    repo.write({"prompts/greet.yaml": "messages: …"})
    first = repo.commit("Greet people")
    repo.git("checkout", "-q", "-b", "other")
    """

    def __init__(self, path: Path, *options: str) -> None:
        """Make the folder and the repository; `options` go to `git init`."""
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        if options or (path / ".git").exists():
            self.git("init", "--quiet", *options)
        else:
            _template().write(path)

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files into the working tree: text as UTF-8, bytes as they are."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def link(self, name: str, target: str) -> None:
        """Make a symbolic link in the working tree."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def commit(self, message: str = "change") -> str:
        """Commit everything in the working tree; gives the full id of the commit."""
        try:
            return commit_all(self.path, message, config=_config(), home_config=USER_CONFIG)
        except Unplain:
            return self.commit_by_git(message)

    def commit_by_git(self, message: str = "change") -> str:
        """The same by git's own commands, whatever state the repository is in."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self._head() or self.git("rev-parse", "HEAD")

    def _head(self) -> str:
        """The branch's commit as its file has it; empty where there is no such file."""
        try:
            branch = (self.path / ".git/HEAD").read_text().removeprefix("ref: ").strip()
            return (self.path / ".git" / branch).read_text().strip()
        except OSError:
            return ""

    def git(self, *arguments: str) -> str:
        """The output of a git command, without the last line end."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout.rstrip("\n")

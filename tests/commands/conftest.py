"""What the commands' tests share: a project that works, and commands whose JSON is read."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from fakes import FakeAPI, Sent
from gitrepo import GitRepo
from projects import route, router
from promptci.commands.main import main
from snapshots import Snapshot


@dataclass(frozen=True)
class Answer:
    """The result of a command with `--json`."""

    code: int
    document: dict[str, Any]
    stderr: str

    @property
    def only(self) -> dict[str, Any]:
        """The one eval on its one model."""
        [found] = self.document["evals"]
        return found


@pytest.fixture
def project(repo: GitRepo, api: FakeAPI) -> GitRepo:
    """The project `router`, committed, with a model that answers every ticket right."""
    return begin(repo, api)


def begin(repo: GitRepo, api: FakeAPI) -> GitRepo:
    """The same, made from an empty repository."""
    api.answers(route)
    _begun(api.url).write(repo.path)
    return repo


@cache
def _begun(url: str) -> Snapshot:
    """A repository with the project committed, to be copied. Git has a fixed date in all tests."""
    with TemporaryDirectory() as folder:
        repo = GitRepo(Path(folder))
        repo.write(router(url))
        repo.commit("Add the router")
        return Snapshot.of(repo.path)


@dataclass(frozen=True)
class State:
    """A repository as it was left, what its model had been asked, and what its maker gave."""

    files: Snapshot
    sent: tuple[Sent, ...]
    lists: int
    given: Any


@pytest.fixture(scope="session")
def states() -> dict[object, State]:
    return {}


@pytest.fixture
def keep(repo: GitRepo, api: FakeAPI, states) -> Callable[..., Any]:
    """Brings about the state of a repository that a function makes, once; later it is copied.

    `keep(make, *key)` gives what `make()` gave. The model's rule is the caller's to set: it is
    what it was before, or a test would depend on whether it is the first of its worker.
    """

    def bring(make: Callable[[], Any], *key: object) -> Any:
        name = (make.__module__, make.__qualname__, *key)
        if name in states:
            kept = states[name]
            kept.files.write(repo.path)
            api.sent[:], api.lists = kept.sent, kept.lists
            return kept.given
        rule = api.rule
        given = make()
        api.answers(rule)
        states[name] = State(Snapshot.of(repo.path), tuple(api.sent), api.lists, given)
        return given

    return bring


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Runs a command with `--json`; exactly one document must come on stdout."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = main([*arguments, "--json"])
        captured = capsys.readouterr()
        document = json.loads(captured.out)
        assert (document["format"], document.get("exit_code", code)) == (1, code)
        return Answer(code, document, captured.err)

    return run


def files(repo: GitRepo) -> dict[str, bytes]:
    """Every file of the working tree that git would see, with its bytes."""
    listed = repo.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return {name: (repo.path / name).read_bytes() for name in set(listed.split("\0")) if name}

"""What the commands' tests share: a project that works, and commands whose JSON is read."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from fakes import FakeAPI
from gitrepo import GitRepo
from projects import route, router
from promptci.commands.main import main


@dataclass(frozen=True)
class Answer:
    """What a command with `--json` came to."""

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
    api.answers(route)
    repo.write(router(api.url))
    repo.commit("Add the router")
    return repo


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

"""A project's files: the configuration is read once, whoever asks for it first."""

import subprocess
import sys

import pytest

from projects import EVAL, PROMPT
from promptci.cache.cache import Cache
from promptci.errors import SpecError
from promptci.project.observer import Observer
from promptci.project.project import Project
from promptci.project.workspace import Workspace
from promptci.suite import configuration


@pytest.fixture
def reads(monkeypatch):
    """The paths that were read for the configuration."""
    seen = []
    read = configuration.read_file

    def counted(tree, path):
        seen.append(path)
        return read(tree, path)

    monkeypatch.setattr(configuration, "read_file", counted)
    return seen


@pytest.fixture
def written(repo):
    def write(config):
        files = {"promptci.yaml": config, "prompts/a.yaml": PROMPT, "evals/a.yaml": EVAL}
        for path, text in files.items():
            (repo.path / path).parent.mkdir(exist_ok=True)
            (repo.path / path).write_text(text)
        return Workspace(repo.path)

    return write


def test_the_configuration_is_read_once_for_its_keys_and_for_the_suite(written, reads):
    workspace = written("defaults: {concurrency: 3}\n")
    workspace.learn_keys()
    assert workspace.suite.config.concurrency == 3
    assert reads == ["promptci.yaml"]
    workspace.close()


def test_what_is_wrong_with_it_is_said_with_the_suite(written, reads):
    workspace = written("defaults: {concurrency: none}\n")
    workspace.learn_keys()
    with pytest.raises(SpecError, match="concurrency"):
        _ = workspace.suite
    assert reads == ["promptci.yaml"]
    workspace.close()


def broken(*_):
    raise BrokenPipeError


def test_git_is_let_go_of_whoever_fails_before(commit_prompts, repo, monkeypatch):
    commit_prompts("Hi")
    monkeypatch.setattr(Workspace, "remarks", ["the disk is full"])
    monkeypatch.setattr(Observer, "remark", broken)
    for by_cache in (False, True):
        project = Project(repo.path, environ={})
        found = project.workspace.repo
        assert found.tree(found.head()).exists("promptci.yaml")
        reader = found._git._batch
        assert project.workspace.cache.remarks == []
        if by_cache:
            monkeypatch.setattr(Cache, "close", broken)
        with pytest.raises(BrokenPipeError):
            project.close()
        assert reader.returncode == 0
    monkeypatch.undo()
    project.workspace.cache.close()


def test_a_state_folder_is_looked_after_without_a_database(repo):
    """A check in which nothing is asked for needs no answers, nor what reads them."""
    script = (
        "import sys; from pathlib import Path; from promptci.project.workspace import Workspace;"
        "Workspace(Path()).keep_out_of_git(); print('sqlite3' in sys.modules)"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=repo.path, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert (repo.path / ".promptci/.gitignore").read_text() == "*\n"

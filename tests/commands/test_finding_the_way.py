"""A newcomer who is elsewhere, or mistypes, is told the way."""

import re

import pytest
import yaml

from promptci.commands.main import main
from promptci.specs.credentials import known_secrets, missing_keys
from promptci.specs.modelspec import EndpointSpec


def test_init_writes_where_the_user_is(repo, monkeypatch):
    folder = repo.path / "services/triage"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert main(["init"]) == 0
    assert (folder / "promptci.yaml").exists()
    assert not (repo.path / "promptci.yaml").exists()
    assert not (repo.path / "evals").exists()


def test_a_second_project_begins_beside_the_first(repo, monkeypatch):
    repo.write({"triage/promptci.yaml": ""})
    repo.commit("Add a project")
    folder = repo.path / "billing"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert main(["init"]) == 0
    assert (folder / "promptci.yaml").exists()


def test_a_project_in_a_folder_below_is_named(repo, monkeypatch, capsys):
    folder = repo.path / "services/triage"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    assert main(["init"]) == 0
    repo.commit("Add a project")
    monkeypatch.chdir(repo.path)
    name = ["triage"]
    commands = [
        "run",
        "lint",
        "report",
        "diff",
        "check",
        ["compare", "HEAD", "HEAD"],
        ["log", *name],
    ]
    commands += [
        ["compare", "HEAD", "HEAD"],
        ["bisect", *name, "--good", "HEAD"],
        ["accept", *name, "x", "-m", "why"],
    ]
    commands += [[command, *name] for command in ("why", "show", "noise", "judge")]
    for command in commands:
        given = [command] if isinstance(command, str) else command
        assert main(given) == 5, given
        said = capsys.readouterr().err
        cure = f"go there, or use `promptci -C services/triage {given[0]}`"
        assert f"projects are in `services/triage`: {cure}" in said


@pytest.mark.parametrize("command", [["diff", "mian"], ["check", "--base", "mian"]])
def test_a_misspelt_branch_is_suggested(project, capsys, command):
    project.git("branch", "-M", "main")
    assert main(command) == 2
    assert "did you mean `main`?" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["diff", "main"], ["compare", "main", "HEAD"]])
def test_where_the_first_branch_is_called_master_it_is_suggested(project, capsys, command):
    project.git("branch", "-M", "master")
    assert main(command) == 2
    assert "did you mean `master`?" in capsys.readouterr().err


def test_a_missing_key_in_a_workflow_names_the_line_to_write():
    spec = EndpointSpec("e", "openai", "http://127.0.0.1:9", key_env="LAB_KEY")
    found = missing_keys({"e": spec}, {"GITHUB_ACTIONS": "true"}, is_fork=False)
    step = re.search("`(env: .+)`", found["e"])
    assert step
    assert yaml.safe_load(step[1]) == {"env": {"LAB_KEY": "${{ secrets.LAB_KEY }}"}}
    assert "env:" not in missing_keys({"e": spec}, {}, is_fork=False)["e"]
    for unfilled in ("$(LAB_KEY)", "${{ secrets.LAB_KEY }}", "$LAB_KEY", "${LAB_KEY}"):
        assert missing_keys({"e": spec}, {"LAB_KEY": unfilled}, is_fork=True), unfilled
        assert not list(known_secrets([spec], {"LAB_KEY": unfilled}))
    for key in ("sk-$(a)", "$ecret-0123", "$2b$12$abc"):
        assert not missing_keys({"e": spec}, {"LAB_KEY": key}, is_fork=True), key


@pytest.mark.parametrize("command", [["run"], ["noise", "router"], ["compare", "small", "large"]])
def test_every_command_names_the_line_that_a_workflow_lacks(
    command, project, api, capsys, monkeypatch
):
    text = (project.path / "promptci.yaml").read_text()
    project.write({"promptci.yaml": text.replace(api.url, f"{api.url}, key_env: LAB_KEY")})
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert main(command) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert 'give the step `env: {LAB_KEY: "${{ secrets.LAB_KEY }}"}`, or use' in said

"""`cache: {shared: …}`: machines that share answers, and a store that fails them."""

import json
import shutil

import pytest

from projects import REWORDED, TICKETS, config
from promptci.commands.main import main
from promptci.stores.shared import ROOT

RECORD = "evals/router.scores.yaml"


@pytest.fixture
def store(project, tmp_path, api):
    """The project with a shared folder."""
    folder = tmp_path.with_name("answers")
    folder.mkdir()
    project.write({"promptci.yaml": config(api.url, f"cache: {{shared: {folder}}}\n")})
    project.commit("Share answers")
    return folder


def objects(store):
    return sorted(path for path in store.rglob("*.gz"))


def another_machine(project):
    shutil.rmtree(project.path / ".promptci", ignore_errors=True)
    (project.path / RECORD).unlink(missing_ok=True)


def test_what_one_machine_asked_another_does_not(store, project, api, capsys):
    assert main(["run"]) == 0
    record = (project.path / RECORD).read_bytes()
    assert len(objects(store)) == 1
    another_machine(project)
    assert main(["run"]) == 0
    assert api.count == len(TICKETS)
    assert (project.path / RECORD).read_bytes() == record
    assert main(["run", "--refresh"]) == 0  # stays on its machine
    assert api.count == 2 * len(TICKETS)
    assert len(objects(store)) == 1
    another_machine(project)
    assert main(["run", "--offline"]) == 3


def test_a_store_that_was_empty_is_named_once(store, project, api, capsys):
    assert main(["run", "--example", "card"]) == 0
    assert f"the shared store {store} was empty" in capsys.readouterr().err
    another_machine(project)
    assert main(["run"]) == 0
    assert "was empty" not in capsys.readouterr().err


def test_only_what_is_new_is_sent(store, project, api):
    assert main(["run", "--example", "card"]) == 0
    another_machine(project)
    assert main(["run"]) == 0
    assert api.count == len(TICKETS)
    first, second = [path.stat().st_size for path in objects(store)]
    assert first != second
    assert main(["cache", "clear"]) == 0
    assert main(["run"]) == 0
    assert api.count == len(TICKETS)


def test_a_store_that_is_not_there_costs_nothing_but_a_sentence(store, project, api, capsys, ask):
    store.rmdir()
    assert main(["run"]) == 0
    said = capsys.readouterr().err
    assert said.count(f"the shared store {store} was left alone: there is no such folder") == 1
    assert "6 answers are stored here and not yet there" in said
    failed = ask("cache", "push")
    assert (failed.code, failed.document["unsent"]) == (3, 6)
    store.mkdir()
    pushed = ask("cache", "push")
    assert (pushed.code, pushed.document["sent"], pushed.document["unsent"]) == (0, 6, 0)
    another_machine(project)
    assert main(["run"]) == 0
    assert api.count == len(TICKETS)


def test_the_next_run_sends_what_one_could_not(store, project, api):
    store.rmdir()
    assert main(["run"]) == 0
    store.mkdir()
    assert main(["run", "--example", "card"]) == 0  # asks nothing
    another_machine(project)
    assert main(["run"]) == 0
    assert api.count == len(TICKETS)


def test_answers_from_before_the_store_are_pushed(store, project, api, monkeypatch, ask):
    monkeypatch.setenv("PROMPTCI_SHARED_CACHE", "off")
    assert main(["run"]) == 0
    assert objects(store) == []
    monkeypatch.delenv("PROMPTCI_SHARED_CACHE")
    assert ask("cache", "push").document["sent"] == len(TICKETS)
    assert ask("cache", "push").document["sent"] == 0


def test_a_changed_object_is_named_and_asked_again(store, project, api, capsys):
    assert main(["run"]) == 0
    [path] = objects(store)
    path.write_bytes(path.read_bytes()[:-9])
    another_machine(project)
    assert main(["run"]) == 0
    assert f"{ROOT}/{path.parent.name}/{path.name} was not used" in capsys.readouterr().err
    assert api.count == 2 * len(TICKETS)
    another_machine(project)
    assert main(["run"]) == 0
    assert api.count == 2 * len(TICKETS)


def fork(monkeypatch, tmp_path):
    repos = {"head": {"repo": {"full_name": "them/x"}}, "base": {"repo": {"full_name": "us/x"}}}
    event = tmp_path.with_name("event.json")
    event.write_text(json.dumps({"pull_request": {"number": 7, **repos}}))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(event))


def test_a_fork_reads_and_never_writes(store, project, api, monkeypatch, tmp_path, capsys):
    assert main(["run"]) == 0
    project.commit("Record")
    prompt = (project.path / "prompts/router.yaml").read_text()
    project.write({"prompts/router.yaml": prompt.replace(*REWORDED)})
    monkeypatch.setenv("PROMPTCI_SHARED_CACHE", "off")
    assert main(["run"]) == 0
    monkeypatch.delenv("PROMPTCI_SHARED_CACHE")
    shutil.rmtree(project.path / ".promptci")
    asked = api.count
    elsewhere = tmp_path.with_name("theirs")
    elsewhere.mkdir()
    project.write({"promptci.yaml": config(api.url, f"cache: {{shared: {elsewhere}}}\n")})
    before = objects(store)
    fork(monkeypatch, tmp_path)
    assert main(["check", "--base", "HEAD"]) == 0
    assert api.count > asked
    assert (objects(store), objects(elsewhere)) == (before, [])
    captured = capsys.readouterr()
    assert "`shared_cache` differs from the base" in captured.out + captured.err
    assert main(["cache", "push"]) == 2
    monkeypatch.setenv("PROMPTCI_SHARED_CACHE", str(store))
    assert main(["cache", "push"]) == 2
    assert "a pull request from a fork does not write" in capsys.readouterr().err


def test_a_fork_does_not_choose_the_store_of_its_own_run(
    store, project, api, monkeypatch, tmp_path
):
    assert main(["run"]) == 0
    another_machine(project)
    fork(monkeypatch, tmp_path)
    assert main(["run"]) == 0
    assert api.count == 2 * len(TICKETS)
    monkeypatch.setenv("PROMPTCI_SHARED_CACHE", str(store))
    another_machine(project)
    assert main(["run"]) == 0
    assert api.count == 2 * len(TICKETS)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("answers", "must lie outside of the repository"),
        ("{root}/answers", "must lie outside of the repository"),
        ("ftp://host/x", "write a folder's full path"),
    ],
)
def test_a_store_that_cannot_be_one_is_refused(project, monkeypatch, capsys, named, said):
    monkeypatch.setenv("PROMPTCI_SHARED_CACHE", named.format(root=project.path))
    assert main(["run"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("named", ["answers", "http://x/y", "s3://key:secret@bucket"])
def test_a_wrong_store_in_the_configuration_is_a_fault(project, api, capsys, named):
    project.write({"promptci.yaml": config(api.url, f"cache: {{shared: '{named}'}}\n")})
    assert main(["run"]) == 2
    assert "promptci.yaml" in capsys.readouterr().err


def test_without_a_store_there_is_nothing_to_push_to(project, capsys):
    assert main(["cache", "push"]) == 2
    assert "there is no shared store" in capsys.readouterr().err

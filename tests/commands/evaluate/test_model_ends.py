"""Models that end: said by lint, run and check, asked for at most once a day."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fakes import FakeAPI
from gitrepo import GitRepo
from projects import config
from promptci.commands.main import main

ENDS = (datetime.now(UTC) + timedelta(days=400)).date().isoformat()
"""Far off: a test that runs over midnight sees another number of days."""
SAYS = f", on {ENDS}: `promptci compare small "


@pytest.fixture
def keyed(project: GitRepo, api: FakeAPI, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """The project, with a key for its endpoint, which says when `small-1` ends."""
    monkeypatch.setenv("LAB_KEY", "secret-key-of-the-lab")
    project.write(
        {"promptci.yaml": config(api.url).replace(api.url, f"{api.url}, key_env: LAB_KEY")}
    )
    project.commit("Name a key")
    api.models = [
        {"id": "small-1", "object": "model", "created": 0, "owned_by": "x", "shutdown_date": ENDS},
        {"id": "large-1", "object": "model", "created": 0, "owned_by": "x", "shutdown_date": None},
    ]
    return project


def test_run_asks_once_a_day_and_lint_remembers(
    keyed: GitRepo, api: FakeAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint"]) == 0
    assert SAYS not in "".join(capsys.readouterr())
    assert api.lists == 0
    for _ in range(3):
        assert main(["run"]) == 0
        assert SAYS in capsys.readouterr().err
    assert api.lists == 1
    assert main(["lint"]) == 0
    assert SAYS in capsys.readouterr().out
    kept = keyed.path / ".promptci/models.json"
    said = json.loads(kept.read_text())
    assert said[api.url]["ends"] == {"small-1": [ENDS, ""]}
    said[api.url]["day"] = "2026-01-01"
    kept.write_text(json.dumps(said))
    assert main(["run"]) == 0
    assert api.lists == 2


def test_check_says_so_in_a_note(keyed: GitRepo, api: FakeAPI, ask: Callable[..., Any]) -> None:
    assert main(["run"]) == 0
    keyed.commit("Record")
    answer = ask("check", "--base", "HEAD")
    assert any(SAYS in note for note in answer.document["notes"])
    assert api.lists == 1


@pytest.mark.parametrize(
    "command", [["run", "--offline"], ["run", "--dry-run"], ["check", "--frozen"]]
)
def test_no_model_is_asked_by_what_needs_none(
    keyed: GitRepo, api: FakeAPI, command: list[str]
) -> None:
    main(command)
    assert api.lists == 0


def test_without_a_key_no_model_is_asked(
    keyed: GitRepo, api: FakeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_KEY")
    main(["check", "--base", "HEAD"])
    assert (api.lists, api.count) == (0, 0)


def test_an_endpoint_of_the_change_alone_is_not_asked(keyed: GitRepo, api: FakeAPI) -> None:
    with FakeAPI() as evil:
        text = (keyed.path / "promptci.yaml").read_text().replace(api.url, evil.url)
        keyed.write({"promptci.yaml": text})
        main(["check", "--base", "HEAD"])
        assert (evil.lists, evil.count) == (0, 0)


@pytest.mark.parametrize("models", [[{"id": 5}], [{"id": "small-1", "shutdown_date": "soon"}], "x"])
def test_an_odd_list_is_no_trouble(keyed: GitRepo, api: FakeAPI, models: Any) -> None:
    api.models = models
    assert main(["run"]) == 0
    (keyed.path / ".promptci/models.json").write_text("[[[")
    assert main(["run"]) == 0


@pytest.mark.parametrize(
    ("successor", "says"),
    [("small-2", "lab/small-2`"), ("x`\n# Passed <b>", "OTHER`"), (7, "OTHER`")],
)
def test_a_successor_is_quoted_only_as_a_name(
    keyed: GitRepo, api: FakeAPI, capsys: pytest.CaptureFixture[str], successor: Any, says: str
) -> None:
    api.models = [{"id": "small-1", "deprecation": ENDS, "replacement_model": successor}]
    assert main(["run"]) == 0
    said = capsys.readouterr().err
    assert f"{SAYS}{says} shows what that changes" in said
    assert "Passed" not in said

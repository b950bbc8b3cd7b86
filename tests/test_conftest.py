"""The tests' own ground: nothing of the machine shines through."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from worlds import World


def test_home_and_its_folders_are_the_tests_own(hermetic, tmp_path):
    assert Path.home() == hermetic
    folders = [Path(value) for name, value in os.environ.items() if name.startswith("XDG_")]
    assert len(folders) == 4
    assert all(folder.is_relative_to(hermetic) for folder in folders)
    assert Path.cwd() == tmp_path


def test_nothing_says_who_runs_the_tests_or_where():
    told = [
        name
        for name in os.environ
        if name.endswith(("_KEY", "_TOKEN", "_PROXY", "_proxy"))
        or name in ("CI", "NO_COLOR", "FORCE_COLOR")
        or name.startswith(("GITHUB_", "PROMPTCI_"))
    ]
    assert told == []
    assert {name for name in os.environ if name.startswith("OPENAI_")} == {"OPENAI_BASE_URL"}


def test_nothing_listens_at_the_base_url():
    assert os.environ["OPENAI_BASE_URL"] == "http://127.0.0.1:9/v1"
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", 9))


def test_no_test_leaves_the_machine():
    with socket.socket() as probe, pytest.raises(AssertionError, match=r"203\.0\.113\.1"):
        probe.connect(("203.0.113.1", 80))


def test_commits_have_the_same_id_everywhere(repo):
    repo.write({"a.txt": "a\n"})
    assert repo.commit("first") == "dfd0445ace0b9281c6453911f2cc3c123eef998f"
    shown = repo.git("log", "-1", "--format=%an <%ae> %aI %cI")
    assert (
        shown == "Ada Test <ada@test.invalid> 2026-01-02T03:04:05+00:00 2026-01-02T03:04:05+00:00"
    )


def test_git_has_no_other_configuration_without_the_variables_either(hermetic, repo):
    """As promptci runs it: with HOME, but without any `GIT_*`."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    listed = subprocess.run(
        ["git", "config", "--global", "--list", "--show-origin"],
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert listed
    assert all(line.startswith(f"file:{hermetic}/.gitconfig") for line in listed)


def test_each_prompt_text_is_a_commit(commit_prompts, repo):
    ids = commit_prompts("Say yes to", "Don't say yes to")
    assert ids == repo.git("rev-list", "--reverse", "HEAD").splitlines()
    assert "Don''t say yes to {{ name }}" in repo.git("show", "HEAD:prompts/greet.yaml")
    assert repo.git("status", "--porcelain") == ""


def test_a_world_is_another_tests_only_where_nothing_was_left_in_it(tmp_path, hermetic):
    mine = World.current
    first = World.enter(tmp_path, is_kept=False)
    assert first is not mine  # this test has folders of its own
    assert World.enter(tmp_path, is_kept=False) is first
    (first.folder / "left.txt").touch()
    second = World.enter(tmp_path, is_kept=False)
    (second.home / ".config").mkdir()
    third = World.enter(tmp_path, is_kept=True)
    fourth = World.enter(tmp_path, is_kept=False)
    assert len({first.folder, second.folder, third.folder, fourth.folder}) == 4
    assert [*fourth.folder.iterdir()] == []


def test_what_a_test_did_to_its_environment_is_undone(tmp_path):
    os.environ["LAB_API_KEY"], os.environ["COLUMNS"] = "k", "7"
    del os.environ["TZ"]
    World.enter(tmp_path, is_kept=False)
    assert "LAB_API_KEY" not in os.environ
    assert (os.environ["COLUMNS"], os.environ["TZ"]) == ("100", "UTC")

"""`run --on`: what is refused before anything is asked, and an engine that is not installed."""

import pytest

from promptci.commands.main import main


@pytest.mark.parametrize("where", ["spark", "ray://", "ray:4", ""])
def test_an_engine_that_is_none_is_refused(project, api, where, capsys):
    assert main(["run", "--on", where]) == 2
    assert "write ray, or ray://HOST:PORT" in capsys.readouterr().err
    assert api.count == 0


@pytest.mark.parametrize(
    "beside",
    [["--refresh"], ["--offline"], ["--shard", "1/2"], ["--rev", "A..B"], ["--fail-fast"]],
)
def test_what_does_not_go_with_it_is_refused(project, api, beside, capsys):
    assert main(["run", "--on", "ray", *beside]) == 2
    assert "--on goes with none of" in capsys.readouterr().err
    assert api.count == 0


def test_workers_without_a_cluster_are_refused(project, api, capsys):
    assert main(["run", "--workers", "3"]) == 2
    assert "add --on, or write --concurrency" in capsys.readouterr().err
    assert api.count == 0


def test_a_dry_run_needs_no_cluster(project, api, capsys):
    assert main(["run", "--on", "ray", "--dry-run"]) == 0
    assert api.count == 0


def test_without_ray_a_sentence_says_what_to_install(project, api, monkeypatch, tmp_path, capsys):
    (tmp_path / "ray.py").write_text("raise ImportError('no ray')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert main(["run", "--on", "ray"]) == 2
    assert "pip install 'promptci-cli[ray]'" in capsys.readouterr().err
    assert api.count == 0


@pytest.mark.parametrize("command", [("check",), ("compare", "small", "large")])
def test_what_compares_says_how_a_cluster_asks_for_it(project, command, capsys):
    assert main([*command, "--on", "ray"]) == 2
    said = capsys.readouterr().err
    assert f"`promptci run --on ray` first, and {command[0]} finds its answers stored" in said

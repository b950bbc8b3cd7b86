"""`promptci cache`: how much is stored, and how it goes."""

import sqlite3
from contextlib import closing

from promptci.commands.main import main


def test_it_says_how_much_is_stored_and_where(project, ask, capsys):
    ask("run")
    assert main(["cache"]) == 0
    path = project.path / ".promptci/cache.sqlite"
    assert capsys.readouterr().out == f"6 answers, {path.stat().st_size / 1e6:.1f} MB, in {path}\n"
    for arguments in (["cache"], ["cache", "size"]):
        document = ask(*arguments).document
        assert (document["answers"], document["path"]) == (6, str(path))
        assert document["bytes"] >= path.stat().st_size


def test_its_path_is_printed_without_making_it(project, capsys):
    assert main(["cache", "path"]) == 0
    assert capsys.readouterr().out == f"{project.path}/.promptci/cache.sqlite\n"
    assert not (project.path / ".promptci").exists()


def test_clearing_costs_calls_and_never_a_result(project, api, ask):
    ask("run")
    record = (project.path / "evals/router.scores.yaml").read_bytes()
    assert ask("cache", "clear").document["deleted"] == 6
    assert ask("cache").document["answers"] == 0
    assert ask("run").document["written"] == []
    assert api.count == 12
    assert (project.path / "evals/router.scores.yaml").read_bytes() == record


def test_pruning_drops_what_is_old(project, api, ask, capsys):
    ask("run")
    with closing(sqlite3.connect(project.path / ".promptci/cache.sqlite")) as db, db:
        db.execute(
            "UPDATE completion SET added = '2020-01-01T00:00:00Z' "
            "WHERE key IN (SELECT key FROM completion LIMIT 2)"
        )
    assert main(["cache", "prune", "--days", "30"]) == 0
    assert capsys.readouterr().out == "deleted 2 answers older than 30 days\n"
    ask("run")
    assert api.count == 8


def test_what_was_overwritten_is_moved_aside_and_verify_fails(project, ask):
    """Once; whatever looks first says so."""
    ask("run")
    path = project.path / ".promptci/cache.sqlite"
    for command, code in (["verify"], 1), (["size"], 0):
        path.write_bytes(b"something else, and longer than a page's header" * 100)
        found = ask("cache", *command)
        assert found.code == code
        assert f"was damaged and moved to {path}.corrupt-" in found.stderr
        assert ask("cache", "verify").code == 0
    assert found.document["answers"] == 0


def test_verify_fails_with_1_however_many_answers_are_damaged(project, api, ask):
    """Of 256 a code that counts would be the code of success."""
    ask("run")
    for count in (1, 4):
        with closing(sqlite3.connect(project.path / ".promptci/cache.sqlite")) as db, db:
            few = "(SELECT key FROM completion ORDER BY key LIMIT ?)"
            db.execute(f"UPDATE completion SET text = text || '!' WHERE key IN {few}", [count])
        found = ask("cache", "verify")
        assert (found.code, found.document["exit_code"]) == (1, 1)
        assert (found.document["damaged"], found.document["good"]) == (count, 6 - count)
        assert ask("cache", "verify").code == 0
        before = api.count
        ask("run")
        assert api.count == before + count


def test_outside_a_repository_there_is_none(tmp_path, ask):
    assert ask("cache").code == 3

"""Folders that are written again as they were."""

import subprocess

from snapshots import Snapshot


def test_a_repository_is_written_again_as_it_was(repo, tmp_path):
    repo.write({"a/b.txt": "b\n", "run.sh": "#!/bin/sh\n", "empty": ""})
    (repo.path / "run.sh").chmod(0o755)
    repo.link("a/link", "b.txt")
    repo.link("loop", "a")
    repo.commit("first")
    kept, copy = Snapshot.of(repo.path), tmp_path / "copy"
    (repo.path / "a/b.txt").write_text("other\n")
    kept.write(copy)
    assert Snapshot.of(copy) == kept
    told = ["git", "-C", str(copy), "status", "--porcelain"]
    assert subprocess.run(told, capture_output=True, check=True).stdout == b""
    assert (copy / "a/link").readlink().name == "b.txt"


def test_what_is_there_already_is_replaced_and_other_files_stay(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "in").mkdir(parents=True)
    (source / "in/a").write_text("new")
    (target / "in").mkdir(parents=True)
    (target / "in/a").write_text("older and longer")
    (target / "in/b").write_text("mine")
    Snapshot.of(source).write(target)
    assert {p.name: p.read_text() for p in (target / "in").iterdir()} == {"a": "new", "b": "mine"}

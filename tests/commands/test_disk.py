"""Disks that are full, folders that are read-only or gone: a sentence, and nothing is lost."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fakes import Reply, response_to
from processes import PROMPTCI, Forked, run_forked
from projects import REWORDED, example, jsonl
from promptci.commands.main import main

RECORD = "evals/router.scores.yaml"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture
def old(project):
    """The record of a whole run, committed; the prompt has changed since, and nothing is stored."""
    assert main(["run"]) == 0
    project.commit("Scores")
    text = (project.path / "prompts/router.yaml").read_text()
    project.write({"prompts/router.yaml": text.replace(*REWORDED)})
    shutil.rmtree(project.path / ".promptci")
    return (project.path / RECORD).read_bytes()


def promptci(*arguments, before=""):
    """A run in a process of its own, in which a script may come before it."""
    command = [*PROMPTCI[:2], before + PROMPTCI[2], *arguments]
    return run_forked(command, capture_output=True, text=True, check=False)


def begun(folder):
    """Files that somebody began to write and left."""
    return [path for path in folder.rglob(".promptci-*") if ".git/" not in str(path)]


@contextmanager
def small_disk(folder, kilobytes):
    """A file system of its own in a folder, with what was there."""
    kept = folder.with_name(f"{folder.name}-kept")
    shutil.copytree(folder, kept) if folder.exists() else folder.mkdir()
    size = f"size={kilobytes}k"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("file systems cannot be mounted here")
    try:
        if kept.exists():
            shutil.copytree(kept, folder, dirs_exist_ok=True)
            shutil.rmtree(kept)
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill(folder, kilobytes_left=0):
    """Use up a small disk."""
    with (folder / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    size = (folder / "filler").stat().st_size
    os.truncate(folder / "filler", max(0, size - 1024 * kilobytes_left))


def test_a_full_disk_under_the_record_leaves_the_old_one(project, old):
    evals = project.path / "evals"
    with small_disk(evals, 64):
        fill(evals)
        done = promptci("run")
        assert (done.returncode, (project.path / RECORD).read_bytes()) == (3, old)
        assert f"{RECORD}: cannot be written: No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
        assert not begun(project.path)
        (evals / "filler").unlink()
        assert main(["run", "--offline"]) == 0  # the answers were kept
        assert (project.path / RECORD).read_bytes() != old


def test_a_disk_that_fills_up_at_any_point_under_the_cache(project, old, api):
    """From no room at all until a run has enough: cache, journal and run log fill it in turn."""
    state = project.path / ".promptci"
    codes = []
    for kilobytes in range(0, 200, 32):
        with small_disk(state, 256):
            fill(state, kilobytes)
            done = promptci("run", "--no-write")
            codes.append(done.returncode)
            assert done.returncode in (0, 3)
            assert "Traceback" not in done.stderr
            if done.returncode:
                assert str(state) in done.stderr
                assert "full" in done.stderr or "No space left" in done.stderr
            (state / "filler").unlink()
            paid = _stored(state / "cache.sqlite")
            api.sent.clear()
            assert main(["run", "--no-write"]) == 0
            assert api.count <= 6 - paid  # fewer where an answer was noted, though not yet stored
        shutil.rmtree(state)
        if codes[-1] == 0:
            break
    assert codes[0] == 3
    assert codes[-1] == 0
    assert (project.path / RECORD).read_bytes() == old


def _stored(path):
    if not path.exists() or not path.stat().st_size:
        return 0
    with closing(sqlite3.connect(path)) as db:
        try:
            return db.execute("SELECT count(*) FROM completion").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


@pytest.mark.parametrize("blocks", [0, 1, 9, 21, 33])
def test_files_that_may_not_grow_stop_a_run_at_any_point(project, old, blocks):
    """The same without a file system of its own: the system refuses longer files."""
    limits = f"resource.RLIMIT_FSIZE, ({blocks * 1024}, resource.RLIM_INFINITY)"
    done = promptci("run", before=f"import resource; resource.setrlimit({limits}); ")
    assert done.returncode in (0, 3), done.stderr
    assert "Traceback" not in done.stderr
    record = (project.path / RECORD).read_bytes()
    assert (record == old) == bool(done.returncode)
    assert not begun(project.path)
    assert main(["run"]) == 0
    assert (project.path / RECORD).read_bytes() != old
    assert not list((project.path / ".promptci").glob("*corrupt*"))


@pytest.mark.parametrize("option", ["--markdown", "--junit"])
def test_a_full_disk_under_a_report_is_a_sentence(project, old, tmp_path, option):
    assert main(["run"]) == 0
    disk = tmp_path / "disk"
    with small_disk(disk, 32):
        (disk / "report").write_text("old")
        fill(disk)
        done = promptci("check", "--base", "HEAD", option, str(disk / "report"))
        assert done.returncode == 3
        assert f"{disk}/report: cannot be written: No space left on device" in done.stderr
        assert (disk / "report").read_text() == "old"
        assert not begun(disk)


@pytest.mark.parametrize(
    "command", [["run"], ["run", "--json"], ["check", "--base", "HEAD"], ["show", "router"]]
)
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_that_goes_nowhere_is_neither_a_verdict_nor_a_bug(project, command, stream):
    assert main(["run"]) == 0
    project.commit("Scores")
    with Path("/dev/full").open("wb") as full:
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: full}
        done = run_forked([*PROMPTCI, *command], check=False, text=True, **streams)
    assert done.returncode in ((3,) if stream == "stdout" else (0, 3))
    assert "Traceback" not in f"{done.stdout}{done.stderr}"


def test_a_refusal_that_cannot_be_read_keeps_its_code(project):
    with Path("/dev/full").open("wb") as full:
        done = run_forked([*PROMPTCI, "run", "nope"], check=False, stderr=full)
    assert done.returncode == 2


@contextmanager
def for_somebody_else(folder):
    """A copy of a project, and what begins a command of somebody who may not write anywhere else.

    Root may write anywhere. Pytest closes its own folder to others whenever it starts, maybe while
    this runs.
    """
    with TemporaryDirectory() as made:
        top, place = Path(made), Path(made, "project")
        top.chmod(0o755)
        shutil.copytree(folder, place, symlinks=True)
        shutil.copy(Path(os.environ["HOME"], ".gitconfig"), top)
        is_root = os.geteuid() == 0
        for path in (top, *top.rglob("*")) if is_root else ():
            os.chown(path, 65534, 65534, follow_symlinks=False)

        def run(*arguments):
            return subprocess.run(
                [*(NOBODY if is_root else []), *PROMPTCI, *arguments],
                cwd=place,
                env={**os.environ, "HOME": made},
                capture_output=True,
                text=True,
                check=False,
            )

        yield place, run
        for path in (place, *place.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)


@pytest.mark.parametrize(
    ("locked", "named"),
    [("evals", RECORD), (".promptci", ".promptci"), ("", ".promptci")],
)
def test_a_folder_that_may_not_be_written_is_named(project, api, old, locked, named):
    asked = api.count
    with for_somebody_else(project.path) as (place, promptci):
        if locked:
            (place / ".promptci").mkdir(exist_ok=True)
            there = place.stat()
            os.chown(place / ".promptci", there.st_uid, there.st_gid)
        (place / locked).chmod(0o555)
        done = promptci("run")
        (place / locked).chmod(0o755)
        assert (place / RECORD).read_bytes() == old
    assert done.returncode == 3, done.stderr
    assert named in done.stderr
    assert "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
    if locked != "evals":
        assert "no answer can be kept: Permission denied: make " in done.stderr
        assert api.count == asked


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_project_that_may_only_be_read_is_read(project, api, is_stored):
    assert main(["run"]) == 0
    project.commit("Scores")
    if not is_stored:
        shutil.rmtree(project.path / ".promptci")
    asked = api.count
    with for_somebody_else(project.path) as (place, promptci):
        for path in (place, *place.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        done = promptci("run", "--no-write")
        assert done.returncode == 0, done.stderr
        assert "no claims" not in done.stderr
        page = promptci("report", "HEAD")
        assert page.returncode == 3
        assert "report.html: cannot be written: Permission denied: name a file in" in page.stderr
    assert api.count == asked


# Folders that go away under a run


@pytest.fixture
def slow(project, api):
    """Sixty examples, and a model that takes its time."""
    rows = [example(f"n{number}", f"Hello {number}", "other") for number in range(60)]
    project.write({"evals/router.jsonl": jsonl(rows)})
    return project


def harmed_at(api, count, harm):
    """Have something happen when so many requests have come in."""

    def rule(ticket):
        if api.count == count:
            harm()
        return Reply(body=response_to(ticket.body, "other"), delay=0.05)

    api.answers(rule)


def replaced(path):
    """As by a restored backup."""
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)


def gone(path):
    while path.exists():  # the run may just write another file there
        shutil.rmtree(path.parent, ignore_errors=True)


@pytest.mark.parametrize("harm", [replaced, gone])
@pytest.mark.parametrize("mode", ["TRUNCATE", "WAL"])
def test_a_cache_that_goes_away_during_a_run_is_a_sentence(slow, api, harm, mode):
    cache = slow.path / ".promptci" / "cache.sqlite"
    before = f"from promptci.cache import cachefile; cachefile.journal_mode = lambda v: '{mode}'; "
    command = [sys.executable, "-c", before + PROMPTCI[2], "run", "--concurrency", "4"]
    harmed_at(api, 12, lambda: harm(cache))
    with Forked(command, stderr=subprocess.PIPE, text=True) as child:
        _, said = child.communicate(timeout=120)
    assert child.returncode == 3
    assert said.endswith(
        f"{cache}: was deleted or replaced while it was in use, so answers cannot be kept:"
        " run again\n"
    )
    assert not (slow.path / RECORD).exists()
    assert main(["run"]) == 0


def test_a_project_that_is_deleted_during_a_run_is_a_sentence(slow, api):
    command = [*PROMPTCI, "run", "--concurrency", "4"]
    harmed_at(api, 8, lambda: gone(slow.path / "promptci.yaml"))
    with Forked(command, stderr=subprocess.PIPE, text=True) as child:
        _, said = child.communicate(timeout=120)
    assert child.returncode == 3
    assert "Traceback" not in said
    assert said.count("\n") <= 3

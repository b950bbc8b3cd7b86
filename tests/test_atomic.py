"""A file is the old one or the new one, whatever happens in between."""

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from promptci.atomic import write_report, write_text
from promptci.errors import StorageError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "evals" / "deep" / "a.scores.yaml"


def test_a_file_is_written_with_its_folders_and_no_line_end_is_changed(path):
    assert write_text(path, "é\r\nb\n") is True
    assert path.read_bytes() == b"\xc3\xa9\r\nb\n"
    assert list(path.parent.iterdir()) == [path]


def test_the_same_text_leaves_the_file_alone(path):
    write_text(path, "same")
    before = path.stat()
    assert write_text(path, "same") is False
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert write_text(path, "other") is True
    assert path.read_text() == "other"


def test_a_new_file_has_the_mode_that_people_want_and_an_old_one_its_own(path):
    mask = os.umask(0o027)
    try:
        write_text(path, "one")
        assert path.stat().st_mode & 0o777 == 0o640
        path.chmod(0o604)
        write_text(path, "two")
        assert path.stat().st_mode & 0o777 == 0o604
    finally:
        os.umask(mask)


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_not_written_through(path, tmp_path, exists):
    """A stranger's branch may hold one that leads to anything of yours."""
    mine = tmp_path / ".bashrc"
    if exists:
        mine.write_text("mine")
    path.parent.mkdir(parents=True)
    path.symlink_to(mine)
    with pytest.raises(StorageError, match="is a link, which is not written through"):
        write_text(path, "theirs")
    assert mine.read_text() == "mine" if exists else not mine.exists()


class Stop(BaseException):
    """As if somebody pressed Ctrl-C."""


@pytest.mark.parametrize("step", ["fdopen", "fsync", "fchmod", "replace"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), Stop()], ids=repr)
def test_whatever_fails_the_old_file_stays_and_nothing_is_left_behind(
    path, monkeypatch, step, error
):
    """Each step in turn; a disk cannot be filled up in a test."""
    write_text(path, "old")

    def fail(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(Path if step == "replace" else os, step, fail)
        with pytest.raises(StorageError if isinstance(error, OSError) else Stop) as caught:
            write_text(path, "new")
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]
    if isinstance(error, OSError):
        assert str(caught.value) == f"{path}: cannot be written: No space left on device"
        assert caught.value.exit_code == 3


def test_what_is_in_the_way_is_a_sentence(path, tmp_path):
    path.mkdir(parents=True)
    with pytest.raises(StorageError, match=r"a\.scores\.yaml: cannot be written: Is a directory"):
        write_text(path, "x")
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot be written: "):
        write_text(tmp_path / "file" / "a", "x")


def test_a_reader_never_sees_half_a_file(path):
    """While it is rewritten again and again, every look finds one text or the other, whole."""
    texts = ["a" * 100_000, "b" * 200_000]
    write_text(path, texts[0])
    reader = os.fork()
    if reader == 0:
        for _ in range(300):
            if path.read_text() not in texts:
                os._exit(1)
        os._exit(0)
    for number in range(60):
        write_text(path, texts[number % 2])
    assert os.waitstatus_to_exitcode(os.waitpid(reader, 0)[1]) == 0


LEFT = ".promptci-0123456789abcdef"


def test_what_a_killed_writer_left_is_swept_away_and_nothing_else(path):
    write_text(path, "old")
    path.with_name(LEFT).write_text("half a reco")
    for name in (".promptci-mine", ".promptci-0123456789abcdef.yaml", "notes.txt"):
        path.with_name(name).write_text("mine")
    write_text(path, "new")
    names = {file.name for file in path.parent.iterdir()}
    assert names == {path.name, ".promptci-mine", f"{LEFT}.yaml", "notes.txt"}


def test_a_writer_still_at_work_is_left_alone(path):
    path.parent.mkdir(parents=True)
    with path.with_name(LEFT).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write_text(path, "new")
        assert path.with_name(LEFT).exists()
    write_text(path, "newer")
    assert not path.with_name(LEFT).exists()


def test_without_locks_files_are_written_all_the_same(path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    path.parent.mkdir(parents=True)
    path.with_name(LEFT).write_text("perhaps somebody's")
    write_text(path, "new")
    assert {file.name for file in path.parent.iterdir()} == {path.name, LEFT}


def test_a_file_swept_before_it_was_locked_is_begun_again(path, monkeypatch):
    lock = fcntl.flock

    def sweep_first(handle, operation):
        if operation == fcntl.LOCK_EX:
            monkeypatch.setattr(fcntl, "flock", lock)
            [begun] = path.parent.glob(".promptci-*")
            begun.unlink()
        lock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    write_text(path, "new")
    assert path.read_text() == "new"
    assert list(path.parent.iterdir()) == [path]


WRITER = """
import sys
from pathlib import Path
from promptci.atomic import write_report, write_text
print("ready", flush=True)
for number in range(10_000):
    write_text(Path(sys.argv[1]), f"{number} " * 200_000)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_file_is_whole_wherever_its_writer_was_ended(path, number):
    """And the next to write leaves nothing of it behind."""
    for moment in (0.01, 0.03, 0.07, 0.11):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            child.stdout.readline()
            time.sleep(moment)
            child.send_signal(number)
        if path.exists():
            words = path.read_text().split()
            assert len(words) == 200_000
            assert len(set(words)) == 1
        if number == signal.SIGINT:
            assert not list(path.parent.glob(".promptci-*"))
        write_text(path, f"whole {moment}")
        assert list(path.parent.iterdir()) == [path]
        path.unlink()


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_report(pipe, ["one ", "two"])
    assert os.read(reader, 100) == b"one two"
    os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(StorageError, match="is no regular file"):
        write_text(pipe, "x")


def test_parts_are_one_file(tmp_path):
    path = tmp_path / "report.xml"
    write_report(path, (str(number) for number in range(5)))
    assert path.read_text() == "01234"

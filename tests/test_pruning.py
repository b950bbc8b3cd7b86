"""A folder kept within bounds, also while another process tidies it up."""

import os
from math import inf

import pytest

from promptci import pruning
from promptci.pruning import make_room


@pytest.fixture
def folder(tmp_path):
    """Ten files of ten bytes, the first written long ago and each a minute after the one before."""
    for number in range(10):
        path = tmp_path / f"{number}"
        path.write_bytes(b"x" * 10)
        os.utime(path, (path.stat().st_mtime, 1_000_000 + 60 * number))
    return tmp_path


def left(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("bounds", "kept"),
    [
        ({"files": 11, "age": inf}, range(10)),
        ({"files": 10, "age": inf}, range(1, 10)),
        ({"files": 4, "age": inf}, range(7, 10)),
        ({"files": 99, "age": inf, "size": 31}, range(7, 10)),
        ({"files": 99, "age": 200}, range(6, 10)),
    ],
    ids=["room", "one more", "many", "large", "old"],
)
def test_the_oldest_go_until_there_is_room(folder, monkeypatch, bounds, kept):
    monkeypatch.setattr(pruning, "time", lambda: 1_000_000 + 60 * 9)
    make_room(folder, **bounds)
    assert left(folder) == [str(number) for number in kept]


def test_what_another_process_removes_meanwhile_is_no_error(folder, monkeypatch):
    listed, remove = os.scandir, os.unlink

    def list_and_lose(path):
        found = listed(path)
        remove(folder / "0")  # between the list and a look at it
        return found

    def lost_before(path):
        remove(path)
        remove(path)

    monkeypatch.setattr(pruning.os, "scandir", list_and_lose)

    monkeypatch.setattr(pruning.os, "unlink", lost_before)
    make_room(folder, files=8, age=inf)
    assert left(folder) == [str(number) for number in range(3, 10)]

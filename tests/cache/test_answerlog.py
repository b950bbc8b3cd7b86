"""What a process had received when it was killed is in the cache of the next."""

import os
import subprocess
import sys

import pytest

from promptci.cache.cache import Cache
from promptci.cache.cacherow import row
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage

KEYS = [f"{number:064x}" for number in range(1, 5)]
ANSWER = Completion("wörds", usage=Usage(3, 4), latency=0.5)
NOTE_AND_DIE = """
import os, signal, sys
from pathlib import Path
from promptci.cache.cache import Cache
from promptci.cache.cacherow import row
from promptci.specs.completion import Completion
cache = Cache(Path(sys.argv[1]))
cache.note((row(key, Completion(sys.argv[2])), sys.argv[2] == "new") for key in sys.argv[3:])
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache.sqlite"


def logs(path):
    return sorted(path.parent.glob("*.answers-*"))


def die(path, text, *keys):
    """A process notes answers and is killed before they are kept."""
    command = [sys.executable, "-c", NOTE_AND_DIE, str(path), text, *keys]
    assert subprocess.run(command, check=False).returncode < 0


def texts(cache, *keys):
    return [answer.text for answer in cache.get(keys).values()]


def test_answers_noted_by_a_killed_process_are_kept_by_the_next(path):
    die(path, "old", *KEYS)
    assert len(logs(path)) == 1
    cache = Cache(path)
    assert texts(cache, *KEYS) == ["old"] * 4
    assert logs(path) == []
    cache.close()


def test_a_first_answer_stays_and_one_that_replaces_does_not_wait(path):
    cache = Cache(path)
    cache.put([(KEYS[0], ANSWER)])
    cache.close()
    die(path, "old", KEYS[0])
    assert texts(Cache(path), KEYS[0]) == ["wörds"]
    die(path, "new", KEYS[0])
    assert texts(Cache(path), KEYS[0]) == ["new"]


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_an_answer_that_is_not_whole_is_none_and_those_before_it_are(path, cut):
    die(path, "old", *KEYS)
    [log] = logs(path)
    os.truncate(log, log.stat().st_size - cut)
    assert texts(Cache(path), *KEYS) == ["old"] * 3


def test_an_answer_that_was_changed_on_disk_is_none(path):
    die(path, "old", *KEYS)
    [log] = logs(path)
    data = bytearray(log.read_bytes())
    data[-20] ^= 1
    log.write_bytes(data)
    assert texts(Cache(path), *KEYS) == ["old"] * 3


@pytest.mark.parametrize("junk", [b"", b"\x00" * 8, b"\xff" * 100, os.urandom(500)])
def test_a_file_that_is_no_log_harms_nothing(path, junk):
    path.with_name("cache.sqlite.answers-0").write_bytes(junk)
    cache = Cache(path)
    assert texts(cache, *KEYS) == []
    cache.close()


def test_a_link_is_not_followed_and_not_removed(path, tmp_path):
    target = tmp_path / "elsewhere"
    target.write_bytes(b"mine")
    link = path.with_name("cache.sqlite.answers-0")
    link.symlink_to(target)
    Cache(path).close()
    assert link.is_symlink()
    assert target.read_bytes() == b"mine"


def test_what_a_living_process_has_noted_is_left_to_it(path):
    living = Cache(path)
    living.note([(row(KEYS[0], ANSWER), False)])
    other = Cache(path)
    assert texts(other, KEYS[0]) == []
    other.take_in()
    assert len(logs(path)) == 1
    living.keep([row(KEYS[0], ANSWER)], replaces=False)
    living.all_kept()
    living.close()
    assert logs(path) == []
    other.close()


def test_a_large_file_is_emptied_although_there_is_more_to_keep(path):
    cache = Cache(path)
    large = Completion("x" * 2**20)
    late = [(row(KEYS[1], ANSWER), False)]
    cache.note([(row(KEYS[0], large), False), *late])
    cache.keep([row(KEYS[0], large)], replaces=False)
    cache.all_kept(but=late)
    [log] = logs(path)
    assert 0 < log.stat().st_size < 1000
    os.close(os.open(log, os.O_RDONLY))
    cache.close()
    assert texts(Cache(path), *KEYS[:2]) == [large.text, "wörds"]


def test_where_it_cannot_be_written_the_answers_are_kept_all_the_same(path, monkeypatch):
    cache = Cache(path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("promptci.cache.answerlog.os.write", full)
    cache.note([(row(KEYS[0], ANSWER), False)])
    cache.keep([row(KEYS[0], ANSWER)], replaces=False)
    cache.all_kept()
    assert texts(cache, KEYS[0]) == ["wörds"]
    cache.close()
    assert logs(path) == []

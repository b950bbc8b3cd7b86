"""Answers that were paid for stay: across processes, crashes, full disks and damage."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing, contextmanager
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptci.cache import Cache
from promptci.completion import Completion, Usage
from promptci.errors import StorageError

WHOLE = Completion(
    text="naïve\r\n漢字 🙂\0 \u2028",
    outcome="truncated",
    finish_reason="length",
    usage=Usage(12, 34),
    latency=0.12345678901234567,
    served_model="llama-3.2",
    system_fingerprint="fp_1",
    tool_calls='[{"id": "x"}]',
    sampling="provider-default",
    cost=Decimal("0.000012340"),
)


def key(number):
    return f"{number:064x}"


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".promptci" / "cache.sqlite"


@pytest.fixture
def cache(path):
    cache = Cache(path)
    yield cache
    cache.close()


def reopened(path):
    """All that another process would find."""
    with closing(Cache(path)) as cache:
        return cache.get([key(number) for number in range(2000)])


def test_an_answer_comes_back_as_it_was(cache, path):
    cache.put([(key(1), WHOLE), (key(2), Completion(""))])
    assert cache.get([key(1), key(2), key(3)]) == {key(1): WHOLE, key(2): Completion("")}
    cache.close()
    assert reopened(path) == {key(1): WHOLE, key(2): Completion("")}


ANSWERS = st.builds(
    Completion,
    text=st.text(),
    outcome=st.sampled_from(["ok", "truncated", "refused", "filtered", "empty"]),
    usage=st.builds(Usage, st.integers(0, 2**40), st.integers(0, 2**40)),
    latency=st.floats(0, 1e6),
    served_model=st.text(),
    cost=st.none() | st.decimals(0, 10**6, allow_nan=False, allow_infinity=False),
)


@given(answer=ANSWERS)
def test_any_answer_comes_back_as_it_was(tmp_path_factory, answer):
    with closing(Cache(tmp_path_factory.mktemp("cache") / "cache.sqlite")) as cache:
        cache.put([(key(0), answer)])
        (found,) = cache.get([key(0)]).values()
    assert found == answer
    assert str(found.cost) == str(answer.cost)


def test_the_first_answer_stays_and_a_replacement_does_not(cache):
    cache.put([(key(1), Completion("first")), (key(1), Completion("same batch"))])
    cache.put([(key(1), Completion("second"))])
    assert cache.get([key(1)])[key(1)].text == "first"
    cache.replace([(key(1), Completion("third")), (key(2), Completion("new"))])
    assert [answer.text for answer in cache.get([key(1), key(2)]).values()] == ["third", "new"]


def test_any_number_of_keys_can_be_asked_for(cache):
    cache.put((key(number), Completion(str(number))) for number in range(1500))
    found = cache.get([key(number) for number in range(1600)])
    assert {int(text.text) for text in found.values()} == set(range(1500))
    assert cache.get([]) == {}


def test_a_batch_is_kept_whole_or_not_at_all(cache, path):
    with pytest.raises(StorageError, match=r"NOT NULL constraint failed: completion\.text"):
        cache.put([(key(1), Completion("good")), (key(2), Completion(None))])
    assert reopened(path) == {}
    cache.put([(key(1), Completion("good"))])
    assert len(reopened(path)) == 1


def test_size_counts_answers_and_bytes(cache, path):
    empty = cache.size()
    cache.put((key(number), Completion("x" * 10_000)) for number in range(10))
    assert (empty.answers, cache.size().answers) == (0, 10)
    assert cache.size().bytes >= empty.bytes + 100_000
    assert cache.size().bytes == sum(file.stat().st_size for file in path.parent.iterdir())


DAY = 24 * 3600


def age(path, seconds):
    """Make answers older than they are."""
    with closing(sqlite3.connect(path)) as db, db:
        for number, past in seconds.items():
            db.execute(
                "UPDATE completion SET added = strftime('%Y-%m-%dT%H:%M:%SZ', 'now', ?)"
                " WHERE key = ?",
                [f"{-past} seconds", bytes.fromhex(key(number))],
            )


def test_pruning_drops_what_is_older_not_what_is_younger(cache, path):
    keys = [key(number) for number in range(5)]
    cache.put((each, Completion("x" * 5000)) for each in keys)
    age(path, {1: 89 * DAY, 2: 90 * DAY - 60, 3: 90 * DAY + 60, 4: 1000 * DAY})
    before = cache.size().bytes
    assert cache.prune(90) == 2
    assert list(cache.get(keys)) == keys[:3]
    assert cache.size().bytes < before
    assert cache.prune(90) == cache.prune(10**12) == 0


def test_pruning_spares_answers_from_a_clock_that_was_ahead(cache, path):
    cache.put([(key(0), WHOLE), (key(1), WHOLE)])
    age(path, {0: -DAY, 1: 60})
    assert cache.prune(0) == 1
    assert list(cache.get([key(0), key(1)])) == [key(0)]


def test_clearing_forgets_everything_and_goes_on(cache, path):
    cache.put((key(number), Completion("secret words")) for number in range(100))
    path.with_name("cache.sqlite.corrupt-1").write_text("secret words")
    path.with_name("cache.sqlite.corrupt-1-journal").write_text("secret words")
    cache.clear()
    assert cache.size().answers == 0
    assert not any(b"secret" in file.read_bytes() for file in path.parent.iterdir())
    assert not list(path.parent.glob("*corrupt*"))
    cache.put([(key(1), Completion("again"))])
    assert len(reopened(path)) == 1


def test_only_its_owner_may_read_it(cache, path):
    old = os.umask(0)
    try:
        with closing(Cache(path.with_name("other.sqlite"))) as other:
            other.put([(key(1), WHOLE)])
    finally:
        os.umask(old)
    cache.put([(key(1), WHOLE)])
    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_looking_changes_nothing_on_disk(cache, path):
    cache.put([(key(1), WHOLE)])
    cache.close()
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in path.parent.iterdir()}
    reopened(path)
    assert before == {
        file: (file.read_bytes(), file.stat().st_mtime_ns) for file in path.parent.iterdir()
    }


# Damage


def broken_header(path):
    path.write_bytes(b"not a database at all" * 100)


def broken_pages(path):
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)


def cut_short(path):
    os.truncate(path, path.stat().st_size // 2)


def another_database(path):
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.executescript("CREATE TABLE completion (x); PRAGMA user_version=1;")


@pytest.mark.parametrize("harm", [broken_header, broken_pages, cut_short, another_database])
def test_a_damaged_cache_is_moved_aside_and_a_new_one_begun(path, harm):
    with closing(Cache(path)) as cache:
        cache.put((key(number), Completion("x" * 5000)) for number in range(20))
    harm(path)
    damaged = path.read_bytes()
    with closing(Cache(path)) as cache:
        cache.get([key(number) for number in range(20)])  # pages are only looked at when needed
        assert cache.moved_aside == path.with_name("cache.sqlite.corrupt-1")
        assert cache.moved_aside.read_bytes() == damaged
        assert cache.size().answers == 0
        cache.put([(key(1), WHOLE)])
    assert reopened(path) == {key(1): WHOLE}


def test_damage_that_shows_while_writing_loses_nothing_new(path):
    with closing(Cache(path)) as cache:
        cache.put((key(number), Completion("x" * 5000)) for number in range(20))
    data = bytearray(path.read_bytes())
    data[4096 : 3 * 4096] = b"\xff" * 2 * 4096  # where the answers and their index begin
    path.write_bytes(data)
    with closing(Cache(path)) as cache:
        assert cache.moved_aside is None
        cache.put([(key(30), WHOLE)])
        assert cache.moved_aside is not None
    assert reopened(path) == {key(30): WHOLE}


def test_what_was_moved_aside_stays(path):
    for number in (1, 2, 3):
        path.parent.mkdir(exist_ok=True)
        broken_header(path)
        with closing(Cache(path)) as cache:
            assert cache.moved_aside.name == f"cache.sqlite.corrupt-{number}"


def test_an_empty_file_is_a_new_cache(path):
    path.parent.mkdir()
    path.touch()
    with closing(Cache(path)) as cache:
        assert cache.moved_aside is None
        assert cache.size().answers == 0


# What cannot be used


def test_a_newer_format_is_refused_and_left_alone(path):
    Cache(path).close()
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version=2")
    before = path.read_bytes()
    with pytest.raises(StorageError, match=r"format 2, known is 1\): upgrade promptci") as caught:
        Cache(path)
    assert str(caught.value).startswith(f"{path}: made by a newer promptci")
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@contextmanager
def as_somebody_else():
    """Root may write anywhere."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.parametrize("has_cache", [False, True])
def test_a_folder_that_cannot_be_written_is_a_sentence(path, has_cache):
    path.parent.mkdir()
    if has_cache:
        Cache(path).close()
    for folder in [path.parent, *path.parent.parents[:-2]]:
        folder.chmod(0o755)
    path.parent.chmod(0o555)
    wrong = "the completions cache cannot be used: .*Permission denied"
    with as_somebody_else(), pytest.raises(StorageError, match=wrong) as caught:
        Cache(path)
    assert caught.value.exit_code == 3


def test_a_folder_that_is_a_file_is_a_sentence(tmp_path):
    (tmp_path / ".promptci").touch()
    with pytest.raises(StorageError, match="cannot be used"):
        Cache(tmp_path / ".promptci" / "cache.sqlite")


def test_a_full_disk_is_a_sentence_and_harms_nothing(cache, path):
    cache.put([(key(1), WHOLE)])
    pages = cache._db.execute("PRAGMA page_count").fetchone()[0]
    cache._db.execute(f"PRAGMA max_page_count={pages}")  # SQLite then answers as on a full disk
    with pytest.raises(StorageError, match="full"):
        cache.put((key(number), Completion("x" * 5000)) for number in range(2, 50))
    assert reopened(path) == {key(1): WHOLE}


# Other processes

WRITER = """
import sys
from pathlib import Path
from promptci.cache import Cache
from promptci.completion import Completion
cache = Cache(Path(sys.argv[1]))
first, last, batch = map(int, sys.argv[2:])
print("ready", flush=True)
for start in range(first, last, batch):
    numbers = range(start, min(start + batch, last))
    cache.put([(f"{n:064x}", Completion(f"answer {n}")) for n in numbers])
    print(numbers[-1], flush=True)
cache.close()
"""


def writer(path, first, last, batch=1):
    arguments = map(str, (path, first, last, batch))
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_share_a_cache_from_its_first_moment(path):
    with writer(path, 0, 60) as one, writer(path, 40, 100) as other:
        assert one.wait(60) == other.wait(60) == 0
    found = reopened(path)
    assert {answer.text for answer in found.values()} == {f"answer {n}" for n in range(100)}


@pytest.mark.parametrize("moment", [0.001, 0.01, 0.03, 0.08])
def test_what_was_acknowledged_survives_kill(path, moment):
    """At any moment: between two writes, in the middle of one, while the file is made."""
    promised = set()
    for first in (0, 500):
        with writer(path, first, first + 500, batch=5) as child:
            assert child.stdout.readline() == "ready\n"
            time.sleep(moment)
            child.send_signal(signal.SIGKILL)
            done = [int(line) for line in child.stdout.read().split()]
        promised |= set(range(first, done[-1] + 1)) if done else set()
    with closing(Cache(path)) as cache:
        assert cache.moved_aside is None
        found = cache.get([key(number) for number in range(1000)])
        assert {f"answer {number}" for number in promised} <= {a.text for a in found.values()}
        assert len(found) % 5 == 0
        cache.put([(key(5000), WHOLE)])
    assert key(5000) not in reopened(path)

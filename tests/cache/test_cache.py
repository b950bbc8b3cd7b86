"""Answers that were paid for stay: across processes, crashes, full disks and damage."""

import errno
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext, suppress
from decimal import Decimal
from itertools import count
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from promptci.cache.cache import Cache
from promptci.cache.cacherow import row
from promptci.cache.upkeep import damaged, drop_older, need_to_write, open_cache, unwritable
from promptci.errors import StorageError
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage

WHOLE = Completion(
    text="naïve\r\n漢字 🙂\0 \u2028",
    outcome="truncated",
    finish_reason="length",
    usage=Usage(12, 34, thought_tokens=30),
    latency=0.12345678901234567,
    served_model="llama-3.2",
    system_fingerprint="fp_1",
    tool_calls='[{"id": "x"}]',
    sampling="provider-default",
    cost=Decimal("0.000012340"),
    thoughts="naïve?\0 🙂",
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


def test_a_latency_that_was_not_measured_comes_back_as_such(cache):
    cache.put([(key(1), replace(WHOLE, latency=float("nan")))])
    [found] = cache.get([key(1)]).values()
    assert isnan(found.latency)
    assert replace(found, latency=WHOLE.latency) == WHOLE


ANSWERS = st.builds(
    Completion,
    text=st.text(),
    outcome=st.sampled_from(["ok", "truncated", "refused", "filtered", "empty"]),
    usage=st.builds(Usage, st.integers(0, 2**40), st.integers(0, 2**40)),
    latency=st.floats(0, 1e6),
    served_model=st.text(),
    cost=st.none() | st.decimals(0, 10**6, allow_nan=False, allow_infinity=False),
)


@pytest.fixture(scope="module")
def keep_one_more(tmp_path_factory):
    """Keeps an answer under a key of its own; gives what comes back."""
    numbers = count()
    with closing(Cache(tmp_path_factory.mktemp("cache") / "cache.sqlite")) as cache:

        def keep(answer):
            at = key(next(numbers))
            cache.put([(at, answer)])
            [found] = cache.get([at]).values()
            return found

        yield keep


@given(answer=ANSWERS)
def test_any_answer_comes_back_as_it_was(keep_one_more, answer):
    found = keep_one_more(answer)
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
    assert list(cache.get([key(1), key(1), key(2)])) == [key(1), key(2)]


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
    assert drop_older(cache, 90) == 2
    assert list(cache.get(keys)) == keys[:3]
    assert cache.size().bytes < before
    assert drop_older(cache, 90) == drop_older(cache, 10**12) == 0


def test_pruning_spares_answers_from_a_clock_that_was_ahead(cache, path):
    cache.put([(key(0), WHOLE), (key(1), WHOLE)])
    age(path, {0: -DAY, 1: 60})
    assert drop_older(cache, 0) == 1
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


ANSWER = Completion("an answer " * 40, usage=Usage(3, 4), latency=0.5, cost=Decimal("0.01"))


def true_answer(number):
    return replace(ANSWER, text=f"{number} {ANSWER.text}")


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The bytes of a cache with forty answers."""
    path = tmp_path_factory.mktemp("sound") / "cache.sqlite"
    with closing(Cache(path)) as cache:
        cache.put(
            (key(number), replace(ANSWER, text=f"{number} {ANSWER.text}")) for number in range(40)
        )
    return path.read_bytes()


def read_or_ask(path):
    """Runs over a cache: what is there must be true, the rest is asked and kept.

    Damage may show only when something is written beside it: then the next run asks again.
    """
    keys = [key(number) for number in range(40)]
    for _ in range(4):
        with closing(Cache(path)) as cache:
            found = cache.get(keys)
            for number, each in enumerate(keys):
                assert found.get(each, true_answer(number)) == true_answer(number)
            if len(found) == 40:
                return
            cache.put((k, true_answer(n)) for n, k in enumerate(keys) if k not in found)
    pytest.fail("the cache did not mend")


@pytest.mark.parametrize("seed", range(60))
def test_bytes_flipped_anywhere_never_make_another_answer(path, sound, seed):
    """A changed answer is asked again, and so are all where the file itself is damaged."""
    chance = random.Random(seed)
    raw = bytearray(sound)
    for _ in range(chance.choice((1, 1, 1, 4, 40))):
        at = chance.randrange(100 if seed % 6 == 0 else len(raw))
        raw[at] ^= 1 << chance.randrange(8)
    path.parent.mkdir()
    path.write_bytes(raw)
    is_newer = raw[:16] == sound[:16] and sound[60:64] < raw[60:64] < b"\x80"
    with pytest.raises(StorageError, match="newer") if is_newer else nullcontext():
        read_or_ask(path)


@pytest.mark.parametrize("seed", range(25))
def test_a_cache_cut_or_overwritten_anywhere_is_read_or_begun_again(path, sound, seed):
    chance = random.Random(seed)
    at = chance.randrange(len(sound))
    rest = b"" if seed % 2 else chance.randbytes(len(sound) - at)
    path.parent.mkdir()
    path.write_bytes(sound[:at] + rest)
    with suppress(StorageError):
        read_or_ask(path)
        return
    assert sound[60:64] != (sound[:at] + rest)[60:64]  # its format could not be known


@pytest.mark.parametrize("column", ["text", "outcome", "sampling", "cost", "served_model"])
@pytest.mark.parametrize("value", [b"\xff\xfe", "x", 7, 1.5])
def test_a_changed_column_is_no_answer(cache, path, column, value):
    cache.put([(key(1), WHOLE), (key(2), WHOLE)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE completion SET {column} = ? WHERE rowid = 1", [value])
    assert cache.get([key(1), key(2)]) == {key(2): WHOLE}
    cache.put([(key(1), WHOLE)])
    assert cache.get([key(1)]) == {key(1): WHOLE}
    assert cache.moved_aside is None


def test_answers_of_an_earlier_version_have_no_checksum_and_are_taken(path):
    """Its caches get the column; what it writes beside us later has none."""
    with closing(Cache(path)) as cache:
        cache.put([(key(1), WHOLE), (key(2), WHOLE)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("ALTER TABLE completion DROP COLUMN seal")
        db.execute("ALTER TABLE completion DROP COLUMN thoughts")
        db.execute("ALTER TABLE completion DROP COLUMN thought_tokens")
        db.execute("UPDATE completion SET cost = 'much' WHERE rowid = 2")
    old = replace(WHOLE, thoughts="", usage=Usage(12, 34))
    assert reopened(path) == {key(1): old}
    with closing(Cache(path)) as cache:
        cache.put([(key(3), WHOLE)])
    assert reopened(path) == {key(1): old, key(3): WHOLE}


@pytest.mark.parametrize("field", ["text", "tool_calls", "served_model", "system_fingerprint"])
def test_an_answer_that_an_earlier_version_altered_is_asked_again(path, field):
    """It took secrets out of answers; a model that says `[redacted]` itself is believed today."""
    altered = replace(WHOLE, **{field: "the key is [redacted]."})
    with closing(Cache(path)) as cache:
        cache.put([(key(1), altered), (key(2), WHOLE), (key(3), altered)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE completion SET is_verbatim = NULL WHERE rowid < 3")
    assert reopened(path) == {key(2): WHOLE, key(3): altered}
    with closing(Cache(path)) as cache:
        cache.put([(key(1), altered)])
    assert reopened(path) == {key(1): altered, key(2): WHOLE, key(3): altered}


def test_a_cache_of_an_earlier_version_gets_what_says_that_answers_are_as_they_came(path):
    with closing(Cache(path)) as cache:
        cache.put([(key(1), WHOLE), (key(2), replace(WHOLE, text="[redacted]"))])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("ALTER TABLE completion DROP COLUMN is_verbatim")
    assert reopened(path) == {key(1): WHOLE}


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


@pytest.mark.parametrize("mode", ["TRUNCATE", "WAL"])
def test_answers_that_may_not_be_changed_can_be_read(path, mode):
    with closing(Cache(path)) as cache:
        cache.put([(key(1), WHOLE)])
        cache.put([(key(2), WHOLE)])
        assert unwritable(path) is None
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"PRAGMA journal_mode={mode}")
        db.execute("UPDATE completion SET text = 'forged' WHERE key = ?", [bytes.fromhex(key(2))])
    path.chmod(0o444)
    before = sorted(path.parent.iterdir())
    for folder in [path.parent, *path.parent.parents[:-2]]:
        folder.chmod(0o755)
    path.parent.chmod(0o555)
    with as_somebody_else(), closing(unwritable(path)) as cache:
        assert damaged(cache) == (1, 1)
        assert cache.get([key(1), key(2)]) == {key(1): WHOLE}
        with pytest.raises(StorageError, match=r"make .* writable"):
            cache.clear()
    path.write_bytes(b"something else")
    with as_somebody_else(), pytest.raises(StorageError, match=r"not a database: make .* writable"):
        unwritable(path)
    path.parent.chmod(0o755)
    assert sorted(path.parent.iterdir()) == before


def test_where_no_cache_can_be_made_one_without_answers_is_read(path):
    for folder in path.parent.parents[:-2]:
        folder.chmod(0o755)
    path.parent.parent.chmod(0o555)
    with as_somebody_else(), closing(open_cache(path)) as cache:
        assert cache.get([key(1)]) == {}
        assert cache.size().answers == 0
        cure = f"no answer can be kept: Permission denied: make {path.parent.parent} writable, or"
        with pytest.raises(StorageError, match=re.escape(cure)):
            need_to_write(cache)
    path.parent.parent.chmod(0o755)
    assert not path.parent.exists()
    with closing(open_cache(path)) as cache:
        need_to_write(cache)


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


@pytest.mark.parametrize("wants_to_end", [False, True])
def test_a_file_that_stays_locked_is_a_sentence(cache, path, monkeypatch, wants_to_end):
    """By a process that hangs, or for ever, on a file system without locks."""
    cache.put([(key(1), WHOLE)])
    monkeypatch.setattr("promptci.cache.cache.HURRY", 0.3)
    if wants_to_end:
        threading.Timer(0.3, cache.hurry).start()
    else:
        cache._patience = 0.3
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="another process keeps it locked, or its file sys"):
            cache.put([(key(2), WHOLE)])
    cache.put([(key(2), WHOLE)])
    assert len(reopened(path)) == 2


# Other processes


def test_what_one_claims_another_may_not_ask(cache, path):
    keys = [key(1), key(2)]
    cache.put([(key(1), WHOLE)])
    assert cache.get_or_claim(keys) == ({key(1): WHOLE}, {key(2)})
    assert cache.get_or_claim(keys) == ({key(1): WHOLE}, {key(2)})
    with closing(Cache(path)) as other:
        assert other.get_or_claim([*keys, key(3)]) == ({key(1): WHOLE}, {key(3)})
        cache.put([(key(2), WHOLE)])
        assert other.get_or_claim([key(2)]) == ({key(2): WHOLE}, set())
        assert cache.get_or_claim([key(3)]) == ({}, set())
        other.release([key(3)])
        assert cache.get_or_claim([key(3)]) == ({}, {key(3)})
        assert other.get_or_claim([key(3)]) == ({}, set())
        cache.close()
        assert other.get_or_claim([key(3)]) == ({}, {key(3)})


def test_an_answer_kept_between_look_and_claim_is_found(cache, path):
    with closing(Cache(path)) as other:
        assert other.get_or_claim([key(1)]) == ({}, {key(1)})
        look = cache.get

        def late(keys):
            found = look(keys)
            other.put([(key(1), WHOLE)])
            return found

        cache.get = late
        assert cache.get_or_claim([key(1)]) == ({key(1): WHOLE}, set())
        del cache.get
    with closing(Cache(path)) as third:
        assert third.get_or_claim([key(2)]) == ({}, {key(2)})


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO])
def test_without_locks_everybody_asks(cache, path, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, "no locks here")

    monkeypatch.setattr("promptci.cache.requestlocks._set_lock", refuse)
    with closing(Cache(path)) as other:
        for each in (cache, other):
            assert each.get_or_claim([key(1)]) == ({}, {key(1)})
        for each in (cache, other):
            each.put([(key(1), WHOLE)])


def test_a_link_in_place_of_the_claims_is_not_followed(cache, path, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path.with_name("cache.claimed").symlink_to(elsewhere)
    assert cache.get_or_claim([key(1)]) == ({}, {key(1)})
    assert not [*elsewhere.iterdir()]
    assert "cache.claimed" in cache.remarks[0]


def test_claims_that_may_not_be_made_are_not_another_s(cache, path, monkeypatch):
    """The error of a lock that is taken may be that of a folder that is closed."""

    def closed(*_):
        raise PermissionError(errno.EACCES, "no")

    monkeypatch.setattr("promptci.cache.requestlocks.RequestLocks._open", closed)
    assert cache.get_or_claim([key(1)]) == ({}, {key(1)})


def test_a_link_among_the_claims_is_not_followed(cache, path, tmp_path):
    claims = path.with_name("cache.claimed")
    claims.mkdir()
    (claims / key(1)[0]).symlink_to(tmp_path / "elsewhere")
    assert cache.get_or_claim([key(1)]) == ({}, {key(1)})
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_claimed_before_a_look_is_not_asked_by_another(cache, path):
    keys = [key(1), key(2)]
    with closing(Cache(path)) as other:
        assert other.claim([key(2)]) == {key(2)}
        assert cache.claim(keys) == {key(1)}
        assert other.get_or_claim(keys) == ({}, {key(2)})
        cache.keep([row(key(1), WHOLE)], replaces=False)
        assert other.get_or_claim([key(1)]) == ({key(1): WHOLE}, set())
        assert other.claim([key(1)]) == set()
        cache.answered([key(1)])
        assert other.claim([key(1)]) == {key(1)}


def test_two_threads_claim_by_one_file(cache):
    keys = [key(number) for number in range(1000)]
    with ThreadPoolExecutor(8) as threads:
        mine = [*threads.map(cache.claim, [keys[start::8] for start in range(8)])]
    assert set().union(*mine) == {*keys}


def test_many_rows_are_written_by_few_statements(cache):
    rows = [(key(number), WHOLE) for number in range(200)]
    assert cache.put(rows) == 200
    assert cache.put([*rows, (key(200), WHOLE)]) == 1
    cache.replace([(each, ANSWER) for each, _ in rows[:70]])
    found = cache.get([each for each, _ in rows])
    assert [found[each] for each, _ in rows] == [ANSWER] * 70 + [WHOLE] * 130


WRITER = """
import sys
from pathlib import Path
from promptci.cache.cache import Cache
from promptci.specs.completion import Completion
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
        assert one.wait(300) == other.wait(300) == 0
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


@pytest.mark.parametrize("count", [1, 9, 10, 11, 99, 100, 101, 250])
def test_as_many_keys_as_are_asked_for_are_found(cache, count):
    rows = [(key(number), WHOLE) for number in range(count)]
    cache.put(rows)
    assert cache.get([each for each, _ in rows]) == dict(rows)
    assert cache.get([key(number) for number in range(1000, 1000 + count)]) == {}


def test_of_one_key_in_one_transaction_the_first_stays_and_the_last_replaces(cache):
    answers = [replace(WHOLE, text=f"answer {number}") for number in range(40)]
    cache.put([(key(number % 4), each) for number, each in enumerate(answers)])
    assert [cache.get([key(n)])[key(n)].text for n in range(4)] == [f"answer {n}" for n in range(4)]
    cache.replace([(key(number % 4), each) for number, each in enumerate(answers)])
    found = [cache.get([key(n)])[key(n)].text for n in range(4)]
    assert found == [f"answer {n}" for n in range(36, 40)]

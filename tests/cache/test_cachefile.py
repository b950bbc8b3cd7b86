"""Which journal keeps the cache, and when the whole file is looked at."""

import errno
import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from promptci.cache import cachefile
from promptci.cache.cacheerrors import cure, means_damage
from promptci.cache.cachefile import files, journal_mode, move_aside, open_database
from tables import every_row


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cache.sqlite"


def sqlite_error(code):
    error = sqlite3.OperationalError("refused")
    error.sqlite_errorcode = code
    return error


@every_row(
    ("version", "mode"),
    [
        ((3, 34, 0), "TRUNCATE"),
        ((3, 40, 1), "TRUNCATE"),
        ((3, 44, 5), "TRUNCATE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 9), "TRUNCATE"),
        ((3, 50, 6), "TRUNCATE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "TRUNCATE"),
        ((3, 51, 3), "WAL"),
        ((3, 52, 0), "TRUNCATE"),
        ((3, 53, 0), "WAL"),
        ((4, 0, 0), "WAL"),
    ],
)
def test_wal_is_used_only_where_it_is_repaired(version, mode):
    assert journal_mode(version) == mode


@pytest.mark.parametrize("mode", ["WAL", "TRUNCATE"])
def test_a_database_works_in_either_journal(path, monkeypatch, mode):
    monkeypatch.setattr(cachefile, "journal_mode", lambda version: mode)
    db, aside = open_database(path)
    with closing(db):
        assert aside is None
        assert db.execute("PRAGMA journal_mode").fetchone() == (mode.lower(),)
        assert db.execute("PRAGMA synchronous").fetchone() == (2,)
        with db:
            db.execute("INSERT INTO unclean VALUES (1)")
        assert path in files(path)
        assert {file.stat().st_mode & 0o777 for file in files(path)} == {0o600}


def test_where_wal_is_refused_only_at_the_first_write_the_other_journal_is_used(path, monkeypatch):
    """As network file systems do: they take the setting and then have no shared memory."""

    class Refusing(sqlite3.Connection):
        def executescript(self, script):
            if script.startswith("BEGIN IMMEDIATE; COMMIT"):
                raise sqlite3.OperationalError("disk I/O error")
            return super().executescript(script)

    connect = sqlite3.connect
    monkeypatch.setattr(cachefile, "journal_mode", lambda version: "WAL")
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, **k, factory=Refusing))
    db, aside = open_database(path)
    with closing(db):
        assert aside is None
        assert db.execute("PRAGMA journal_mode").fetchone() == ("truncate",)


@pytest.mark.slow
def test_ctrl_c_is_heard_while_the_whole_file_is_looked_at(path):
    """The check of a large file takes long, all of it inside SQLite."""
    db, _ = open_database(path)
    rows = ((number.to_bytes(32), "x" * 20) for number in range(100_000))
    columns = "key, text, outcome, finish_reason, input_tokens, output_tokens, latency"
    rest = "served_model, system_fingerprint, tool_calls, sampling"
    with db:
        db.executemany(
            f"INSERT INTO completion ({columns}, {rest})"
            " VALUES (?, ?, 'ok', '', 0, 0, 0, '', '', '', 'greedy')",
            rows,
        )
    db.close()
    mark(path, dead_pid())
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)

    def open_and_be_interrupted():
        signal.setitimer(signal.ITIMER_REAL, 0.005)
        open_database(path)

    try:
        with pytest.raises(KeyboardInterrupt):
            open_and_be_interrupted()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert looks(path)


def test_a_cache_written_with_wal_is_read_without(path, monkeypatch):
    monkeypatch.setattr(cachefile, "journal_mode", lambda version: "WAL")
    db, _ = open_database(path)
    with db:
        db.execute("INSERT INTO unclean VALUES (?)", [os.getppid()])
    db.close()
    monkeypatch.setattr(cachefile, "journal_mode", lambda version: "TRUNCATE")
    db, aside = open_database(path)
    with closing(db):
        assert aside is None
        assert db.execute("PRAGMA journal_mode").fetchone() == ("truncate",)
        assert db.execute("SELECT count(*) FROM unclean").fetchone() == (1,)


def looks(path):
    """Whether opening looks at the whole file."""
    seen = []
    connect = sqlite3.connect

    def traced(*arguments, **options):
        db = connect(*arguments, **options)
        db.set_trace_callback(seen.append)
        return db

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", traced)
        db, _ = open_database(path)
    db.close()
    return any("quick_check" in statement for statement in seen)


def mark(path, pid):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("INSERT OR IGNORE INTO unclean VALUES (?)", [pid])


def dead_pid():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_the_whole_file_is_looked_at_once_after_a_crash(path):
    assert not looks(path)
    mark(path, dead_pid())
    assert looks(path)
    assert not looks(path)


def test_a_number_that_is_now_ours_was_somebody_elses(path):
    """In containers every run may have the same process id."""
    assert not looks(path)
    mark(path, os.getpid())
    assert looks(path)
    assert not looks(path)


def test_who_is_still_writing_has_not_crashed(path):
    assert not looks(path)
    mark(path, os.getppid())
    assert not looks(path)


def test_damage_in_an_index_is_found_after_a_crash(path):
    db, _ = open_database(path)
    with db:
        db.executemany(
            "INSERT INTO completion"
            " VALUES (?, ?, 'ok', '', 0, 0, 0, '', '', '', 'greedy', NULL, '',"
            " NULL, 1, NULL, NULL)",
            [(bytes([n] * 32), "x" * 1000) for n in range(200)],
        )
    db.close()
    mark(path, dead_pid())
    data = bytearray(path.read_bytes())
    data[-6 * 4096 : -4096] = bytes(5 * 4096)
    path.write_bytes(data)
    db, aside = open_database(path)
    with closing(db):
        assert aside.read_bytes() == data
        assert db.execute("SELECT count(*) FROM completion").fetchone() == (0,)


def test_a_database_is_moved_with_all_that_belongs_to_it(path):
    for ending in ("", "-journal", "-wal", "-shm"):
        path.with_name(f"cache.sqlite{ending}").write_text(ending)
    path.with_name("cache.sqlite.corrupt-1").touch()
    assert move_aside(path) == path.with_name("cache.sqlite.corrupt-2")
    assert files(path) == []
    moved = sorted(file.name for file in path.parent.iterdir())
    assert moved == [
        "cache.sqlite.corrupt-1",
        "cache.sqlite.corrupt-2",
        "cache.sqlite.corrupt-2-journal",
        "cache.sqlite.corrupt-2-shm",
        "cache.sqlite.corrupt-2-wal",
    ]


@every_row("error", [sqlite3.OperationalError("locked"), sqlite3.IntegrityError("x")])
def test_a_lock_is_no_damage(error):
    assert not means_damage(error)


@every_row(
    "error, said",
    [
        (OSError(errno.EROFS, "Read-only file system"), "make /usr writable, or work in a copy"),
        (OSError(errno.ENOSPC, "No space left on device"), "free some room on the disk of /usr"),
        (sqlite_error(sqlite3.SQLITE_READONLY_DBMOVED), "make /usr writable"),
        (sqlite_error(sqlite3.SQLITE_FULL), "free some room"),
        (sqlite_error(sqlite3.SQLITE_BUSY), ""),
        (OSError("no number"), ""),
    ],
)
def test_what_can_be_cured_has_a_cure(error, said):
    assert cure(error, Path("/usr/not-there/cache.sqlite")).startswith(said)


def test_a_lock_held_by_another_is_not_taken_for_damage(path):
    open_database(path)[0].close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(path, timeout=0)) as db:
            with pytest.raises(sqlite3.OperationalError) as caught:
                db.execute("SELECT * FROM unclean")
            assert not means_damage(caught.value)

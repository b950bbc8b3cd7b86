"""A wanted and a given query on a copy of a fixture in memory, where neither can do harm.

The job holds `fixture` (the path of a database or script), `wanted` (a list of queries), `given`
and the options of the comparison. Standard output gets a line per step, so that a death says where
it happened, and at last a JSON object: `same` and `why`, or `fault` and `why`.
"""

import json
import os
import sqlite3
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from promptci.sandbox.child.limits import MB, limit, read_job
from promptci.sandbox.child.tables import Table, TableRow, difference

MEMORY = 512 * MB
"""Of this process; SQLite itself is held to three quarters of it."""

MOST_DATA = 20 * MB
"""Characters and bytes in the cells of one result."""

_HEADER = b"SQLite format 3\0"
_QUERY_ACTIONS = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
_NOT_IN_FIXTURES = {
    sqlite3.SQLITE_ATTACH,
    sqlite3.SQLITE_DETACH,
    sqlite3.SQLITE_CREATE_VTABLE,
    sqlite3.SQLITE_DROP_VTABLE,
}
_FORBIDDEN = {"load_extension", "fts3_tokenizer", "zeroblob", "random", "randomblob"}
"""Functions that reach out, take memory by the number, or say something else every time."""

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 10 * MB,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 1 * MB,
    sqlite3.SQLITE_LIMIT_COLUMN: 500,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 100,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 100_000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_NONE: Mapping[str, str] = {}
_OPS = 2_000
"""Steps of SQLite's machine between two looks at the clock."""

QUERY_ERRORS = (
    sqlite3.Error,
    sqlite3.Warning,
    ValueError,
    OverflowError,
    MemoryError,
    RecursionError,
)


class Refused(Exception):
    """A query that is not run to its end; the message says why."""


class Database:
    """The fixture in memory, with a clock that stops what takes too long."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.db = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
        self.db.text_factory = lambda data: data.decode("utf-8", "replace")
        self.denied = ""
        self._end = 0.0

    def load(self, data: bytes) -> None:
        """Fill it from the bytes of a database, or from a script."""
        if data.startswith(_HEADER):
            # Marked as using a write-ahead log it could not be opened in memory.
            self.db.deserialize(data[:18] + b"\1\1" + data[20:])
        for pragma in ("temp_store = memory", "trusted_schema = off", "cell_size_check = on"):
            self.db.execute(f"PRAGMA {pragma}")
        self.db.execute(f"PRAGMA hard_heap_limit = {MEMORY * 3 // 4}")
        self.db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self._start()
        self.db.set_progress_handler(self._is_late, _OPS)
        if data.startswith(_HEADER):
            self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        else:
            self.db.set_authorizer(self._in_fixture)
            self.db.executescript(data.decode("utf-8-sig"))
        with suppress(sqlite3.Error):  # their tables are made when first used, as if by a write
            self.db.execute("SELECT 1 FROM json_each('1'), json_tree('1')").fetchone()
        for name, most in _LIMITS.items():
            self.db.setlimit(name, most)
        self.db.set_authorizer(self._in_query)

    def table(self, query: str, *, most: int, values: Mapping[str, str] = _NONE) -> Table:
        """What a query gives, with values for its parameters `:name`.

        Raises `Refused` or one of `QUERY_ERRORS`.
        """
        self.denied = ""
        self._start()
        cursor = self.db.execute(query, values)
        if cursor.description is None:
            raise Refused("there is no query" if not query.strip() else "this is no query")
        rows: list[TableRow] = []
        size = 0
        for row in cursor:
            rows.append(row)
            size += sum(len(cell) for cell in row if isinstance(cell, str | bytes))
            if len(rows) > most:
                raise Refused(f"it gives more than {most} rows")
            if size > MOST_DATA:
                raise Refused(f"it gives more than {MOST_DATA // MB} MB")
        return Table(tuple(column[0] for column in cursor.description), rows)

    def why(self, error: BaseException) -> str:
        """What an error means for whoever wrote the query."""
        if isinstance(error, MemoryError):
            return "it needs too much memory"
        if isinstance(error, UnicodeEncodeError):
            return "it holds half a character"
        if "interrupted" in str(error):
            return f"it ran longer than {self.seconds:g} seconds"
        if "one statement at a time" in str(error):
            return "it holds several statements"
        if self.denied:
            return f"it may only read tables, and this is {self.denied}"
        return str(error) or type(error).__name__

    def _start(self) -> None:
        self._end = time.thread_time() + self.seconds

    def _is_late(self) -> bool:
        return time.thread_time() > self._end

    def _in_query(self, action: int, one: str | None, two: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_FUNCTION and (two or "").lower() in _FORBIDDEN:
            self.denied = f"the function {two}"
        elif action not in _QUERY_ACTIONS:
            self.denied = _ACTIONS.get(action, "something else")
        else:
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    def _in_fixture(self, action: int, one: str | None, two: str | None, *_: str | None) -> int:
        if action == sqlite3.SQLITE_FUNCTION and (two or "").lower() in _FORBIDDEN:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_PRAGMA:  # a dump begins with one
            return sqlite3.SQLITE_IGNORE
        return sqlite3.SQLITE_DENY if action in _NOT_IN_FIXTURES else sqlite3.SQLITE_OK


_ACTIONS = {
    getattr(sqlite3, f"SQLITE_{name}"): name.replace("_", " ")
    for name in (
        *("ATTACH", "DETACH", "PRAGMA", "INSERT", "UPDATE", "DELETE", "TRANSACTION", "SAVEPOINT"),
        *("CREATE_TABLE", "CREATE_INDEX", "CREATE_VIEW", "CREATE_TRIGGER", "CREATE_VTABLE"),
        *("CREATE_TEMP_TABLE", "CREATE_TEMP_INDEX", "CREATE_TEMP_VIEW", "CREATE_TEMP_TRIGGER"),
        *("DROP_TABLE", "DROP_INDEX", "DROP_VIEW", "DROP_TRIGGER", "DROP_VTABLE", "ALTER_TABLE"),
        *("ANALYZE", "REINDEX"),
    )
}


def judge_query(job: dict[str, Any]) -> dict[str, Any]:
    """Load, ask twice or more, compare."""
    database = Database(job["seconds"])
    say("fixture")
    try:
        database.load(Path(job["fixture"]).read_bytes())
    except QUERY_ERRORS as error:
        return {"fault": "fixture", "why": database.why(error)}
    say("wanted")
    wanted = []
    for query in job["wanted"]:
        try:
            wanted.append(database.table(query, most=job["max_rows"]))
        except (*QUERY_ERRORS, Refused) as error:
            return {"fault": "wanted", "why": database.why(error)}
    say("given")
    try:
        given = database.table(job["given"], most=job["max_rows"])
    except (*QUERY_ERRORS, Refused) as error:
        return {"same": False, "why": database.why(error)}
    say("compared")
    return _compare(wanted, given, job)


def _compare(wanted: list[Table], given: Table, job: dict[str, Any]) -> dict[str, Any]:
    """Whether the result is one of those wanted; the first says why not."""
    found = [
        difference(
            table, given, tolerance=job["tolerance"], ordered=ordered, by_name=job["by_name"]
        )
        for table, ordered in zip(wanted, job["ordered"], strict=True)
    ]
    return {"same": "" in found, "why": "" if "" in found else found[0]}


def say(what: object) -> None:
    """Write a line of JSON to standard output, whole."""
    data = json.dumps(what).encode("ascii") + b"\n"
    while data:
        data = data[os.write(1, data) :]


def main() -> None:
    """Read the job, set limits, judge."""
    job = read_job()
    queries = len(job["wanted"]) + 2
    limit(seconds=queries * job["seconds"], memory=MEMORY, file_size=0)
    say(judge_query(job))

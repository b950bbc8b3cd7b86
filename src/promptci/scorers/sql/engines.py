"""SQL as the databases themselves read it: SQLite's own parser and PostgreSQL's, nothing is run."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from importlib.util import find_spec
from typing import TypeAlias

from promptci.parsing.source import excerpt
from promptci.scorers.base.verdict import Unjudged

RefuseSQL: TypeAlias = Callable[[str], str]
"""Why a database refuses a text; empty if it takes it. Raises `Unjudged` for one too intricate."""

MOST_STATEMENTS = 200
MOST_EXPANDED = 20_000
"""Subqueries that named ones may be expanded to: each may use the one before it several times."""

MOST_REPAIRS = 40
"""Tables and databases made up for one statement, so that its grammar alone is judged."""

_LIMITS = {
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 500,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 200,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 200_000,
}
_COMMENT = re.compile(r"--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_IDENTIFIER = r"(?:(?<!\w)\w++|\"[^\"]*\"|`[^`]*`|\[[^\]]*\])"
_NAMED = re.compile(
    rf"({_IDENTIFIER})\s*(?:\([^()]*\)\s*)?\bAS\s*(?:(?:NOT\s+)?MATERIALIZED\s*)?\(",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(r"\s*explain\b", re.IGNORECASE)
_NO_TABLE = re.compile(r"no such table: (?:(.+?)\.)?([^.]+)")
_NO_COLUMN = re.compile(r"table (?:(.+)\.)?(.+?) has no column named (.+)")
_NO_DATABASE = re.compile(r"unknown database:? \"?([^\"]+)")
_BEYOND_GRAMMAR = re.compile(
    r"no such (?:column|function|index|view|trigger|collation sequence|module|savepoint|window)"
    r"|has no column named|already exists|has \d+ columns but \d+ values"
    r"|cannot (?:modify|start|commit|rollback)|may not be (?:dropped|altered|indexed|modified)"
    r"|no transaction is active|ambiguous column name|not authorized|does not match any PRIMARY KEY"
    r"|unable to identify the object"
)
"""What SQLite says of a statement whose grammar it has read to the end."""

_OF_COLUMNS = re.compile(
    r"same number of result columns|term out of range|sub-select returns|column not present in both"
)
"""The same where it depends on columns, which made-up tables do not have."""

_OF_COUNT = re.compile(r"(?<!\d)\d+ values for \d+ columns")
"""The same where a `*` selects those columns: without one, what is given can be counted."""


def refused_by_sqlite(text: str) -> str:
    """Have SQLite compile every statement, against tables that are made up where they are named."""
    _refuse_expansion(text)
    found = [each for each in _statements(text) if _COMMENT.sub(" ", each).strip("; \t\r\n")]
    if len(found) > MOST_STATEMENTS:
        raise Unjudged(f"more than {MOST_STATEMENTS} SQL statements")
    return next(filter(None, map(_compile, found)), "")


def _statements(text: str) -> Iterator[str]:
    """The statements of a script, as the shell of SQLite tells them apart."""
    begin = end = looked = 0
    while (end := text.find(";", end) + 1) and looked <= 10 * MOST_STATEMENTS:
        looked += 1
        if sqlite3.complete_statement(text[begin:end].replace("\0", " ")):
            yield text[begin:end]
            begin = end
    if _COMMENT.sub(" ", text[begin:]).strip():
        yield text[begin:]


def _compile(statement: str) -> str:
    with closing(sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)) as db:
        for name, most in _LIMITS.items():
            db.setlimit(name, most)
        said = _try(db, statement)
        repairs = 0
        while said and repairs < MOST_REPAIRS and _repair(db, said):
            repairs += 1
            said = _try(db, statement)
        if _BEYOND_GRAMMAR.search(said) or (repairs and _OF_COLUMNS.search(said)):
            return ""
        return "" if repairs and "*" in statement and _OF_COUNT.search(said) else said


def _try(db: sqlite3.Connection, statement: str) -> str:
    """Compile a statement; `EXPLAIN` keeps it from being run, and nothing else gets by."""
    is_explained = _EXPLAIN.match(_COMMENT.sub(" ", statement))
    try:
        db.set_authorizer(_refuse_effects)
        db.execute(statement if is_explained else f"EXPLAIN {statement}").close()
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return " ".join(str(error).split()) or type(error).__name__
    finally:
        db.set_authorizer(None)
    return ""


_EFFECTS = {sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_PRAGMA}


def _refuse_effects(action: int, *_: str | None) -> int:
    """What SQLite does while it compiles, even under `EXPLAIN`."""
    return sqlite3.SQLITE_DENY if action in _EFFECTS else sqlite3.SQLITE_OK


def _repair(db: sqlite3.Connection, said: str) -> bool:
    """Make up the table, column or database that is missing, so that the rest is read, too."""
    column = _NO_COLUMN.search(said)
    if column is not None:
        return _add_column(db, *column.groups())
    table, database = _NO_TABLE.search(said), _NO_DATABASE.search(said)
    schema = table[1] if table else database[1] if database else None
    with suppress(sqlite3.Error):
        if schema and schema.lower() not in {row[1] for row in db.execute("PRAGMA database_list")}:
            db.execute(f"ATTACH ':memory:' AS {_quoted(schema)}")
        if table:
            place = f"{_quoted(schema)}." if schema else ""
            db.execute(f"CREATE TABLE {place}{_quoted(table[2])} (promptci_column)")
        return bool(table or database)
    return False


def _add_column(db: sqlite3.Connection, schema: str | None, table: str, column: str) -> bool:
    place = f"{_quoted(schema)}." if schema else ""
    with suppress(sqlite3.Error):
        db.execute(f"ALTER TABLE {place}{_quoted(table)} ADD COLUMN {_quoted(column)}")
        return True
    return False


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _refuse_expansion(text: str) -> None:
    """Bound the subqueries that SQLite makes of named ones before it compiles them."""
    plain = _COMMENT.sub(" ", text).lower()
    bound = 1
    for name in {match[1].strip('"`[]') for match in _NAMED.finditer(plain)}:
        uses = len(re.findall(rf"(?<![\w.]){re.escape(name)}(?![\w.])", plain)) - 1
        bound *= max(1, uses)
        if bound > MOST_EXPANDED:
            raise Unjudged("the SQL is too intricate to be parsed")


def refused_by_postgres(text: str) -> str:
    """Have PostgreSQL's own grammar read it."""
    import pgparse  # a third of its megabytes are read at once: only for evals that use it

    try:
        pgparse.parse(text)
    except pgparse.PGQueryError as error:
        return excerpt(str(error.args[0] if error.args else error), 100)
    except (ValueError, UnicodeError) as error:
        return excerpt(str(error), 100)
    return ""


def _has_postgres() -> bool:
    return find_spec("pgparse") is not None


def engine_for(dialect: str | None) -> RefuseSQL | None:
    """The parser of a dialect's own database; None where it cannot be had."""
    if dialect == "postgres" and not _has_postgres():
        return None
    return ENGINES.get(dialect or "")


ENGINES: Mapping[str, RefuseSQL] = {"sqlite": refused_by_sqlite, "postgres": refused_by_postgres}

"""SQL in answers: parsed by dialect within limits, never run."""

import logging
import re
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from promptci.parsing.source import excerpt
from promptci.scorers.base.fences import fence_hint
from promptci.scorers.base.verdict import Unjudged
from promptci.scorers.sql.effects import changes, columns, tables
from promptci.scorers.sql.engines import RefuseSQL, engine_for
from promptci.scorers.sql.leniency import is_bare_star, lenient_tokens, lenient_tree
from promptci.scorers.sql.mysql import is_other_statement
from promptci.scorers.sql.statement import MAX_CHARS, NotSQL, Parse, Statement, StatementKind

MAX_NESTING = 60
"""Brackets inside each other: parsers of SQL recurse, and some of them go back and try again."""

_STEPS, _STEPS_PER_TOKEN = 3000, 20
"""Steps that a parser may take; one or two for each token is what it takes where all is well."""

_REPLACE = re.compile(r"\s*replace\s+into\b", re.IGNORECASE)
_SAME_DIALECTS = {"postgresql": "postgres", "sqlite3": "sqlite", "mariadb": "mysql"}
_SAME_DIALECTS |= dict.fromkeys(("sqlserver", "mssql", "transactsql"), "tsql")

_EXPLAIN = re.compile(
    r"(\A|;)(?:\s|--[^\n]*\n|/\*.*?\*/)*explain\s+"
    r"(?:query\s+plan\s+|\([^)]*\)\s*|(?:analyze|verbose|extended|format\s*=?\s*\w+)\s+)*"
    r"(?=(?:select|with|insert|update|delete|merge|replace|values|create)\b|\()",
    re.IGNORECASE | re.DOTALL,
)
_MODES = frozenset(
    {"READ", "ONLY", "WRITE", "ISOLATION", "LEVEL", "SERIALIZABLE", "REPEATABLE", "COMMITTED"}
    | {"UNCOMMITTED", "NOT", "DEFERRABLE", "IMMEDIATE", "EXCLUSIVE", "DEFERRED", "WITH", "TRUE"}
    | {"CONSISTENT", "SNAPSHOT", "FALSE"}
)
"""Words that say how a transaction is begun or ended."""

_START = re.compile(r"(\A|;)\s*start\s+transaction\b", re.IGNORECASE)
_UNMISTAKABLE = re.compile(
    r"[(=*'\"<>]|;\s*\Z|\A\s*(?:[A-Z]{2,}|vacuum|reindex|copy|savepoint|pragma)\b"
)
"""What tells a lesser-known statement from prose: `analyze t;`, but not `analyze this`."""

_BRACKETS = re.compile(r"[(\[{)\]}]|\bcase\b|\bend\b", re.IGNORECASE)


_NOTHING: frozenset[Any] = frozenset()
_FRAME = Statement(_NOTHING, _NOTHING, _NOTHING)
_OPAQUE = Statement(_NOTHING, _NOTHING, _NOTHING, is_opaque=True)


def make_parser(dialect: str | None) -> Parse:
    """What parses a dialect's SQL. Raises `ValueError` for a dialect that is not known."""
    # It would print a line for a statement that it knows no more of than its first word.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    known = _SAME_DIALECTS.get((dialect or "").lower(), dialect)
    sqlglot.Dialect.get_or_raise(known)
    engine = engine_for(known)
    return lambda text: _parse(text, known, engine)


def _parse(text: str, dialect: str | None, engine: RefuseSQL | None) -> list[Statement]:
    """The statements of a text. Raises `NotSQL`, and `Unjudged` for one that is too much."""
    _refuse_much(text)
    if dialect == "mysql" and is_other_statement(text):
        return [_OPAQUE]
    why = engine(text) if engine else ""
    if why:
        raise NotSQL(f"not SQL: {why}{fence_hint(text)}")
    try:
        trees = _read(text, dialect, is_strict=engine is None)
    except NotSQL:
        if engine is None or not _UNMISTAKABLE.search(text):
            raise
        return [_OPAQUE]
    found = [_statement(tree, text, is_certain=engine is not None) for tree in trees]
    if not found:
        raise NotSQL("not SQL: no statement")
    return [each for each in found if each is not _FRAME] or found[:1]


def _read(text: str, dialect: str | None, *, is_strict: bool) -> list[Any]:
    """The syntax trees; `is_strict` where no parser of the database's own has read the text."""
    text = _START.sub(r"\1BEGIN", _EXPLAIN.sub(r"\1", text))
    if dialect in ("sqlite", "mysql"):  # the parser knows this statement by its other name alone
        text = _REPLACE.sub("INSERT INTO", text, count=1) if _REPLACE.match(text) else text
    try:
        trees, tokens = _trees(text, dialect)
    except SqlglotError as error:
        raise NotSQL(f"not SQL: {_said(error)}{fence_hint(text)}") from None
    except RecursionError:
        raise Unjudged("the SQL nests too deeply") from None
    except _TooMuch:
        raise Unjudged("the SQL is too intricate to be parsed") from None
    # A parser of other people's languages may trip over anything; that says it is no SQL it knows.
    except Exception as error:  # noqa: BLE001
        raise NotSQL(f"not SQL: {type(error).__name__} in the parser") from None
    found = [tree for tree in trees if tree and not isinstance(tree, exp.Semicolon)]
    wrong = lenient_tokens(tokens, dialect) if is_strict else ""
    wrong = wrong or next((lenient_tree(tree, dialect) for tree in found if is_strict), "")
    if wrong:
        raise NotSQL(f"not SQL: {wrong}")
    return found


class _TooMuch(Exception):
    """The parser goes back and tries again for too long."""


def _trees(text: str, dialect: str | None) -> tuple[list[Any], list[Any]]:
    """The syntax trees of a text and its tokens, by a parser that stops after so many steps."""
    known = sqlglot.Dialect.get_or_raise(dialect)
    parser: Any = _bounded(known.parser_class)(dialect=known)
    tokens = known.tokenize(text)
    parser.steps_left = _STEPS + _STEPS_PER_TOKEN * len(tokens)
    trees: list[Any] = parser.parse(tokens, text)
    return trees, tokens


@cache
def _bounded(parser: Any) -> Any:
    """A parser of this class that counts how far it goes, again and again."""

    class Bounded(parser):  # type: ignore[misc]
        steps_left = 0

        def _advance(self, times: int = 1) -> None:
            self.steps_left -= 1
            if self.steps_left < 0:
                raise _TooMuch
            super()._advance(times)

    return Bounded


def _refuse_much(text: str) -> None:
    if len(text) > MAX_CHARS:
        raise Unjudged(f"{len(text):,} characters: SQL is parsed up to {MAX_CHARS:,}")
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        closes = bracket[0] in ")]}" or bracket[0].lower() == "end"
        depth = max(0, depth - 1) if closes else depth + 1
        if depth > MAX_NESTING:
            raise Unjudged(f"the SQL nests more than {MAX_NESTING} deep")


def _is_frame(tree: Any) -> bool:
    """Whether it only begins or ends a transaction, which is nothing by itself."""
    if not isinstance(tree, exp.Transaction | exp.Commit | exp.Rollback):
        return False
    lists = (
        part if isinstance(part, list) else [part]
        for key, part in tree.args.items()
        if part and key != "savepoint"
    )
    words = " ".join(str(word) for part in lists for word in part)
    return _MODES.issuperset(words.upper().split())


def _statement(tree: Any, text: str, *, is_certain: bool) -> Statement:
    if _is_frame(tree):
        return _FRAME
    kind = _kind(tree)
    is_clear = isinstance(tree, exp.Show) or _UNMISTAKABLE.search(text)
    if kind is None and is_clear and _is_lesser(tree, is_certain=is_certain):
        return _OPAQUE
    if kind is None:
        raise NotSQL(f"not SQL: {excerpt(tree.sql(), 40)} is no statement that is known here")
    return Statement(frozenset({kind, *changes(tree)}), tables(tree), columns(tree))


def _kind(tree: Any) -> StatementKind | None:
    """What a statement does; None for what the parser takes for one out of kindness."""
    if isinstance(tree, exp.Subquery):
        return _kind(tree.this)
    if isinstance(tree, exp.Select):
        return "select" if tree.expressions and not is_bare_star(tree) else None
    if isinstance(tree, exp.Update) and not tree.expressions:
        return None
    if isinstance(tree, exp.Delete) and not tree.args.get("this"):
        return None
    if isinstance(tree, exp.Insert) and tree.expression is None and not tree.args.get("default"):
        return None
    names: dict[type, StatementKind] = {
        exp.SetOperation: "select",
        exp.Values: "select",
        exp.Insert: "insert",
        exp.Update: "update",
        exp.Delete: "delete",
        exp.Merge: "merge",
        exp.Create: "create",
        exp.Alter: "alter",
        exp.Drop: "drop",
        exp.TruncateTable: "truncate",
    }
    return next((kind for known, kind in names.items() if isinstance(tree, known)), None)


def _is_lesser(tree: Any, *, is_certain: bool) -> bool:
    """Whether it is a statement of another kind; what is only a first word needs certainty."""
    if isinstance(tree, exp.Command):
        return is_certain
    others = (exp.Show, exp.Set, exp.Use, exp.Describe, exp.Grant, exp.Pragma)
    is_other = isinstance(tree, exp.Copy) or not isinstance(tree, exp.Query | exp.DML)
    return isinstance(tree, others) or (is_certain and is_other)


def _said(error: Any) -> str:
    known = error.errors[0] if getattr(error, "errors", None) else None
    if not known:
        return excerpt(str(error).partition("\n")[0], 80)
    said = str(known["description"]).partition(" <class")[0].partition(": <Token")[0]
    return f"{excerpt(said, 80)} in line {known['line']}, column {known['col']}"

"""SQL in answers: parsed by dialect within limits, never run."""

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any, Literal, TypeAlias, get_args

from promptci.parsing.source import excerpt
from promptci.scorers.base.fences import fenced_blocks
from promptci.scorers.base.verdict import Unjudged

MAX_CHARS = 50_000
MAX_NESTING = 60
"""Brackets inside each other: parsers of SQL recurse, and some of them go back and try again."""

TRIES = 20
"""Places where SQL is looked for in prose."""

_STEPS, _STEPS_PER_TOKEN = 3000, 20
"""Steps that a parser may take; one or two for each token is what it takes where all is well."""

Kind: TypeAlias = Literal[
    "select", "insert", "update", "delete", "merge", "create", "alter", "drop", "truncate"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_BEGINS = re.compile(
    r"(?i:(?:^[ \t>*-]*|[:`]\s*)(?=(?:select|with|insert\s+into|update|delete\s+from|create|alter"
    r"|drop|merge\s+into|replace\s+into)\b))"
    r"|\b(?=(?:SELECT|WITH|INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE|ALTER|DROP|MERGE\s+INTO)\b)",
    re.MULTILINE,
)
_REPLACE = re.compile(r"\s*replace\s+into\b", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[{)\]}]|\bcase\b|\bend\b", re.IGNORECASE)
_ENDS = re.compile(r";|`|\n[ \t]*\n|\Z")


_LANGUAGES = frozenset({"", "sql", "postgresql", "postgres", "mysql", "sqlite", "tsql", "plsql"})
"""What a fenced block of SQL is called."""


class NotSQL(ValueError):
    """A text that is not SQL; the message begins with `not SQL` and says where it fails."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement: all that it does, and the tables and columns that it names, in small letters.

    A table's name has its schema before it, if that is written. Names that the statement itself
    gives are left out.
    """

    kinds: frozenset[Kind]
    tables: frozenset[str]
    columns: frozenset[str]


Parse: TypeAlias = Callable[[str], list[Statement]]


def parser_for(dialect: str | None) -> Parse:
    """What parses a dialect's SQL. Raises `ValueError` for a dialect that is not known."""
    # sqlglot takes 60 ms to import: only evals that use it should wait for it.
    import sqlglot

    # It would print a line for a statement that it knows no more of than its first word.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    sqlglot.Dialect.get_or_raise(dialect)
    return lambda text: _parse(text, dialect)


def find_sql(text: str, parse: Parse) -> Iterator[list[Statement]]:
    """The statements of fenced blocks that hold SQL, then of those among prose.

    In prose a statement begins a line, or follows a colon or a backtick, or begins in capitals.
    """
    budget = 2 * MAX_CHARS
    for piece in islice(_pieces(text), 3 * TRIES):
        budget -= len(piece)
        if budget < 0:
            return
        try:
            yield parse(piece)
        except (NotSQL, Unjudged):
            continue


def _pieces(text: str) -> Iterator[str]:
    """What may be SQL in a text."""
    for language, block in islice(fenced_blocks(text), TRIES):
        if language in _LANGUAGES:
            yield block
    for begin in islice(_BEGINS.finditer(text), TRIES):
        end = _ENDS.search(text, begin.end(), begin.end() + MAX_CHARS)
        if end is not None:
            yield text[begin.end() : end.start()]
        yield text[begin.end() : begin.end() + MAX_CHARS].partition("\n")[0].rstrip(" .")


def _parse(text: str, dialect: str | None) -> list[Statement]:
    """The statements of a text. Raises `NotSQL`, and `Unjudged` for one that is too much."""
    from sqlglot.errors import SqlglotError

    _refuse_much(text)
    if dialect in ("sqlite", "mysql"):  # the parser knows this statement by its other name alone
        text = _REPLACE.sub("INSERT INTO", text, count=1) if _REPLACE.match(text) else text
    try:
        trees = _trees(text, dialect)
    except SqlglotError as error:
        raise NotSQL(f"not SQL: {_said(error)}{_hint(text)}") from None
    except RecursionError:
        raise Unjudged("the SQL nests too deeply") from None
    except _TooMuch:
        raise Unjudged("the SQL is too intricate to be parsed") from None
    # A parser of other people's languages may trip over anything; that says it is no SQL it knows.
    except Exception as error:  # noqa: BLE001
        raise NotSQL(f"not SQL: {type(error).__name__} in the parser") from None
    found = [_statement(tree) for tree in trees if tree is not None and not _is_frame(tree)]
    if not found:
        raise NotSQL("not SQL: no statement")
    return found


class _TooMuch(Exception):
    """The parser goes back and tries again for too long."""


def _trees(text: str, dialect: str | None) -> list[Any]:
    """The syntax trees of a text, by a parser that stops after so many steps."""
    import sqlglot

    known = sqlglot.Dialect.get_or_raise(dialect)
    parser: Any = _bounded(known.parser_class)(dialect=known)
    tokens = known.tokenize(text)
    parser.steps_left = _STEPS + _STEPS_PER_TOKEN * len(tokens)
    trees: list[Any] = parser.parse(tokens, text)
    return trees


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
    from sqlglot import exp

    is_bare = not any(isinstance(part, exp.Expression) for part in tree.args.values())
    return isinstance(tree, exp.Transaction | exp.Commit | exp.Rollback) and is_bare


def _statement(tree: Any) -> Statement:
    kind = _kind(tree)
    if kind is None:
        raise NotSQL(f"not SQL: {excerpt(tree.sql(), 40)} is no statement that is known here")
    return Statement(frozenset({kind, *_changes(tree)}), _tables(tree), _columns(tree))


def _kind(tree: Any) -> Kind | None:
    """What a statement does; None for what the parser takes for one out of kindness."""
    from sqlglot import exp

    if isinstance(tree, exp.Subquery):
        return _kind(tree.this)
    if isinstance(tree, exp.Select):
        return "select" if tree.expressions else None
    if isinstance(tree, exp.Update) and not tree.expressions:
        return None
    if isinstance(tree, exp.Delete) and not tree.args.get("this"):
        return None
    if isinstance(tree, exp.Insert) and tree.expression is None and not tree.args.get("default"):
        return None
    names: dict[type, Kind] = {
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


def _changes(tree: Any) -> Iterator[Kind]:
    """What else a statement does inside: `WITH x AS (DELETE …) SELECT`, `SELECT … INTO new`."""
    from sqlglot import exp

    inner: dict[type, Kind] = {
        exp.Insert: "insert",
        exp.Update: "update",
        exp.Delete: "delete",
        exp.Merge: "merge",
        exp.Into: "create",
    }
    for part in tree.find_all(*inner):
        yield inner[type(part)]


def _tables(tree: Any) -> frozenset[str]:
    from sqlglot import exp

    named = (table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier))
    return frozenset(
        ".".join(part.name for part in table.parts).lower() for table in named if not _is_own(table)
    )


def _is_own(table: Any) -> bool:
    """Whether a table is one that a `WITH` around it gives, before it or recursively."""
    from sqlglot import exp

    name, node = table.name.lower(), table
    is_bare = len(table.parts) == 1
    while is_bare and node.parent is not None:
        above = node.parent
        if isinstance(above, exp.With):
            place = next(n for n, each in enumerate(above.expressions) if each is node)
            given = above.expressions[: None if above.recursive else place]
            node = above.parent
        else:
            with_ = above.args.get("with_") or above.args.get("with")
            given = with_.expressions if isinstance(with_, exp.With) else []
            node = above
        if any(each.alias.lower() == name for each in given):
            return True
    return False


def _columns(tree: Any) -> frozenset[str]:
    from sqlglot import exp

    aliases = list(tree.find_all(exp.Alias))
    own = {alias.alias.lower() for alias in aliases}
    inner = {each.alias.lower() for each in aliases if each.find_ancestor(exp.Subquery, exp.CTE)}
    used = {"*" for _ in tree.find_all(exp.Star)}
    for column in tree.find_all(exp.Column):
        name = column.name.lower()
        is_after = column.find_ancestor(exp.Order, exp.Group, exp.Having) is not None
        if name not in inner and not (is_after and name in own and not column.table):
            used.add(name)
    return frozenset(used)


def _said(error: Any) -> str:
    known = error.errors[0] if getattr(error, "errors", None) else None
    if not known:
        return excerpt(str(error).partition("\n")[0], 80)
    said = str(known["description"]).partition(" <class")[0].partition(": <Token")[0]
    return f"{excerpt(said, 80)} in line {known['line']}, column {known['col']}"


def _hint(text: str) -> str:
    return "; for fenced blocks add `extract: {fence: any}`" if "```" in text else ""

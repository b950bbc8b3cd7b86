"""Statements of SQL as scorers see them; what parses them is loaded when it is first needed."""

from collections.abc import Callable
from importlib import import_module
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

StatementKind: TypeAlias = Literal[
    "select", "insert", "update", "delete", "merge", "create", "alter", "drop", "truncate"
]
KINDS: tuple[StatementKind, ...] = get_args(StatementKind)


MAX_CHARS = 50_000


class NotSQL(ValueError):
    """A text that is not SQL; the message begins with `not SQL` and says where it fails."""


class Statement(Struct, frozen=True):
    """One statement: all that it does, and the tables and columns that it names, in small letters.

    A table's name has its schema before it, if that is written. Names that the statement itself
    gives are left out. One that only begins or ends a transaction does nothing. With `is_opaque`
    it is SQL of which no more is known.
    """

    kinds: frozenset[StatementKind]
    tables: frozenset[str]
    columns: frozenset[str]
    is_opaque: bool = False


Parse: TypeAlias = Callable[[str], list[Statement]]


def parser_for(dialect: str | None) -> Parse:
    """What parses a dialect's SQL. Raises `ValueError` for a dialect that is not known.

    The parser takes 60 ms to import: only evals that use it wait for it.
    """
    parse: Parse = import_module("promptci.scorers.sql.sqltext").make_parser(dialect)
    return parse

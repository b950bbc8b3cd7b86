"""What a parser of many dialects takes for MySQL's and MySQL does not, and the reverse."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

_NODES = {
    "Merge": "MERGE",
    "Array": "arrays",
    "Bracket": "`[…]`",
    "Struct": "`{…}`",
    "TableSample": "TABLESAMPLE",
    "Filter": "FILTER",
    "WithinGroup": "WITHIN GROUP",
    "GroupingSets": "GROUPING SETS",
    "Cube": "CUBE",
    "Glob": "GLOB",
    "SimilarTo": "SIMILAR TO",
    "Pragma": "PRAGMA",
    "MaterializedProperty": "materialized views",
}
"""Kinds of nodes in a syntax tree, and what MySQL does not have."""

_PAIRS = {
    ("LIMIT", "ALL"): "LIMIT ALL",
    ("NULLS", "LAST"): "NULLS LAST",
    ("NULLS", "FIRST"): "NULLS FIRST",
    ("GROUP BY", "ALL"): "GROUP BY ALL",
    ("DISTINCT", "FROM"): "IS DISTINCT FROM",
    ("INSERT", "OR"): "INSERT OR",
    ("AS", "MATERIALIZED"): "AS MATERIALIZED",
    ("CROSS", "APPLY"): "CROSS APPLY",
    ("OUTER", "APPLY"): "OUTER APPLY",
    ("LATERAL", "VIEW"): "LATERAL VIEW",
}
_WORDS = {"AUTOINCREMENT": "AUTOINCREMENT"}
_QUOTED = frozenset({"STRING", "IDENTIFIER", "NATIONAL_STRING", "RAW_STRING"})

_WORDS_OF_GRAMMAR = (
    "add all alter and as asc between by case change char check collate column constraint"
    " create cross cube cume_dist database decimal delete dense_rank desc describe distinct"
    " div double drop else empty except exists explain fetch first_value float for force"
    " foreign from fulltext function generated grant group grouping groups having ignore in"
    " index inner insert int integer intersect into is join key keys kill lag last_value"
    " lateral lead left like limit lines load lock loop match mod natural not ntile null"
    " numeric of on option or order outer over partition percent_rank primary procedure range"
    " rank read recursive references regexp rename repeat require return revoke right row rows"
    " row_number schema select separator set show smallint spatial sql system table then"
    " tinyint to trigger union unique unlock unsigned update usage use using varchar when"
    " where while window with write xor"
)
_RESERVED = frozenset(_WORDS_OF_GRAMMAR.split())
"""Words that MySQL 8 takes for no name unless they are quoted or behind a dot."""

_NO_CASTS = frozenset(
    {"VARCHAR", "TEXT", "INT", "SMALLINT", "TINYINT", "BOOLEAN", "UUID", "ARRAY", "TIMESTAMPTZ"}
)
"""Types that nothing is cast to: MySQL wants CHAR, SIGNED and the like."""

_OTHERS = re.compile(
    r"(?:call\s+[\w.`]+\s*\([^;]*\)"
    r"|(?:grant|revoke)\s[^;]+\son\s[^;]+\s(?:to|from)\s[^;]+"
    r"|load\s+data\s+(?:local\s+)?infile\s+['\"][^;]+\sinto\s+table\s[^;]+"
    r"|rename\s+table\s+[\w.`]+\s+to\s+[\w.`]+(?:\s*,\s*[\w.`]+\s+to\s+[\w.`]+)*)\s*;?",
    re.IGNORECASE,
)


def is_other_statement(text: str) -> bool:
    """Whether it is one of the statements that the parser does not know and MySQL does."""
    return _OTHERS.fullmatch(text.strip()) is not None


def foreign_words(tokens: list[Any]) -> str:
    """The first word that only other databases have; empty if there is none."""
    bare = ["" if token.token_type.name in _QUOTED else token.text.upper() for token in tokens]
    found = (_PAIRS.get(pair, "") or _WORDS.get(pair[0], "") for pair in pairwise([*bare, ""]))
    return next(filter(None, found), "")


def foreign_parts(tree: Any) -> Iterator[str]:
    """The parts of a statement that only other databases have."""
    for node in tree.walk():
        name = _NODES.get(type(node).__name__) or _named(node)
        if name:
            yield f"{name}, which MySQL does not have"


def _named(node: Any) -> str:
    check = _CHECKS.get(type(node).__name__)
    return check(node) if check else ""


def _of_select(node: Any) -> str:
    distinct = node.args.get("distinct")
    return "DISTINCT ON" if distinct is not None and distinct.args.get("on") is not None else ""


def _of_join(node: Any) -> str:
    kind = str(node.args.get("kind") or "").upper()
    return f"{kind} JOIN" if kind in ("SEMI", "ANTI") else ""


def _of_update(node: Any) -> str:
    return "UPDATE … FROM" if node.args.get("from_") or node.args.get("from") else ""


def _of_cast(node: Any) -> str:
    kind = getattr(node.args["to"], "this", None)
    name = getattr(kind, "name", "")
    return f"CAST to {name}" if name in _NO_CASTS else ""


def _of_column(node: Any) -> str:
    name = getattr(getattr(node.args.get("kind"), "this", None), "name", "")
    return "arrays" if name == "ARRAY" else ""


def _of_star(node: Any) -> str:
    return "`* EXCEPT`" if node.args.get("except_") or node.args.get("except") else ""


def _of_in(node: Any) -> str:
    is_filled = any(node.args.get(key) for key in ("expressions", "query", "unnest", "field"))
    return "" if is_filled else "IN ()"


def _of_identifier(node: Any) -> str:
    """A reserved word in the place of a name: `SELECT a FROM t ORDER` would call the table so."""
    parent, is_named = node.parent, type(node.parent).__name__ in _NAMED_KINDS
    is_behind_dot = node.arg_key == "this" and bool(
        parent.args.get("table") or parent.args.get("db")
    )
    is_free = bool(node.args.get("quoted")) or not is_named or is_behind_dot
    return "" if is_free or node.name.lower() not in _RESERVED else f"the name {node.name.upper()}"


_NAMED_KINDS = frozenset({"Alias", "TableAlias", "Column", "ColumnDef", "Table"})

_CHECKS: dict[str, Callable[[Any], str]] = {
    "Identifier": _of_identifier,
    "Select": _of_select,
    "Join": _of_join,
    "Update": _of_update,
    "Cast": _of_cast,
    "TryCast": _of_cast,
    "ColumnDef": _of_column,
    "Star": _of_star,
    "In": _of_in,
}

"""What the parser of many dialects takes out of kindness and no database does."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from sqlglot import exp

from promptci.scorers.sql.mysql import foreign_parts, foreign_words

_TRAILING_COMMAS = frozenset({"bigquery", "duckdb", "snowflake", "clickhouse", "databricks"})
"""Dialects that allow a comma at the end of a list."""

_FROM_FIRST = frozenset({"bigquery", "clickhouse", "databricks", "duckdb", "hive", "spark"})
"""Dialects in which a query may begin with FROM."""

_CLAUSES = frozenset(
    {"FROM", "WHERE", "GROUP_BY", "ORDER_BY", "HAVING", "LIMIT", "OFFSET", "UNION", "INTERSECT"}
    | {"EXCEPT", "JOIN", "ON", "USING", "SET", "VALUES", "QUALIFY", "INTO"}
)
_ENDS = frozenset({"R_PAREN", "SEMICOLON", "END_OF_TEXT"})
_NEED_MORE = frozenset(
    {"FROM", "WHERE", "GROUP_BY", "ORDER_BY", "HAVING", "ON", "SET", "JOIN", "INTO", "QUALIFY"}
)
"""Words that something must follow, and no other clause."""

_MODES = {"COMMIT": {"WORK", "TRAN", "TRANSACTION", "AND"}}
_MODES |= {"ROLLBACK": _MODES["COMMIT"] | {"TO"}}
"""What the end of a transaction may say beside."""

_MAY_FOLLOW = {("INTO", "VALUES"), ("ON", "SET"), ("SET", "ON"), ("FROM", "VALUES")}

_NOT_IN_MYSQL = {
    "DCOLON": "`::`",
    "ILIKE": "ILIKE",
    "QUALIFY": "QUALIFY",
    "FETCH": "FETCH",
    "RETURNING": "RETURNING",
    "FULL": "FULL OUTER JOIN",
    "JSONB": "JSONB",
}


def lenient_tokens(tokens: list[Any], dialect: str | None) -> str:
    """What is wrong with a row of tokens that the parser may not mind; empty if nothing is."""
    kinds = [token.token_type.name for token in tokens] + ["END_OF_TEXT"]
    texts = [token.text.upper() for token in tokens]
    for place, (kind, following) in enumerate(pairwise(kinds)):
        token = tokens[place]
        where = f"in line {token.line}, column {token.col}"
        is_end = following in _ENDS or following in _CLAUSES
        may_end = kind == "COMMA" and following != "COMMA" and dialect in _TRAILING_COMMAS
        begins = place == 0 or kinds[place - 1] == "SEMICOLON"
        if kind == "FROM" and begins and dialect not in _FROM_FIRST:
            return f"FROM in the place of SELECT {where}"
        if kind == "COMMA" and (is_end or following == "COMMA") and not may_end:
            return f"nothing behind the comma {where}"
        if kind in _NEED_MORE and is_end and (kind, following) not in _MAY_FOLLOW:
            return f"nothing behind {token.text.upper()} {where}"
        if kind in _MODES and following not in _ENDS and texts[place + 1] not in _MODES[kind]:
            return f"{texts[place + 1]} behind {kind} {where}"
        name = _NOT_IN_MYSQL.get(kind, "`==`" if token.text == "==" else "")
        if dialect == "mysql" and name and (kind != "FULL" or following == "OUTER"):
            return f"MySQL has no {name} ({where})"
    foreign = foreign_words(tokens) if dialect == "mysql" else ""
    return f"MySQL has no {foreign}" if foreign else ""


def lenient_tree(tree: Any, dialect: str | None) -> str:
    """What is missing in a statement that was parsed nevertheless; empty if nothing is."""
    return next(_missing(tree, dialect), "")


def _missing(tree: Any, dialect: str | None) -> Iterator[str]:
    for select in tree.find_all(exp.Select):
        if not select.expressions:
            yield "a SELECT without columns"
        elif is_bare_star(select):
            yield "a SELECT * without FROM"
    if any(isinstance(alias.this, exp.Star) for alias in tree.find_all(exp.Alias)):
        yield "a name for `*`"
    if isinstance(tree, exp.Create) and tree.kind == "TABLE" and _is_empty_table(tree):
        yield "a table without columns"
    if dialect in ("mysql", "tsql"):
        for query in tree.find_all(exp.Subquery):
            if isinstance(query.parent, exp.From | exp.Join) and not query.alias:
                yield "a subquery in FROM without a name"
    if dialect == "mysql":
        yield from foreign_parts(tree)
    conflict = tree.args.get("conflict") if isinstance(tree, exp.Insert) else None
    if dialect == "mysql" and conflict and not conflict.args.get("duplicate"):
        yield "ON CONFLICT, which MySQL does not have"


def is_bare_star(select: Any) -> bool:
    """Whether it asks for all columns of no table."""
    has_from = select.args.get("from_") or select.args.get("from")
    return not has_from and any(isinstance(each, exp.Star) for each in select.expressions)


def _is_empty_table(tree: Any) -> bool:
    if tree.expression is not None or tree.args.get("clone"):
        return False
    if isinstance(tree.this, exp.Schema):
        return not tree.this.expressions
    properties = tree.args.get("properties")
    return not (properties and properties.find(exp.LikeProperty))

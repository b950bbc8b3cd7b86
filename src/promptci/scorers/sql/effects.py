"""What a parsed statement does, and the tables and columns that it names."""

from collections.abc import Iterator
from typing import Any

from sqlglot import exp

from promptci.scorers.sql.statement import StatementKind


def changes(tree: Any) -> Iterator[StatementKind]:
    """What else a statement does inside: `WITH x AS (DELETE …) SELECT`, `SELECT … INTO new`."""
    inner: dict[type, StatementKind] = {
        exp.Insert: "insert",
        exp.Update: "update",
        exp.Delete: "delete",
        exp.Merge: "merge",
        exp.Into: "create",
    }
    for part in tree.find_all(*inner):
        yield inner[type(part)]


def tables(tree: Any) -> frozenset[str]:
    """The tables that it names, without those that it gives itself."""
    named = (table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier))
    return frozenset(
        ".".join(part.name for part in table.parts).lower() for table in named if not _is_own(table)
    )


def _is_own(table: Any) -> bool:
    """Whether a table is one that a `WITH` around it gives, before it or recursively."""
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


def columns(tree: Any) -> frozenset[str]:
    """The columns that it names, and `*`."""
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

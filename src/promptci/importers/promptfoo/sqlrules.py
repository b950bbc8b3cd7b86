"""What promptfoo allows in SQL, as options of our scorers."""

import re
from collections.abc import Iterable

from promptci.importers.promptfoo.converting import Converter, OptionValues, Wanted
from promptci.parsing.source import Plain, excerpt
from promptci.scorers.sql.statement import KINDS


def sql_scorer(name: str) -> Converter:
    """The converter of `is-sql` and the like: the dialect, allowed tables and columns."""

    def convert(wanted: Wanted) -> tuple[str, OptionValues]:
        value = wanted.value if isinstance(wanted.value, dict) else {}
        options: OptionValues = {}
        allowed: list[Plain] | None = None
        dialect = str(value.get("databaseType", "mysql")).lower()
        options["dialect"] = _DIALECTS.get(dialect, dialect)
        for theirs, ours in (("allowedTables", "tables"), ("allowedColumns", "columns")):
            listed = value.get(theirs)
            if isinstance(listed, list) and listed:
                options[ours] = list(dict.fromkeys(_sql_name(str(each)) for each in listed))
                actions = _actions(map(str, listed))
                allowed = actions if allowed is None else [a for a in actions if a in allowed]
        if allowed is not None:
            options["statements"] = allowed
        return name, options

    return convert


_DIALECTS = {"postgresql": "postgres", "transactsql": "tsql", "mariadb": "mysql"}


def _actions(listed: Iterable[str]) -> list[Plain]:
    """What may be done: `select::null::users` allows a table to be read."""
    found = dict.fromkeys(each.split("::")[0].lower() for each in listed)
    unknown = [each for each in found if each not in KINDS]
    if unknown:
        raise ValueError(f"allows `{excerpt(unknown[0])}`, a pattern: write the actions out")
    return list(found)


def _sql_name(written: str) -> str:
    """`select::null::users` is the table `users`."""
    last = written.split("::")[-1]
    if not re.fullmatch(r"\w+", last):
        raise ValueError(f"allows `{excerpt(written)}`, a pattern: write the names out")
    return last

"""What promptfoo allows in SQL, as options of our scorers."""

import re

from promptci.importers.promptfoo.converting import Converter, Options, Wanted
from promptci.parsing.source import excerpt


def sql_scorer(name: str) -> Converter:
    """The converter of `is-sql` and its kin: the dialect, allowed tables and columns."""

    def convert(wanted: Wanted) -> tuple[str, Options]:
        value = wanted.value if isinstance(wanted.value, dict) else {}
        options: Options = {}
        dialect = str(value.get("databaseType", "mysql")).lower()
        options["dialect"] = _DIALECTS.get(dialect, dialect)
        for theirs, ours in (("allowedTables", "tables"), ("allowedColumns", "columns")):
            listed = value.get(theirs)
            if isinstance(listed, list) and listed:
                options[ours] = [_sql_name(str(each)) for each in listed]
        return name, options

    return convert


_DIALECTS = {"postgresql": "postgres", "transactsql": "tsql", "mariadb": "mysql"}


def _sql_name(written: str) -> str:
    """`select::null::users` is the table `users`."""
    last = written.split("::")[-1]
    if not re.fullmatch(r"\w+", last):
        raise ValueError(f"allows `{excerpt(written)}`, a pattern: write the names out")
    return last

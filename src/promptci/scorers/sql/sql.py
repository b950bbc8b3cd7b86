"""Scorers for SQL as text."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, failed, listed
from promptci.scorers.sql.engines import engine_for
from promptci.scorers.sql.sqlprose import find_sql
from promptci.scorers.sql.statement import NotSQL, Parse, Statement, StatementKind, parser_for

_Names = Annotated[tuple[str, ...], Meta(min_length=1)]


class SQLOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What SQL may do."""

    dialect: Annotated[
        str | None, Meta(description="such as `sqlite`, `postgres`, `mysql`, `bigquery`, `tsql`")
    ] = None
    statements: Annotated[
        Annotated[tuple[StatementKind, ...], Meta(min_length=1)] | None,
        Meta(description="what it may do, such as `[select]`; without it anything"),
    ] = None
    tables: Annotated[
        _Names | None, Meta(description="the tables that it may name, with or without a schema")
    ] = None
    columns: Annotated[
        _Names | None, Meta(description="the columns that it may name; `*` must be listed, too")
    ] = None
    single: Annotated[bool, Meta(description="it is one statement, not several")] = False


def is_sql(options: SQLOptions, binding: ScorerContext) -> Judge | None:
    """The output is SQL as a whole, in a dialect, and does and names only what it may."""
    parse = _parser(options, binding)
    if parse is None:
        return None

    def judge(subject: Subject) -> Score:
        try:
            why = _wrong(parse(subject.output), options)
        except NotSQL as error:
            return failed(str(error))
        return failed(why) if why else PASSED

    return judge


def contains_sql(options: SQLOptions, binding: ScorerContext) -> Judge | None:
    """The output has SQL somewhere that does and names only what it may."""
    parse = _parser(options, binding)
    if parse is None:
        return None

    def judge(subject: Subject) -> Score:
        why = "no SQL statement"
        for found in find_sql(subject.output, parse):
            why = _wrong(found, options)
            if not why:
                return PASSED
        return failed(why)

    return judge


def _parser(options: SQLOptions, binding: ScorerContext) -> Parse | None:
    try:
        parse = parser_for(options.dialect)
        if options.dialect in ("postgres", "postgresql") and engine_for("postgres") is None:
            binding.canonical["parser"] = "sqlglot"
        return parse
    except ValueError as error:
        binding.fault(f"`dialect`: {str(error).partition(chr(10))[0][:150]}", "dialect")
        return None


def _wrong(found: list[Statement], options: SQLOptions) -> str:
    """What the statements may not do, in one line; empty if all is well."""
    if options.single and len(found) > 1:
        return f"{len(found)} statements, one wanted"
    is_bound = options.statements or options.tables or options.columns
    if is_bound and any(statement.is_opaque for statement in found):
        return "it is not known what one of the statements does"
    if options.statements and not any(statement.kinds for statement in found):
        return "it only begins or ends a transaction"
    for statement in found:
        kinds = statement.kinds.difference(options.statements or statement.kinds)
        if kinds:
            return f"it does {' and '.join(sorted(kinds))}, which is not allowed"
        tables = _others(statement.tables, options.tables)
        if tables:
            return f"tables that are not allowed: {listed(tables)}"
        columns = _others(statement.columns, options.columns)
        if columns:
            return f"columns that are not allowed: {listed(columns)}"
    return ""


def _others(used: Iterable[str], allowed: tuple[str, ...] | None) -> tuple[str, ...]:
    """The names that are not allowed; one without a schema is allowed in any."""
    if allowed is None:
        return ()
    known = {name.lower() for name in allowed}
    return tuple(
        sorted(name for name in used if name not in known and name.rpartition(".")[2] not in known)
    )


SCORERS = {
    "is_sql": Scorer(
        is_sql,
        SQLOptions,
        "the output is SQL that parses in its dialect",
        "dialect",
        version=6,
        example="is_sql: {dialect: postgres, statements: [select], tables: [orders]}",
        is_format=True,
    ),
    "contains_sql": Scorer(
        contains_sql,
        SQLOptions,
        "SQL that parses is somewhere in the output",
        "dialect",
        version=7,
        example="contains_sql: {dialect: sqlite}",
        is_format=True,
    ),
}

"""SQL by execution: the answer's query gives what the expected one gives."""

import json
import re
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from promptci.latepattern import late
from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.sandbox.child.limits import patience
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.errand import Report, SandboxJobs, death
from promptci.scorers.base.fences import fenced_blocks
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, NoVerdict, Unjudged, failed
from promptci.scorers.base.wanted import wanted
from promptci.specs.request import Asking

FIXTURE = "fixture"
"""What the fixture is called in the child."""

_SQL = ("sql", "sqlite", "sqlite3", "")
_QUOTED = late(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_ORDER = late(r"[()]|\border\s+by\b", re.IGNORECASE)


class SqlOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Exactly one of `fixture` and `script` says what the queries run on."""

    value: Annotated[
        str | list[str] | UnsetType,
        Meta(description="the query wanted, or several of which any will do"),
    ] = UNSET
    fixture: Annotated[
        str | None, Meta(description="an SQLite database, or an SQL script, beside the eval")
    ] = None
    script: Annotated[str | None, Meta(description="the same script, written here")] = None
    ordered: Annotated[
        bool | Literal["auto"],
        Meta(description="rows in the same order; `auto`: where the query wanted has ORDER BY"),
    ] = False
    columns: Annotated[
        Literal["position", "name"], Meta(description="what columns are paired by")
    ] = "position"
    tolerance: Annotated[
        float, Meta(ge=0, le=1, description="how far numbers may differ, as a share")
    ] = 1e-6
    max_rows: Annotated[
        int, Meta(ge=1, le=1_000_000, description="the most rows that a query may give")
    ] = 10_000
    seconds: Annotated[
        float, Meta(gt=0, le=300, description="processor time that a query may take")
    ] = 5.0


def sql_execution(options: SqlOptions, binding: ScorerContext) -> Judge | None:
    """Run both queries on a copy of the fixture and compare what they give, as multisets."""
    data = _fixture(options, binding)
    find = wanted(binding, options.value, _query)
    if data is None:
        return None
    errands = SandboxJobs.of("query", {FIXTURE: data})
    shown = options.fixture or "script"

    def judge(subject: Subject) -> Asking[Score]:
        queries = find(subject)
        given = query_in(subject.output)
        if not given.strip():
            return failed("there is no query")
        report = yield from errands.run(_job(queries, given, options))
        return _verdict(report, shown)

    return judge


def _fixture(options: SqlOptions, binding: ScorerContext) -> bytes | None:
    if (options.fixture is None) == (options.script is None):
        binding.fault("`sql_execution` needs a `fixture` or a `script`, and not both: write one")
        return None
    if options.fixture is not None:
        return binding.file(options.fixture, "fixture")
    return (options.script or "").encode("utf-8", "replace")


def _query(value: Plain) -> str:
    """A query wanted. Raises `Unjudged` for what is none."""
    if not isinstance(value, str) or not value.strip():
        raise Unjudged("the query wanted is no SQL: write a text")
    return value


def query_in(output: str) -> str:
    """The answer's query: in its first fenced block of SQL, else all of it."""
    return next((text for lang, text in fenced_blocks(output) if lang.lower() in _SQL), output)


def _job(queries: tuple[str, ...], given: str, options: SqlOptions) -> dict[str, Any]:
    return {
        "fixture": f"code/{FIXTURE}",
        "wanted": queries,
        "given": given,
        "ordered": [
            is_ordered(query) if options.ordered == "auto" else options.ordered for query in queries
        ],
        "by_name": options.columns == "name",
        "tolerance": options.tolerance,
        "max_rows": options.max_rows,
        "seconds": options.seconds,
        "clock": patience((len(queries) + 2) * options.seconds),
    }


def is_ordered(query: str) -> bool:
    """Whether a query orders its rows: ORDER BY outside of brackets, texts and comments."""
    depth = 0
    for found in _ORDER.finditer(_QUOTED.sub(" ", query)):
        if found[0] in "()":
            depth += 1 if found[0] == "(" else -1
        elif depth == 0:
            return True
    return False


def _verdict(report: Report, fixture: str) -> Score:
    """The score; a fixture or a query wanted that does not work is no fault of the answer's."""
    last = _last(report.output)
    if not isinstance(last, dict):
        last = _died(last, report)
    why = " ".join(str(last.get("why")).split())
    if last.get("fault") == "fixture":
        raise NoVerdict(f"the fixture {fixture} cannot be loaded: {why}")
    if last.get("fault") == "wanted":
        raise NoVerdict(f"the query wanted does not work on the fixture {fixture}: {why}")
    return PASSED if last.get("same") else failed(why)


def _last(output: str) -> object:
    """The last line that the child wrote to its end."""
    lines = output[: output.rfind("\n") + 1].splitlines()
    try:
        return json.loads(lines[-1]) if lines else ""
    except ValueError:
        return ""


def _died(step: object, report: Report) -> dict[str, object]:
    """What the death of a child during a step means."""
    if step in ("given", "compared"):
        return {"same": False, "why": f"the query was stopped: {death(report)}"}
    if step in ("fixture", "wanted"):
        return {"fault": step, "why": death(report)}
    raise NoVerdict(f"the query could not be run: {death(report)}")


SCORERS = {
    "sql_execution": Scorer(
        sql_execution,
        SqlOptions,
        "its SQL query gives the same rows as the expected one, run on a fixture",
        shorthand="fixture",
        example="sql_execution: {fixture: shop.sql}",
    ),
}

"""A step of a flow that queries data: run in a child process, its rows as lines of text."""

import json
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from promptci.parsing.source import Plain
from promptci.sandbox.child.limits import patience
from promptci.scorers.base.errand import Report, SandboxJobs, death
from promptci.scorers.sql.sqlresult import FIXTURE, query_in
from promptci.specs.completion import Completion
from promptci.specs.flows.condition import Vars
from promptci.specs.flows.steps import QueryStep
from promptci.specs.message import Message
from promptci.specs.request import Request
from promptci.templates.template import as_text

BETWEEN = " | "
"""The delimiter of the cells of a row."""


class FlowStepError(Exception):
    """A step without which its flow cannot go on; the message says why."""


def query_request(step: QueryStep, scope: Vars) -> Request:
    """What the child is to run. Raises `TemplateError` for a variable that is not there."""
    values: Mapping[str, Plain] = {
        name: as_text(text.value(scope)) for name, text in step.vars.items()
    }
    job: dict[str, object] = {
        "fixture": f"code/{FIXTURE}",
        "query": query_in(step.sql.render(scope)),
        "values": values,
        "max_rows": step.max_rows,
        "most": step.max_characters,
        "seconds": step.seconds,
        "clock": patience(2 * step.seconds),
    }
    settings = _jobs(step.data).settings
    message = Message("user", json.dumps(job, sort_keys=True))
    return Request(settings, (message,), is_useful=_is_whole, is_kept=True)


@lru_cache(16)
def _jobs(data: bytes) -> SandboxJobs:
    """Jobs on the same data: its digest is worked out once, for all examples."""
    return SandboxJobs.of("rows", {FIXTURE: data})


def query_in_words(request: Request) -> str:
    """What a child was to run, for people: the query, and the values of its parameters."""
    job = json.loads(request.messages[0].content)
    values = [f":{name} = {value}" for name, value in job["values"].items()]
    return "\n".join((job["query"], *values))


def rows_as_text(step: QueryStep, completion: Completion) -> str:
    """A line for each row; for a query that does not work, `error:` and why.

    Raises `FlowStepError` where the child, or the data, is at fault and not the query.
    """
    report = _report(completion)
    said = _said(report)
    why = " ".join(str(said.get("why", "")).split())
    if said.get("fault") == "query":
        return f"error: {why}"
    if said.get("fault") == "fixture":
        raise FlowStepError(f"{step.path} cannot be loaded: {why}")
    rows = said.get("rows")
    if not isinstance(rows, list):
        raise FlowStepError(f"the query could not be run: {death(report)}")
    cells = (row for row in rows if isinstance(row, list))
    return "\n".join(BETWEEN.join(map(_cell, row)) for row in cells)


def _cell(value: Plain) -> str:
    return "NULL" if value is None else as_text(value)


def _is_whole(completion: Completion) -> bool:
    return "rows" in (said := _said(_report(completion))) or said.get("fault") == "query"


def _report(completion: Completion) -> Report:
    try:
        return msgspec.json.decode(completion.text, type=Report)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Report(None, "", "", "")


def _said(report: Report) -> dict[str, Plain]:
    try:
        said = json.loads(report.output)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}

"""Reports as a table for spreadsheets: a row per example."""

import csv
import io
from collections.abc import Iterable, Iterator

from promptci.check.checked import Checked
from promptci.compare.results import CompareResult, RunResult
from promptci.render.testcases import (
    CaseSuite,
    ReportCase,
    check_suites,
    compare_suites,
    run_suites,
)
from promptci.secrets.safetext import for_spreadsheet

COLUMNS = ("eval", "model", "example", "status", "fate", "base", "head", "message", "details")
MOST_TEXT = 10_000
"""Characters of one cell; spreadsheets take 32,767."""


def run(found: RunResult) -> Iterator[str]:
    """A run: what was lost since the last commit fails, and what its gate says."""
    return _written(run_suites(found))


def check(checked: Checked) -> Iterator[str]:
    """A check. Examples of reused evals were not run: they are one skipped row."""
    return _written(check_suites(checked))


def compare(found: CompareResult) -> Iterator[str]:
    """A comparison; what could not be compared is an error."""
    return _written(compare_suites(found))


def _written(suites: Iterable[CaseSuite]) -> Iterator[str]:
    """The table in parts, one for each row. No cell is a formula, whoever chose its words."""
    yield _line(COLUMNS)
    for suite in suites:
        for case in suite.cases:
            yield _line(_cells(suite, case))


def _cells(suite: CaseSuite, case: ReportCase) -> tuple[str, ...]:
    texts = (suite.title, suite.model, case.name)
    said = (case.message, case.text)
    scores = ("" if score is None else f"{score:.6g}" for score in (case.base, case.head))
    return (*map(_cell, texts), case.kind, case.fate, *scores, *map(_cell, said))


def _cell(text: str) -> str:
    safe = for_spreadsheet(text)
    return safe if len(safe) <= MOST_TEXT else f"{safe[:MOST_TEXT]}…"


def _line(cells: tuple[str, ...]) -> str:
    """Everything in quotes, so that a `;` parts no cells where that is what readers look for."""
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return out.getvalue()

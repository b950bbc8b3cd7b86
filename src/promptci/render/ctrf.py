"""The report of a check in the Common Test Report Format, which dashboards read."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from promptci import __version__
from promptci.check.checked import Checked
from promptci.compare.results import CompareResult, RunResult
from promptci.digest import digest
from promptci.render.json.jsontext import as_ascii
from promptci.render.testcases import (
    CaseKind,
    CaseSuite,
    ReportCase,
    case_text,
    check_suites,
    compare_suites,
    run_suites,
)

SPEC = "0.0.0"

_STATUSES: dict[CaseKind, str] = {
    "passed": "passed",
    "noted": "passed",
    "failure": "failed",
    "error": "other",
    "skipped": "skipped",
}
"""What could not be found out has neither passed nor failed."""


def run(found: RunResult) -> Iterator[str]:
    """A run: what was lost since the last commit fails, and what its gate says."""
    return _written(lambda: run_suites(found), found.exit_code)


def check(checked: Checked) -> Iterator[str]:
    """A check. Examples of reused evals were not run: they are one skipped test."""
    return _written(lambda: check_suites(checked), checked.exit_code)


def compare(found: CompareResult) -> Iterator[str]:
    """A comparison; what could not be compared is neither passed nor failed."""
    return _written(lambda: compare_suites(found), found.exit_code)


def _written(suites: Callable[[], Iterable[CaseSuite]], exit_code: int) -> Iterator[str]:
    """The whole report in parts, one for each case."""
    head = {
        "reportFormat": "CTRF",
        "specVersion": SPEC,
        "generatedBy": f"promptci {__version__}",
        "extra": {"exit_code": exit_code},
    }
    tool = as_ascii({"name": "promptci", "version": __version__})
    summary = as_ascii(_summary(suites()))
    yield f'{as_ascii(head)[:-1]}, "results": {{"tool": {tool}, "summary": {summary}, "tests": ['
    between = "\n"
    for suite in suites():
        for case in suite.cases:
            yield f"{between}{as_ascii(_test(suite, case))}"
            between = ",\n"
    yield "\n]}}\n"


def _summary(suites: Iterable[CaseSuite]) -> dict[str, int]:
    """How many tests ended how. The same result is the same file, so it has no time.

    Evals and their models both count as suites, as in CTRF's own library.
    """
    counts = dict.fromkeys((*_KEYS, "flaky"), 0)
    levels: set[tuple[str, ...]] = set()
    for suite in suites:
        for case in suite.cases:
            levels |= {(suite.title,), (suite.title, suite.model)}
            counts["tests"] += 1
            counts[_STATUSES[case.kind]] += 1
            counts["flaky"] += case.fate == "flaky"
    return {**counts, "suites": len(levels)}


_KEYS = ("tests", "passed", "failed", "skipped", "pending", "other", "start", "stop")


def _test(suite: CaseSuite, case: ReportCase) -> dict[str, Any]:
    """One case; its id is the same for as long as eval, model and example are called the same."""
    test: dict[str, Any] = {
        "testId": digest([suite.title, suite.model, case.title])[:32],
        "name": case_text(case.title) or "(empty)",
        "status": _STATUSES[case.kind],
        "duration": 0,
        "suite": [case_text(suite.title), case_text(suite.model)],
        "rawStatus": case.fate or case.kind,
        "type": "prompt",
    }
    said = {"message": case.message or case.text, "trace": case.text if case.message else ""}
    test |= {name: case_text(text) for name, text in said.items() if text}
    if case.retries:
        test["retries"] = case.retries
    if case.fate == "flaky":
        test["flaky"] = True
    scores = {"base": case.base, "head": case.head}
    if known := {name: score for name, score in scores.items() if score is not None}:
        test["extra"] = {"scores": known}
    return test

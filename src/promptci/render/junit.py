"""Reports as JUnit XML: a suite per eval and model, a case per example."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from xml.sax.saxutils import escape

from promptci.check.checked import Checked
from promptci.compare.results import CompareResult, RunResult
from promptci.render.testcases import (
    CaseKind,
    CaseSuite,
    ReportCase,
    case_text,
    check_suites,
    compare_suites,
    run_suites,
)


def run(found: RunResult) -> Iterator[str]:
    """A run: what was lost since the last commit fails, and what its gate says."""
    return _written(lambda: run_suites(found))


def check(checked: Checked) -> Iterator[str]:
    """A check. Examples of reused evals were not run: they are one skipped case."""
    return _written(lambda: check_suites(checked))


def compare(found: CompareResult) -> Iterator[str]:
    """A comparison; what could not be compared is an error."""
    return _written(lambda: compare_suites(found))


def _written(suites: Callable[[], Iterable[CaseSuite]]) -> Iterator[str]:
    """The whole report in parts, one for each case, since there may be very many."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    counts = [Counter(case.kind for case in suite.cases) for suite in suites()]
    models = Counter(title for title, _ in {(suite.title, suite.model) for suite in suites()})
    yield f'<testsuites name="promptci"{_totals(sum(counts, Counter()))}>\n'
    for suite, kinds in zip(suites(), counts, strict=True):
        name = f"{suite.title} on {suite.model}"
        skipped = f' skipped="{kinds["skipped"]}"'
        yield f'  <testsuite name="{_attribute(name)}"{_totals(kinds)}{skipped}>\n'
        end = f"[{suite.model}]" if models[suite.title] > 1 else ""
        yield from (_element(suite.title, case, end) for case in suite.cases)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _totals(kinds: Counter[CaseKind]) -> str:
    """How many cases there are, and how many of them failed or have no result, as attributes."""
    return f' tests="{kinds.total()}" failures="{kinds["failure"]}" errors="{kinds["error"]}"'


_ELEMENTS = {"noted": "system-out"}


def _element(eval_: str, case: ReportCase, end: str) -> str:
    """One case. Readers know it by both names, whatever its suite: `end` tells models apart."""
    name = f"{case.title}{end}"
    start = f'    <testcase classname="{_attribute(eval_)}" name="{_attribute(name)}"'
    if case.kind == "passed":
        return f"{start} />\n"
    kind = _ELEMENTS.get(case.kind, case.kind)
    said = f' message="{_attribute(case.message)}"' if case.message else ""
    text = escape(case_text(case.text))
    inner = f"<{kind}{said}>{text}</{kind}>" if text else f"<{kind}{said} />"
    return f"{start}>\n      {inner}\n    </testcase>\n"


def _attribute(text: str) -> str:
    return escape(case_text(text), {'"': "&quot;", "\n": "&#10;", "\t": "&#09;", "\r": "&#13;"})

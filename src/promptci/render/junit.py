"""Reports as JUnit XML: a suite per eval and model, a case per example."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from xml.sax.saxutils import escape

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.comparison import Change
from promptci.compare.outcome import EvalOutcome, lost_ids
from promptci.compare.results import CompareResult, RunResult
from promptci.records.record import Result
from promptci.render.terminal.lost import model_names
from promptci.secrets.safetext import for_xml

MOST_TEXT = 10_000
"""Characters of one message or output."""

_GONE = "must pass, as the base has it, and is no longer among the golden examples"

Kind: TypeAlias = Literal["", "failure", "error", "skipped", "system-out"]


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case. `kind` is what is said of it; without one it passed."""

    name: str
    kind: Kind = ""
    message: str = ""
    text: str = ""


_Suite: TypeAlias = tuple[str, str, Iterable[_Case]]
"""Eval, model and cases."""


def run(found: RunResult) -> Iterator[str]:
    """A run: what was lost since the last commit fails, and what its gate says."""
    return _written(lambda: _run_suites(found))


def check(checked: Checked) -> Iterator[str]:
    """A check. Examples of reused evals were not run: they are one skipped case."""
    return _written(lambda: _suites(checked))


def compare(found: CompareResult) -> Iterator[str]:
    """A comparison; what could not be compared is an error."""
    return _written(lambda: _compare_suites(found))


def _written(suites: Callable[[], Iterable[_Suite]]) -> Iterator[str]:
    """The whole report in parts, one for each case, since there may be very many."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    counts = [Counter(case.kind for case in cases) for _, _, cases in suites()]
    yield f'<testsuites name="promptci"{_totals(sum(counts, Counter()))}>\n'
    for (name, model, cases), kinds in zip(suites(), counts, strict=True):
        skipped = f' skipped="{kinds["skipped"]}"'
        yield f'  <testsuite name="{_attribute(f"{name} on {model}")}"{_totals(kinds)}{skipped}>\n'
        yield from (_element(name, case) for case in cases)
        yield "  </testsuite>\n"
    yield "</testsuites>\n"


def _run_suites(found: RunResult) -> Iterator[_Suite]:
    whys = {lost.key: lost.why for lost in found.lost}
    for outcome in found.outcomes:
        yield outcome.record.eval, outcome.record.model, _run_cases(outcome, whys)


def _run_cases(outcome: EvalOutcome, whys: Mapping[tuple[str, str, str], str]) -> Iterator[_Case]:
    record, lost = outcome.record, frozenset(lost_ids(outcome))
    for result in record.results:
        if result.id in lost:
            why = whys.get((record.eval, record.model, result.id), "")
            yield _Case(result.id, "failure", "passed at the last commit and fails now", why)
        else:
            yield _single(result, "fails, but did not pass at the last commit")
    yield from (_Case("gate", "failure", failure) for failure in outcome.failures)


def _compare_suites(found: CompareResult) -> Iterator[_Suite]:
    for each in found.found:
        yield each.name, model_names(each), _compared(each)
    for name, why in sorted(found.obstacles.items()):
        yield name, "all models", [_Case("gate", "error", f"not comparable: {why}")]


def _suites(checked: Checked) -> Iterator[_Suite]:
    """Eval, model and cases."""
    for found in checked.compared:
        yield found.name, model_names(found), _compared(found)
    for found in checked.by_base.found:
        yield f"{found.name} by the base's judge", model_names(found), _compared(found)
    for name, why in checked.by_base.obstacles:
        reason = f"the base's judge cannot judge this change: {why}"
        yield f"{name} by the base's judge", "all models", [_Case("gate", "error", reason)]
    for outcome in checked.fresh:
        yield outcome.record.eval, outcome.record.model, _fresh(outcome)
    for name, model in checked.reused:
        reason = "unchanged since the base: its record was reused"
        yield name, model, [_Case("all examples", "skipped", reason)]
    for name, model in checked.unknown:
        reason = "not judged: the base has no record that holds, and nothing was asked"
        yield name, model, [_Case("all examples", "error", reason)]
    for each in checked.skipped:
        yield each.name, each.model, [_Case("all examples", "error", f"not evaluated: {each.why}")]
    gone = [_Case(f"{name}: {id_}", "failure", _GONE) for name, id_ in checked.missing]
    if gone:
        yield "must pass, but gone", "all models", gone
    if checked.stale:
        cases = [_Case(each.path, "error", each.why, each.cure) for each in checked.stale]
        yield "score records", "all models", cases


def _compared(found: Compared) -> Iterator[_Case]:
    whys = {
        lost.example.id: f"{lost.why}\nbase: {lost.base}\nhead: {lost.head}" for lost in found.lost
    }
    for change in found.confirmed.comparison.changes:
        yield _case(found, change, whys.get(change.id, ""))
    for block in found.blocks:
        yield _Case(f"gate: {block.rule}", "failure", block.why)
    if found.judgement.verdict == "not comparable":
        yield _Case("gate", "error", f"not comparable: {found.judgement.obstacle}")


def _case(found: Compared, change: Change, why: str) -> _Case:
    """One example by its fate."""
    if change.fate == "lost" and change.id in found.pair.accepted:
        return _Case(change.id, "skipped", "lost, which was accepted")
    if change.fate == "lost":
        return _Case(change.id, "failure", "passed on the base and fails now", why)
    if change.fate == "error":
        side = "base" if change.base and change.base.fate == "error" else "head"
        return _Case(change.id, "error", f"no answer on the {side}'s side")
    if change.fate == "removed":
        return _Case(change.id, "skipped", "not among the golden examples any more")
    if change.fate in ("flaky", "changed"):
        return _Case(change.id, "system-out", text=f"{change.fate}: not held against the base")
    return _single(change.head, "fails, but was not lost by this change")


def _fresh(outcome: EvalOutcome) -> Iterator[_Case]:
    """An eval that the base does not have."""
    for result in outcome.record.results:
        yield _single(result, "fails, with no base to compare with")
    yield from (_Case("gate", "failure", failure) for failure in outcome.failures)


def _single(result: Result | None, failing: str) -> _Case:
    """An example that is not lost; failing as before is no failure of the check."""
    assert result is not None
    if result.fate == "error":
        return _Case(result.id, "error", "no answer")
    if result.fate == "fail":
        return _Case(result.id, "system-out", text=failing)
    return _Case(result.id)


def _totals(kinds: Counter[Kind]) -> str:
    """How many cases there are, and how many of them failed or came to nothing, as attributes."""
    return f' tests="{kinds.total()}" failures="{kinds["failure"]}" errors="{kinds["error"]}"'


def _element(name: str, case: _Case) -> str:
    start = f'    <testcase classname="{_attribute(name)}" name="{_attribute(case.name)}"'
    if not case.kind:
        return f"{start} />\n"
    said = "" if case.kind == "system-out" else f' message="{_attribute(case.message)}"'
    text = escape(_text(case.text))
    inner = f"<{case.kind}{said}>{text}</{case.kind}>" if text else f"<{case.kind}{said} />"
    return f"{start}>\n      {inner}\n    </testcase>\n"


def _attribute(text: str) -> str:
    return escape(_text(text), {'"': "&quot;", "\n": "&#10;", "\t": "&#09;", "\r": "&#13;"})


def _text(text: str) -> str:
    safe = for_xml(text)
    return safe if len(safe) <= MOST_TEXT else f"{safe[:MOST_TEXT]}…"

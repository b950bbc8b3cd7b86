"""What a check found as cases of tests, for the reports that CI systems read."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.comparison import Change
from promptci.compare.outcomes.outcome import EvalOutcome, lost_ids
from promptci.compare.results import BaseAnswers, CompareResult, RunResult
from promptci.records.record import Result
from promptci.render.named import model_names
from promptci.secrets.safetext import for_xml

MOST_TEXT = 10_000
"""Characters of one message or output."""

_GONE = "must pass, as the base has it, and is no longer among the golden examples"
_BASE_JUDGE = "by the base's judge"
_BASE_SCORERS = "by the base's examples and scorers"
_MOVED = "edited or removed, and lost as the base has it"
_CLAIMED = "nothing was asked: the change's own record is the author's word"

CaseKind: TypeAlias = Literal["passed", "failure", "error", "skipped", "noted"]
"""What became of a case; `noted` passed, and something is said of it."""

_GATE = re.compile(r"(gate|%(25)*67ate)(: .*)?$")
"""Names of gates, and how an example called so is written."""

_Said: TypeAlias = tuple[CaseKind, str, str]


class ReportCase(Struct, frozen=True):
    """One case. `fate` is that of an example, empty where the case is no single example.

    `base` and `head` are its scores, None on a side without one. `retries` says how often it was
    asked again on each side.
    """

    name: str
    kind: CaseKind = "passed"
    message: str = ""
    text: str = ""
    fate: str = ""
    base: float | None = None
    head: float | None = None
    retries: int = 0

    @property
    def title(self) -> str:
        """Its name, never that of a gate: an example called `gate` is `%67ate`, as in pytest."""
        first = (
            f"%{ord(self.name[0]):02x}" if self.fate and _GATE.match(self.name) else self.name[:1]
        )
        return first + self.name[1:]


def case_text(text: str) -> str:
    """A message or an output, safe in XML and not too long for one."""
    safe = for_xml(text)
    return safe if len(safe) <= MOST_TEXT else f"{safe[:MOST_TEXT]}…"


class CaseSuite(Struct, frozen=True):
    """The cases of one eval on its model or pair of models; they are made when they are read.

    `about` says by what they were judged, if not by the eval as it is.
    """

    eval: str
    model: str
    cases: Iterable[ReportCase]
    about: str = ""

    @property
    def title(self) -> str:
        """The eval, and what its cases are about."""
        return f"{self.eval} {self.about}" if self.about else self.eval


def run_suites(found: RunResult) -> Iterator[CaseSuite]:
    """A run: what was lost since the last commit fails, and what its gate says."""
    whys = {lost.key: lost.why for lost in found.lost}
    for outcome in found.outcomes:
        yield CaseSuite(outcome.record.eval, outcome.record.model, _run_cases(outcome, whys))


def _run_cases(
    outcome: EvalOutcome, whys: Mapping[tuple[str, str, str], str]
) -> Iterator[ReportCase]:
    record, lost = outcome.record, frozenset(lost_ids(outcome))
    for result in record.results:
        if result.id in lost:
            why = whys.get((record.eval, record.model, result.id), "")
            said: _Said = "failure", "passed at the last commit and fails now", why
        else:
            failing = "fails, but did not pass at the last commit"
            said = _single(result, failing, outcome.unanswered)
        fate = "lost" if result.id in lost else result.fate
        yield ReportCase(result.id, *said, fate, head=_score(result))
    yield from _gate(("gate", failure) for failure in outcome.failures)
    if outcome.open_question:
        yield ReportCase("gate", "error", f"no verdict: {outcome.open_question}")


def compare_suites(found: CompareResult) -> Iterator[CaseSuite]:
    """A comparison; what could not be compared is an error."""
    for each in found.found:
        yield CaseSuite(each.name, model_names(each), _compared(each))
    for name, why in sorted(found.obstacles.items()):
        case = ReportCase("gate", "error", f"not comparable: {why}")
        yield CaseSuite(name, "all models", [case])
    yield from _by_questions(found.asked_by_base)
    yield from _gone(found.missing)


def check_suites(checked: Checked) -> Iterator[CaseSuite]:
    """Everything that a check found. Examples of reused evals were not run: one skipped case."""
    for found in checked.compared:
        yield CaseSuite(found.name, model_names(found), _compared(found))
    yield from _by_base(checked)
    for outcome in checked.fresh:
        yield CaseSuite(outcome.record.eval, outcome.record.model, _fresh(outcome))
    for name, model in checked.reused:
        reason = "unchanged since the base: its record was reused"
        yield _whole(name, model, "skipped", reason)
    for name, model in checked.unknown:
        reason = "not judged: the base has no record that holds, and nothing was asked"
        yield _whole(name, model, "error", reason)
    for each in checked.skipped:
        yield _whole(each.name, each.model, "error", f"not evaluated: {each.why}")
    for name, model in checked.claimed:
        yield CaseSuite(name, model, [ReportCase("record", "error", _CLAIMED)])
    yield from _gone(checked.missing)
    for record, loss in checked.ended:
        case = ReportCase(loss.id, "failure", f"accepted until {loss.until}, which is over")
        yield CaseSuite(record.eval, record.model, [case], "accepted, but no longer")
    if checked.stale:
        cases = [ReportCase(each.path, "error", each.why, each.cure) for each in checked.stale]
        yield CaseSuite("score records", "all models", cases)


def _by_base(checked: Checked) -> Iterator[CaseSuite]:
    """What the base's judges, examples and scorers say of the change."""
    for found in checked.by_base.found:
        yield CaseSuite(found.name, model_names(found), _compared(found), _BASE_JUDGE)
    for name, why in checked.by_base.obstacles:
        reason = f"the base's judge cannot judge this change: {why}"
        case = ReportCase("gate", "error", reason)
        yield CaseSuite(name, "all models", [case], _BASE_JUDGE)
    yield from _by_questions(checked.asked_by_base)


def _by_questions(asked: BaseAnswers) -> Iterator[CaseSuite]:
    """What the base's examples and scorers say."""
    for found in asked.found:
        yield CaseSuite(found.name, model_names(found), _compared(found), _BASE_SCORERS)
    for moved in asked.moved:
        if moved.lost:
            said = [ReportCase(id_, "noted", text=_MOVED, fate="lost") for id_ in moved.lost]
            yield CaseSuite(moved.eval, "all models", said, "as the base has its examples")


def _gone(missing: Sequence[tuple[str, str]]) -> Iterator[CaseSuite]:
    """Examples that must pass and were taken away, by eval."""
    for name in sorted({name for name, _ in missing}):
        gone = [ReportCase(id_, "failure", _GONE) for eval_, id_ in missing if eval_ == name]
        yield CaseSuite(name, "all models", gone, "must pass, but gone")


def _whole(name: str, model: str, kind: CaseKind, reason: str) -> CaseSuite:
    return CaseSuite(name, model, [ReportCase("all examples", kind, reason)])


def _compared(found: Compared) -> Iterator[ReportCase]:
    whys = {
        lost.example.id: f"{lost.why}\nbase: {lost.base}\nhead: {lost.head}" for lost in found.lost
    }
    for change in found.confirmed.comparison.changes:
        yield _case(found, change, whys.get(change.id, ""))
    yield from _gate((f"gate: {block.rule}", block.why) for block in found.blocks)
    if found.open_loss:
        yield ReportCase("gate", "error", f"no verdict: {found.open_loss}")
    if found.judgement.verdict == "not comparable" and found.is_undecided:
        yield ReportCase("gate", "error", f"not comparable: {found.judgement.obstacle}")


def _case(found: Compared, change: Change, why: str) -> ReportCase:
    """One example by its fate."""
    kind, message, text = _said(found, change, why)
    retries = found.confirmed.times if change.fate in ("lost", "won", "flaky") else 0
    base, head = (_score(result) for result in (change.base, change.head))
    return ReportCase(change.id, kind, message, text, change.fate, base, head, retries)


def _said(found: Compared, change: Change, why: str) -> _Said:
    if change.fate == "lost" and change.id in found.pair.accepted:
        return "skipped", "lost, which was accepted", ""
    if change.fate == "lost":
        return "failure", "passed on the base and fails now", why
    if change.fate == "error":
        is_base = change.base is not None and change.base.fate == "error"
        reasons = (found.base if is_base else found.head).unanswered
        missing = f"no answer on the {'base' if is_base else 'head'}'s side"
        return "error", _because(missing, reasons.get(change.id)), ""
    if change.fate == "removed":
        return "skipped", "not among the golden examples any more", ""
    if change.fate in ("flaky", "changed"):
        return "noted", "", f"{change.fate}: not compared with the base"
    return _single(change.head, "fails, but was not lost by this change", found.head.unanswered)


def _fresh(outcome: EvalOutcome) -> Iterator[ReportCase]:
    """An eval that the base does not have."""
    for result in outcome.record.results:
        failing = "fails, with no base to compare with"
        kind, message, text = _single(result, failing, outcome.unanswered)
        yield ReportCase(result.id, kind, message, text, "new", head=_score(result))
    yield from _gate(("gate", failure) for failure in outcome.failures)


def _gate(failures: Iterable[tuple[str, str]]) -> Iterator[ReportCase]:
    """What the gate says, one case for each name: what there is more of is its text."""
    said: dict[str, list[str]] = {}
    for name, why in failures:
        said.setdefault(name, []).append(why)
    for name, whys in said.items():
        yield ReportCase(name, "failure", whys[0], "\n".join(whys if len(whys) > 1 else ()))


def _single(result: Result | None, failing: str, reasons: Mapping[str, str]) -> _Said:
    """An example that is not lost; failing as before is no failure of the check."""
    assert result is not None
    if result.fate == "error":
        return "error", _because("no answer", reasons.get(result.id)), ""
    return ("noted", "", failing) if result.fate == "fail" else ("passed", "", "")


def _because(missing: str, why: str | None) -> str:
    return f"{missing}: {why}" if why else missing


def _score(result: Result | None) -> float | None:
    return None if result is None or result.fate == "error" else result.score

"""The results of a session of tests, as plain data that also goes from one process to another."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.results import RunResult
from promptci.render.testcases import CaseKind, run_suites
from promptci.secrets.safetext import for_terminal

_ENDED = "the run ended before it was asked"
_NO_VERDICT = "no verdict: answers are missing"


class EvalTestKey(NamedTuple):
    """One test: an example of an eval on a model, or its gate where `example` is None."""

    eval: str
    model: str
    example: str | None

    @property
    def text(self) -> str:
        """The key as text."""
        return msgspec.json.encode(list(self)).decode()


class Finding(msgspec.Struct, frozen=True):
    """What became of one test. `score` is None where there is none."""

    kind: CaseKind
    message: str = ""
    score: float | None = None


class Findings(msgspec.Struct, frozen=True):
    """All tests by the text of their key; `error` says why there are none, `faulty` of evals."""

    tests: dict[str, Finding] = {}
    error: str = ""
    faulty: dict[str, str] = {}

    def of(self, key: EvalTestKey) -> Finding:
        """What became of a test; an error where nothing was found out."""
        why = self.faulty.get(key.eval) or self.error or _ENDED
        return self.tests.get(key.text) or Finding("error", why)


def findings_of(found: RunResult) -> Iterator[tuple[EvalTestKey, Finding]]:
    """The tests of a run: examples as in its JUnit report, and a gate for each eval and model."""
    outcomes = {(o.record.eval, o.record.model): o for o in found.outcomes}
    for suite in run_suites(found):
        outcome = outcomes[suite.eval, suite.model]
        ids = {result.id for result in outcome.record.results}
        for case in suite.cases:
            if case.fate and case.name in ids:
                said = "\n".join(filter(None, (case.message, case.text)))
                key = EvalTestKey(suite.eval, suite.model, case.name)
                yield key, Finding(case.kind, for_terminal(said), case.head)
        yield EvalTestKey(suite.eval, suite.model, None), _gate(outcome, found)


def _gate(outcome: EvalOutcome, found: RunResult) -> Finding:
    if found.stopped is not None:
        return Finding("error", for_terminal(str(found.stopped)))
    if outcome.is_undecided or outcome.task.is_stale:
        return Finding("error", for_terminal("\n".join((_NO_VERDICT, *outcome.errors))))
    if outcome.open_question:
        return Finding("error", for_terminal(f"no verdict: {outcome.open_question}"))
    kind: CaseKind = "failure" if outcome.failures else "passed"
    return Finding(kind, for_terminal("\n".join(outcome.failures)), float(outcome.record.score))


def all_findings(results: Mapping[str, RunResult]) -> dict[str, Finding]:
    """The tests of several runs; the gate of a part of an eval is no test."""
    found: dict[str, Finding] = {}
    for name, result in results.items():
        for key, finding in findings_of(result):
            if name == "whole" or key.example is not None:
                found[key.text] = finding
    return found

"""Reports as JSON documents: numbered by `format`, one per call, for programs to read."""

from collections.abc import Mapping, Sequence
from typing import Any

from promptci.check.checked import Checked, Skipped
from promptci.check.gatechanges import GateChanges
from promptci.compare.compared import Compared
from promptci.compare.outcome import EvalOutcome, LostAnswer
from promptci.compare.sides import ComparedSide
from promptci.errors import Fault
from promptci.parsing.source import Plain
from promptci.render.acceptance import accept_commands
from promptci.render.json.compared_document import classes, compared, ends, tally
from promptci.render.json.jsontext import dumps
from promptci.render.overall import comparison_sentence, overall_sentence
from promptci.run.dryrun import Estimate

__all__ = ["check", "compare", "dry_run", "dumps", "error", "lint", "run", "score"]


def run(
    outcomes: Sequence[EvalOutcome],
    lost: Sequence[LostAnswer],
    written: Sequence[str],
    exit_code: int,
) -> str:
    """The report of a run; `written` are the paths of the records that changed."""
    return dumps(_run("run", outcomes, lost, exit_code) | {"written": list(written)})


def score(
    outcomes: Sequence[EvalOutcome],
    lost: Sequence[LostAnswer],
    results: Sequence[Mapping[str, Any]],
    exit_code: int,
) -> str:
    """The report on outputs obtained elsewhere, with the result of each."""
    in_order = sorted(results, key=lambda result: str(result["example"]))
    return dumps(_run("score", outcomes, lost, exit_code) | {"examples": in_order})


def _run(
    command: str, outcomes: Sequence[EvalOutcome], lost: Sequence[LostAnswer], exit_code: int
) -> dict[str, Any]:
    return {
        "command": command,
        "exit_code": exit_code,
        "evals": [_outcome(outcome) for outcome in outcomes],
        "lost": [_lost(example) for example in lost],
    }


def dry_run(estimates: Sequence[Estimate], *, command: str = "run") -> str:
    """What a run would ask."""
    return dumps(
        {
            "command": command,
            "exit_code": 0,
            "dry_run": True,
            "evals": [
                {
                    "eval": found.task.spec.name,
                    "model": found.task.model.name,
                    "examples": found.examples,
                    "cached": found.cached,
                    "requests": found.requests,
                    "input_tokens": found.usage.input_tokens,
                    "output_tokens": found.usage.output_tokens,
                    "cost": None if found.cost is None else str(found.cost),
                    "at_least": found.is_least,
                }
                for found in estimates
            ],
        }
    )


def compare(
    found: Sequence[Compared],
    obstacles: Mapping[str, str],
    base: ComparedSide,
    head: ComparedSide,
    exit_code: int,
) -> str:
    """The report of a comparison; `obstacles` says why some evals could not be compared."""
    return dumps(
        {
            "command": "compare",
            "exit_code": exit_code,
            "sentence": comparison_sentence(found, obstacles),
            "base": {"name": base.name, "kind": base.kind},
            "head": {"name": head.name, "kind": head.kind},
            "evals": [compared(each) for each in found],
            "not_compared": dict(sorted(obstacles.items())),
        }
    )


def check(found: Checked) -> str:
    """The report of a check."""
    return dumps(
        {
            "command": "check",
            "exit_code": found.exit_code,
            "sentence": overall_sentence(found),
            "base": {"commit": found.basis.revision.id, "why": found.basis.why},
            "evals": [compared(each) for each in found.compared],
            "new": [_outcome(outcome) for outcome in found.fresh],
            "reused": [{"eval": name, "model": model} for name, model in found.reused],
            "stale": [
                {"path": each.path, "why": each.why, "cure": each.cure} for each in found.stale
            ],
            "flaky": [
                {"eval": name, "model": model, "example": id_} for name, model, id_ in found.flaky
            ],
            "unknown": [{"eval": name, "model": model} for name, model in found.unknown],
            "not_evaluated": [_skipped(each) for each in found.skipped],
            "by_base": {
                "judges": [
                    {"eval": each.eval, "label": each.label, "base": each.base, "head": each.head}
                    for each in found.by_base.changed
                ],
                "evals": [compared(each) for each in found.by_base.found],
                "not_judged": dict(found.by_base.obstacles),
            },
            "base_questions": {
                "evals": [compared(each) for each in found.asked_by_base.found],
                "moved": [
                    {
                        "eval": each.eval,
                        "examples": each.moved,
                        "lost": list(each.lost),
                        "must_pass": list(each.must_pass),
                    }
                    for each in found.asked_by_base.moved
                ],
                "not_asked": dict(found.asked_by_base.obstacles),
            },
            "claimed": [{"eval": name, "model": model} for name, model in found.claimed],
            "missing": [{"eval": name, "example": id_} for name, id_ in found.missing],
            "terms": [_terms(each) for each in found.terms],
            "removed": list(found.removed),
            "renamed": [{"eval": name, "was": was} for name, was in sorted(found.renamed.items())],
            "notes": [*found.moved, *found.remarks],
            "accept": accept_commands(found.compared),
        }
    )


def _skipped(skipped: Skipped) -> dict[str, Any]:
    """A changed eval that was not evaluated; its claim is no verdict, and so without one."""
    claim = skipped.claim
    if isinstance(claim, EvalOutcome):
        said: dict[str, Any] | None = _outcome(claim)
    else:
        said = None if claim is None else compared(claim)
    return {"eval": skipped.name, "model": skipped.model, "why": skipped.why, "claim": said}


def _terms(terms: GateChanges) -> dict[str, Any]:
    return {
        "eval": terms.eval,
        "gate": list(terms.gate),
        "scorers": terms.is_scored_otherwise,
        "models": list(terms.models),
        "added": list(terms.added),
        "removed": list(terms.removed),
        "edited": list(terms.edited),
    }


def lint(faults: Sequence[Fault], exit_code: int) -> str:
    """What is wrong with the files."""
    return dumps({"command": "lint", "exit_code": exit_code, "faults": [_fault(f) for f in faults]})


def error(message: str, exit_code: int, faults: Sequence[Fault] = ()) -> str:
    """What went wrong, in place of a report."""
    return dumps(
        {
            "exit_code": exit_code,
            "error": message,
            "faults": [_fault(fault) for fault in faults],
        }
    )


def _fault(fault: Fault) -> dict[str, Plain]:
    return {
        "path": fault.path,
        "line": fault.line or None,
        "column": fault.column or None,
        "message": fault.message,
        "warning": fault.warning,
    }


def _outcome(outcome: EvalOutcome) -> dict[str, Any]:
    record, spent, found = outcome.record, outcome.spent, outcome.comparison
    p50, p95 = spent.latencies or (None, None)
    return {
        "eval": record.eval,
        "was": None if not outcome.base or outcome.base.eval == record.eval else outcome.base.eval,
        "model": record.model,
        "prompt": record.prompt,
        "version": record.version,
        "fingerprint": record.fingerprint,
        "score": record.score if record.total > record.errors else None,
        "interval": ends(outcome.interval),
        "passed": record.passed,
        "total": record.total,
        "errors": record.errors,
        "truncated": outcome.truncated,
        "unstable": outcome.unstable,
        "metrics": dict(record.metrics) | dict.fromkeys(outcome.obstacles),
        "tags": {tag: tally(value) for tag, value in record.tags.items()},
        "classes": classes(outcome),
        "change": None
        if found is None
        else {
            "delta": found.delta,
            "obstacle": found.obstacle or None,
            **{
                fate: list(found.ids(fate))
                for fate in ("lost", "won", "changed", "new", "removed", "error")
            },
        },
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
        "cost": None if spent.cost is None else str(spent.cost),
        "latency": {"p50": p50, "p95": p95},
        "asked": spent.asked,
        "cached": spent.cached,
        "sampling": record.sampling,
        "failures": list(outcome.failures),
        "reasons": dict(outcome.errors),
        "undecided": outcome.is_undecided,
    }


def _lost(lost: LostAnswer) -> dict[str, Plain]:
    return {
        "eval": lost.eval,
        "model": lost.model,
        "example": lost.example.id,
        "expected": lost.example.expected,
        "output": lost.output,
        "why": lost.why,
    }

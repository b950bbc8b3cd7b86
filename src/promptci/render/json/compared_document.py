"""One comparison as plain values, for the documents of `compare` and `check`."""

from dataclasses import asdict
from typing import Any

from promptci.compare.compared import Compared, LostExample
from promptci.compare.comparison import ChangeFate
from promptci.compare.outcome import EvalOutcome, Spent
from promptci.parsing.source import Plain
from promptci.records.record import Tally
from promptci.render.sentences import shared_count, verdict_sentence
from promptci.render.terminal.breakdown import metric_rows, spent, tag_rows
from promptci.render.terminal.contests import contest_document
from promptci.stats import Interval

_FATES: tuple[ChangeFate, ...] = ("lost", "won", "flaky", "error", "changed", "new", "removed")


def compared(found: Compared) -> dict[str, Any]:
    """Everything that is known of one eval on one pair of models."""
    return {
        "eval": found.name,
        "was": found.pair.was or None,
        "verdict": found.judgement.verdict,
        "undecided": found.is_undecided,
        "sentence": verdict_sentence(found),
        **_inference(found),
        **_facts(found),
        "blocks": [{"rule": block.rule, "why": block.why} for block in found.blocks],
        "base": _side(found, found.base, spent(found)[0], is_base=True),
        "head": _side(found, found.head, spent(found)[1], is_base=False),
        "hidden_tags": [row.tag for row in tag_rows(found) if row.is_hidden],
        "format_metrics": [row.label for row in metric_rows(found) if row.is_format],
        "contests": [contest_document(each) for each in found.contests],
        "lost": [_lost(found, each) for each in found.lost],
    }


def _inference(found: Compared) -> dict[str, Any]:
    """What the examples say about others; null where there was nothing to test."""
    judgement, p = found.judgement, found.judgement.p
    is_known = judgement.n > 0
    return {
        "obstacle": judgement.obstacle or None,
        "n": judgement.n,
        "cells": {
            "both": judgement.cells.both,
            "only_base": judgement.cells.only_base,
            "only_head": judgement.cells.only_head,
            "neither": judgement.cells.neither,
        },
        "delta": judgement.delta if is_known else None,
        "interval": ends(judgement.interval),
        "p": None if p is None else p.p,
        "log_p": None if p is None else p.log_p,
        "test": None if p is None else p.test,
        "adjusted_p": None if p is None else judgement.adjusted_p,
        "tolerance": judgement.tolerance,
        "detectable": judgement.detectable,
        "needed": judgement.needed,
    }


def _facts(found: Compared) -> dict[str, Any]:
    """What happened on these examples."""
    comparison, shared = found.confirmed.comparison, shared_count(found)
    return {
        "compared": shared,
        "same": len(comparison.ids("same")),
        "examples": {fate: list(comparison.ids(fate)) for fate in _FATES},
        "confirmation": {"asked": found.confirmed.was_asked, "note": found.confirmed.note},
        "accepted": sorted(found.pair.accepted),
        "stale_accepted": list(found.stale_accepted),
        "negative_flips": len(comparison.ids("lost")) / shared if shared else None,
        "churn": found.churn,
    }


def _side(
    found: Compared, outcome: EvalOutcome, took: Spent | None, *, is_base: bool
) -> dict[str, Any]:
    """One side. Its score is over the compared examples, `passed` and the rest over all."""
    judgement, record = found.judgement, outcome.record
    score = judgement.base_score if is_base else judgement.head_score
    interval = judgement.base_interval if is_base else judgement.head_interval
    return {
        "model": record.model,
        "prompt": record.prompt,
        "version": record.version,
        "fingerprint": record.fingerprint,
        "sampling": record.sampling,
        "score": score if judgement.n else None,
        "interval": ends(interval),
        "passed": record.passed,
        "total": record.total,
        "errors": record.errors,
        "reasons": dict(outcome.errors),
        "metrics": dict(record.metrics),
        "tags": {tag: tally(value) for tag, value in record.tags.items()},
        "classes": classes(outcome),
        "spent": None if took is None else _spent(took),
    }


def _spent(took: Spent) -> dict[str, Plain]:
    p50, p95 = took.latencies or (None, None)
    return {
        "input_tokens": took.input_tokens,
        "output_tokens": took.output_tokens,
        "cost": None if took.cost is None else str(took.cost),
        "latency": {"p50": p50, "p95": p95},
        "asked": took.asked,
        "cached": took.cached,
    }


def _lost(found: Compared, lost: LostExample) -> dict[str, Plain]:
    return {
        "example": lost.example.id,
        "vars": dict(lost.example.vars),
        "expected": lost.example.expected,
        "base": lost.base,
        "head": lost.head,
        "why": lost.why,
        "accepted": lost.example.id in found.pair.accepted,
    }


def ends(interval: Interval | None) -> list[float] | None:
    """An interval as its two ends."""
    return None if interval is None else [interval.low, interval.high]


def classes(outcome: EvalOutcome) -> dict[str, Any]:
    """The figures of each class and the confusion matrix, by metric."""
    return {
        label: {
            "accuracy": found.accuracy,
            "macro_f1": found.macro_f1,
            "labels": list(found.labels),
            "per_class": [asdict(each) for each in found.classes],
            "matrix": [list(row) for row in found.matrix],
        }
        for label, found in outcome.confusions.items()
    }


def tally(value: Tally) -> dict[str, Plain]:
    """The score of a tag, and how many passed."""
    return {"score": value.score, "passed": value.passed, "total": value.total}

"""Results kept from an earlier record: what is added up of them does not move by rounding."""

from dataclasses import replace

import pytest

from promptci.records.record import Parts, Record, Result, Tally
from promptci.records.restored import restored
from promptci.records.scorefile import dump

TAGS = {"a": ["plain"], "b": ["plain"], "c": ["plain"]}


def record(**scores: float) -> Record:
    results = tuple(
        Result(id_, f"{id_:0<32}", "pass" if score == 1 else "fail", score, (("length", score),))
        for id_, score in scores.items()
    )
    mean = sum(scores.values()) / len(scores)
    passed = sum(result.passed for result in results)
    return Record(
        eval="polite",
        model="m",
        model_id="api m",
        build="",
        prompt="polite",
        version="",
        fingerprint="0" * 32,
        parts=Parts("1" * 32, "2" * 32, "3" * 32, "4" * 32),
        sampling="greedy",
        score=mean,
        passed=passed,
        total=len(results),
        metrics={"length": mean},
        tags={"plain": Tally(mean, passed, len(results))},
        results=results,
    )


def test_what_is_the_same_but_for_rounding_is_written_the_same():
    now = record(a=0.1234564, b=0.1234564, c=0.1234568)
    before = replace(now, results=record(a=0.123456, b=0.123456, c=0.123457).results)
    kept = restored(now, before, {"a", "b", "c"}, TAGS)
    assert dump({"m": kept}) == dump({"m": now})


def test_a_result_that_differs_is_kept_and_counted():
    now, before = record(a=0.25, b=0, c=0), record(a=0.25, b=1, c=0)
    kept = restored(now, before, {"b"}, TAGS)
    assert [result.passed for result in kept.results] == [False, True, False]
    assert kept.passed == kept.tags["plain"].passed == 1
    assert kept.metrics["length"] == pytest.approx(kept.tags["plain"].score)

"""Results kept from an earlier record: what is added up of them does not move by rounding."""

import pytest
from msgspec.structs import replace

from promptci.records.record import Parts, Record, Result, Tally
from promptci.records.restored import restored, retagged
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


def read_again(written: Record) -> Record:
    """The record as a file has it: six decimals, in examples and in sums."""

    def short(value: float) -> float:
        return round(value, 6)

    results = tuple(
        replace(each, score=short(each.score), scores=(("length", short(each.score)),))
        for each in written.results
    )
    tags = {name: replace(tally, score=short(tally.score)) for name, tally in written.tags.items()}
    metrics = {name: short(mean) for name, mean in written.metrics.items()}
    return replace(written, results=results, tags=tags, metrics=metrics, score=short(written.score))


def test_a_mean_of_thirds_does_not_move_by_a_millionth():
    scores = {f"e{n}": (1 / 3, 2 / 3)[n < 5] for n in range(17)}
    tags = {id_: ["plain"] for id_ in scores}
    measured = record(**scores)
    assert dump({"m": retagged(read_again(measured), tags)}) == dump({"m": measured})


def test_other_examples_under_a_tag_are_another_tally():
    once = read_again(record(a=1 / 3, b=1 / 3, c=0.6))
    moved = retagged(once, {"a": ["plain"], "c": ["plain", "hard"]})
    assert moved.tags["plain"] == Tally(pytest.approx(0.4666665), 0, 2)
    assert moved.tags["hard"] == Tally(0.6, 0, 1)


def test_a_record_put_back_whole_has_the_figures_it_had():
    scores = {f"e{n}": (1 / 3, 2 / 3)[n < 5] for n in range(17)}
    tags = {id_: ["plain"] for id_ in scores}
    before = read_again(record(**scores))
    kept = restored(record(**dict.fromkeys(scores, 1)), before, set(scores), tags)
    assert dump({"m": kept}) == dump({"m": before})

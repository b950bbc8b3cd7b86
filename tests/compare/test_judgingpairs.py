"""A fall that judges saw counts if their repeats show it, too."""

import pytest

from projects import PROMPT, config, planned, router
from promptci.compare.comparison import Change, Comparison
from promptci.compare.confirmed import Confirmed
from promptci.compare.judgingpairs import confirm_falls, judge_all
from promptci.compare.pairing.pairs import Pair
from promptci.compare.repeatresults import repeated
from promptci.records.record import Result
from promptci.specs.evalspec import Gate

URL = "http://127.0.0.1:9/v1"
COUNT, FELL = 30, 8


def result(id_: str, score: float) -> Result:
    return Result(id_, "d", "pass" if score > 0.5 else "fail", score)


def first_answers() -> Comparison:
    """Eight of thirty were lost at first."""
    ids = [f"t{n:02}" for n in range(COUNT)]
    lost = [Change(i, "lost", result(i, 1.0), result(i, 0.0)) for i in ids[:FELL]]
    same = [Change(i, "same", result(i, 1.0), result(i, 1.0)) for i in ids[FELL:]]
    return Comparison((*lost, *same))


@pytest.fixture
def pair() -> Pair:
    [base] = planned(router(URL, prompt=PROMPT, config=config(URL))).tasks
    return Pair(base, base, Gate())


def heeded(pair: Pair, after: list[float] | None) -> str:
    """The verdict where the head's repeats gave `after`, the base's passing; None: not asked."""
    first = first_answers()
    judgements = judge_all([pair], [first])
    assert judgements[0].verdict == "regressed"
    averaged = None
    if after is not None:
        changes = (repeated(c, [1.0] * 4, after) if c.fate == "lost" else c for c in first.changes)
        averaged = Comparison(tuple(changes))
    found = Confirmed(first, True, "", averaged=averaged)
    [judgement] = confirm_falls([pair], [first], judgements, [found])
    return judgement.verdict


def test_a_fall_that_the_repeats_show_too_stays(pair: Pair) -> None:
    assert heeded(pair, [0.0] * 4) == heeded(pair, [1.0, 0.0, 0.0, 0.0]) == "regressed"
    assert heeded(pair, None) == "regressed", "nothing varies, so nothing was averaged"


def test_noise_that_went_one_way_by_chance_is_no_regression(pair: Pair) -> None:
    first = first_answers()
    even = [
        repeated(c, [1.0, 0.0], [0.0, 1.0]) if c.id in ("t00", "t01") else c for c in first.changes
    ]
    mixed = tuple(
        repeated(c, [0.0] * 4, [1.0] * 4) if c.id in ("t02", "t03", "t04") else c for c in even
    )
    found = Confirmed(first, True, "", averaged=Comparison(mixed))
    [judgement] = confirm_falls([pair], [first], judge_all([pair], [first]), [found])
    assert judgement.verdict == "underpowered"
    assert judgement.delta == pytest.approx(-FELL / COUNT), (
        "the numbers are those of the first answers"
    )


def test_without_repeats_a_change_is_as_it_was() -> None:
    lost = first_answers().changes[0]
    assert repeated(lost, [], []) == lost
    again = repeated(lost, [1.0, 0.0], [0.0, 0.0, 1.0, 1.0])
    assert (again.base.score, again.head.score) == (0.5, 0.5)

"""What a comparison says: the inference of one eval, and of several as a family."""

import json
import tracemalloc
from pathlib import Path

import pytest
from msgspec.structs import replace

from promptci.compare.comparison import Change, Comparison, is_in_family
from promptci.compare.family import judge_family, regressed_among_moved
from promptci.compare.judgement import judge_comparison
from promptci.records.record import Result
from promptci.records.results import ChunkLine
from promptci.records.shared import SharedChunks
from tables import every_row

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "statistics.json").read_text("utf-8"))
AIRWAY = VECTORS["paired_binary"][0]


def change(id_, before, after, threshold=0.5, fate=None):
    """One example by its two scores."""
    sides = [Result(id_, "d", "pass" if s >= threshold else "fail", s) for s in (before, after)]
    passed = before >= threshold, after >= threshold
    found = {(True, False): "lost", (False, True): "won"}.get(passed, "same")
    return Change(id_, fate or found, *sides)


def paired(*scores, **more):
    return Comparison(tuple(change(f"e{i}", *both) for i, both in enumerate(scores)), **more)


def cells(both, only_base, only_head, neither):
    """A comparison with so many examples of each kind."""
    return paired(
        *[(1.0, 1.0)] * both,
        *[(1.0, 0.0)] * only_base,
        *[(0.0, 1.0)] * only_head,
        *[(0.0, 0.0)] * neither,
    )


def of(case):
    return cells(case["both"], case["only_old"], case["only_new"], case["neither"])


def test_passes_and_fails_are_judged_by_mcnemar_and_tango():
    found = judge_comparison(of(AIRWAY), tolerance=0.05)
    assert found.p.p == pytest.approx(AIRWAY["exact_p"])
    assert (found.interval.low, found.interval.high) == pytest.approx(AIRWAY["tango95"])
    assert found.delta == pytest.approx(AIRWAY["delta"])
    assert (found.base_score, found.head_score) == pytest.approx((8 / 21, 2 / 21))
    assert (found.cells.only_base, found.cells.only_head, found.n) == (7, 1, 21)
    assert found.verdict == "underpowered"
    assert judge_comparison(of(AIRWAY), tolerance=0.05, test="midp").p.p == pytest.approx(
        AIRWAY["mid_p"]
    )
    assert judge_comparison(of(AIRWAY), tolerance=0.05, test="midp").verdict == "regressed"


def test_graded_scores_are_judged_by_their_size():
    """Seven equal falls: 2 of the 128 ways to set the signs are as far from zero."""
    found = judge_comparison(paired(*[(0.9, 0.6)] * 7), tolerance=0.05)
    assert found.p.p == pytest.approx(2 / 128)
    assert (found.delta, found.verdict) == (pytest.approx(-0.3), "regressed")
    assert (found.cells.both, found.cells.only_base) == (7, 0)


def test_examples_of_one_cluster_count_as_one():
    """Two clusters that fall as wholes can be signed in only four ways."""
    comparison = cells(0, 12, 0, 0)
    alone = judge_comparison(comparison, tolerance=0.05)
    clusters = {f"e{i}": "ab"[i % 2] for i in range(12)}
    together = judge_comparison(comparison, tolerance=0.05, clusters=clusters)
    assert alone.p.p == pytest.approx(2 / 2**12)
    assert together.p.p == pytest.approx(0.5)
    assert (alone.verdict, together.verdict) == ("regressed", "underpowered")
    assert together.n == 12


def test_an_example_without_a_cluster_is_its_own():
    alone = judge_comparison(paired(*[(0.9, 0.6)] * 7), tolerance=0.05)
    found = judge_comparison(paired(*[(0.9, 0.6)] * 7), tolerance=0.05, clusters={"e0": "a"})
    assert found.p.p == pytest.approx(alone.p.p)


def test_accepted_losses_are_left_out():
    found = judge_comparison(
        cells(10, 8, 0, 2), tolerance=0.05, accepted=frozenset(f"e{i}" for i in range(10, 18))
    )
    assert (found.n, found.cells.only_base, found.delta) == (12, 0, 0.0)
    assert found.verdict != "regressed"
    assert (found.scores.base, found.scores.head, found.scores.delta) == (0.9, 0.5, -0.4)
    assert found.scores.head_interval.high < found.head_interval.high
    alone = judge_comparison(cells(10, 8, 0, 2), tolerance=0.05)
    assert (alone.all, alone.scores) == (None, replace(found.scores, delta=alone.delta))


def test_only_what_is_on_both_sides_is_judged():
    others = [change(f"x{f}", 1.0, 0.0, fate=f) for f in ("changed", "new", "removed", "error")]
    found = judge_comparison(Comparison((*cells(5, 0, 0, 0).changes, *others)), tolerance=0.05)
    assert (found.n, found.delta) == (5, 0.0)


@every_row(
    ("comparison", "why"),
    [
        (paired((1.0, 0.0), obstacle="the scorers changed"), "the scorers changed"),
        (Comparison(()), "no example is on both sides unchanged"),
    ],
)
def test_what_cannot_be_compared_has_no_figures(comparison, why):
    found = judge_comparison(comparison, tolerance=0.05)
    assert (found.verdict, found.obstacle, found.n) == ("not comparable", why, 0)
    assert (found.p, found.interval, found.detectable, found.needed) == (None,) * 4


def test_a_family_is_corrected_by_holm():
    """What regressed alone need not among ten; what could not be tested is not counted."""
    loser, still = cells(20, 6, 0, 0), cells(30, 0, 0, 0)
    alone = judge_comparison(loser, tolerance=0.05)
    assert (alone.p.p, alone.verdict) == (pytest.approx(1 / 32), "regressed")
    untested = judge_comparison(paired((1.0, 0.0), obstacle="sampling"), tolerance=0.05)
    family = judge_family([untested, alone, judge_comparison(still, tolerance=0.05)], [True] * 3)
    assert [each.adjusted_p for each in family] == pytest.approx([1.0, 1 / 16, 1.0])
    assert [each.verdict for each in family][:2] == ["not comparable", "underpowered"]
    assert judge_family([alone, untested], [True] * 2)[0].verdict == "regressed"


def test_evals_in_which_nothing_moved_hide_no_fall():
    loser, still, other = (
        judge_comparison(c, tolerance=0.05)
        for c in (cells(20, 6, 0, 0), cells(30, 0, 0, 0), cells(20, 2, 0, 0))
    )
    untested = judge_comparison(paired((1.0, 0.0), obstacle="sampling"), tolerance=0.05)
    for beside, would in (([still] * 9, True), ([other], False), ([untested], True)):
        family = judge_family([loser, *beside], [True] * (1 + len(beside)))
        assert regressed_among_moved(family) == (would, *[False] * len(beside))


def test_holm_over_the_vector():
    small = VECTORS["multiple_comparisons"]["small"]
    found = [judge_comparison(cells(5, 1, 1, 5), tolerance=0.05)] * len(small["p"])
    family = judge_family(
        [replace(each, p=replace(each.p, p=p)) for each, p in zip(found, small["p"], strict=True)],
        [True] * len(found),
    )
    assert [each.adjusted_p for each in family] == pytest.approx(small["holm"])


def test_nothing_flipped_says_how_little_is_known():
    found = judge_comparison(cells(5, 0, 0, 0), tolerance=0.05)
    assert (found.verdict, found.p.p) == ("underpowered", 1.0)
    assert found.needed > 5
    assert judge_comparison(cells(95, 0, 0, 5), tolerance=0.05).verdict == "no worse"


def test_what_a_change_left_alone_is_no_part_of_the_family():
    """Fifteen evals that did not change must not hide the one that regressed."""
    loser = judge_comparison(cells(20, 6, 0, 0), tolerance=0.05)
    still = judge_comparison(cells(30, 0, 0, 0), tolerance=0.05)
    family = judge_family([loser, *[still] * 15], [True, *[False] * 15])
    assert (family[0].adjusted_p, family[0].verdict) == (pytest.approx(1 / 32), "regressed")
    assert {each.verdict for each in family[1:]} == {still.verdict}


def test_the_family_is_what_asks_or_was_judged_otherwise():
    same, other = paired((1.0, 1.0), (0.0, 0.0)), paired((1.0, 1.0), (1.0, 0.0))
    assert is_in_family(same, asks_the_same=False)
    assert is_in_family(other, asks_the_same=True)
    assert not is_in_family(same, asks_the_same=True)
    [kept] = same.changes[:1]
    for fate, base, head in (("new", None, kept.head), ("removed", kept.base, None)):
        more = replace(same, changes=(*same.changes, Change("more", fate, base, head)))
        assert not is_in_family(more, asks_the_same=True)


def test_very_many_examples_that_stayed_take_little_room():
    count = 200_000
    same = SharedChunks({"a": ChunkLine(count - 100, count, "d")})
    tracemalloc.start()
    found = judge_comparison(Comparison((), shared=same), tolerance=0.0)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.n, found.delta, found.cells.both) == (count, 0.0, count - 100)
    assert most / count < 48  # five numbers of eight bytes, and what lists have in reserve

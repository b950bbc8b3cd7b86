"""Flipped examples are asked again on both sides before they count."""

from math import comb

import pytest
from msgspec.structs import replace

from projects import PROMPT, config, jsonl, planned, router
from promptci.compare.comparison import Change, Comparison
from promptci.compare.confirmation import confirm
from promptci.compare.confirmed import flipped
from promptci.compare.outcomes.collector import Collector
from promptci.compare.pairing.pairs import Pair
from promptci.compare.repeatrule import CHANCE, Rule, may_be_chance, repeats
from promptci.records.record import Result
from promptci.run.driving.work import Finished
from promptci.run.solving.solve import Evaluated, unanswered
from promptci.specs.evalspec import Gate
from promptci.specs.request import Request
from promptci.suite import golden
from tables import every_row

URL = "http://127.0.0.1:9/v1"
FATES = {"card": "lost", "refund": "won", "parcel": "same", "login": "error", "hello": "new"}


class Repeats:
    """Evaluates a plan by rule, from the prompt's version and the example's id and attempt.

    The rule says whether the example passed, or None where there was no answer.
    """

    def __init__(self, rule):
        self.rule = rule
        self.asked = []

    def __call__(self, plan, take):
        for task in plan.tasks:
            for example in task.examples():
                for attempt in range(plan.first, plan.first + plan.repeat):
                    take(self._finished(task, example, attempt))
        return Collector(plan, {})

    def _finished(self, task, example, attempt):
        self.asked.append((task.prompt.version, example.id, attempt))
        passed = self.rule(*self.asked[-1])
        if passed is None:
            return Finished(task, example, attempt, Evaluated(unanswered(example)))
        result = Result(example.id, example.digest, "pass" if passed else "fail", float(passed))
        request = Request(task.settings, task.prompt.render(example.vars), attempt)
        return Finished(task, example, attempt, Evaluated(result, request))


def holds(version, id_, _):
    """The first answers again: v1 passes what was lost and fails what was won."""
    return (id_ == "card") is (version == "v1")


def pair_of(**files):
    [base] = planned(router(URL, **files)).tasks
    later = {**files, "prompt": files.get("prompt", PROMPT).replace("version: v1", "version: v2")}
    [head] = planned(router(URL, **later)).tasks
    return Pair(base, head, Gate())


COMPARISON = Comparison(tuple(Change(id_, fate, None, None) for id_, fate in FATES.items()))


def confirmed(rule, pair=None, **options):
    run = Repeats(rule)
    [found] = confirm([pair or pair_of()], [COMPARISON], run, **options)
    return found, run.asked


def test_only_flips_are_asked_twice_on_both_sides():
    found, asked = confirmed(holds)
    assert sorted(asked) == [
        (version, id_, attempt)
        for version in ("v1", "v2")
        for id_ in ("card", "refund")
        for attempt in (1, 2)
    ]
    assert found.comparison == COMPARISON
    assert (found.was_asked, found.note) == (True, "each asked 2 times more on both sides")


def test_a_data_file_is_read_once_for_both_sides_and_all_repeats(monkeypatch):
    pair, opened, opening = pair_of(), [], golden.open_file
    monkeypatch.setattr(golden, "KEPT", 0)
    monkeypatch.setattr(golden, "open_file", lambda *of: opened.append(of) or opening(*of))
    pair = replace(pair, is_drift=True)  # asks round after round
    found, asked = confirmed(lambda *_: False, pair)
    assert (len(opened), len(asked) > 2, found.was_asked) == (1, True, True)


@every_row("version", ["v1", "v2"])
@every_row("attempt", [1, 2])
@every_row("id_", ["card", "refund"])
def test_one_repeat_that_says_other_makes_it_flaky(version, attempt, id_):
    def rule(*asked):
        return holds(*asked) != (asked == (version, id_, attempt))

    found, _ = confirmed(rule)
    assert found.comparison.ids("flaky") == (id_,)
    assert found.comparison.firm == ({id_} if version == "v1" else set())
    assert len(flipped(found.comparison)) == 1


@pytest.mark.parametrize("lacking", [1, 2, None], ids=["first", "second", "all"])
def test_a_repeat_without_an_answer_takes_no_loss_back(lacking):
    def rule(version, id_, attempt):
        return None if lacking in (None, attempt) else holds(version, id_, attempt)

    found, _ = confirmed(rule)
    assert found.comparison == COMPARISON


@every_row("mute", ["v1", "v2", "both"])
def test_a_side_that_never_answers_was_not_asked_again(mute):
    found, _ = confirmed(lambda v, *how: None if mute in (v, "both") else holds(v, *how))
    assert (found.was_asked, found.is_sure) == (False, False)
    assert found.remark == "not asked again"
    assert found.comparison.ids("lost") == ("card",)


@every_row(("contradicts", "asked"), [(1, 2), (2, 2), (3, 3), (4, 4), (None, 4)])
def test_where_both_sides_ask_the_same_one_is_asked_until_it_contradicts(contradicts, asked):
    """A model that says either thing half of the time rewrites one flip of sixteen, not of four."""
    pair = replace(pair_of(), is_drift=True)
    loss = Comparison((Change("card", "lost", None, None),))
    run = Repeats(lambda version, id_, attempt: attempt == contradicts)
    [found] = confirm([pair], [loss], run)
    assert run.asked == [("v2", "card", attempt) for attempt in range(1, asked + 1)]
    assert found.comparison.ids("flaky") == (("card",) if contradicts else ())
    assert found.note == "each asked up to 4 times more"


@every_row(
    ("doubtful", "first", "asked", "is_held"),
    [
        (15, 1, 15 * 2 + 6, False),  # what was saved goes on, until chance holds none of 16
        (14, 1, 14 * 2 + 2 * 6, True),
        (8, 1, 8 * 2 + 8 * 6, True),  # no more than could be asked without a contradiction
        (4, 1, 4 * 2 + 12 * 4, True),
        (15, 7, 16 * 4, True),
    ],
)
def test_where_most_flips_are_noise_those_that_held_are_asked_on(doubtful, first, asked, is_held):
    rows = [{"id": f"e{n:02}", "vars": {"ticket": f"t{n}"}, "expected": "x"} for n in range(16)]
    pair = replace(pair_of(examples=jsonl(rows)), is_drift=True)
    loss = Comparison(tuple(Change(row["id"], "lost", None, None) for row in rows))
    run = Repeats(
        lambda _, id_, attempt: attempt >= first if int(id_[1:]) < doubtful else
        attempt == 6 and not is_held
    )  # fmt: skip
    [found] = confirm([pair], [loss], run)
    assert len(run.asked) == asked
    assert ("e15" in found.comparison.ids("lost")) is is_held
    assert found.note == f"each asked up to {max(each[2] for each in run.asked)} times more"


def test_zero_times_asks_no_model():
    found, asked = confirmed(holds, times=0)
    assert (asked, found.was_asked, found.note) == ([], False, "not asked again")
    assert found.comparison == COMPARISON


def test_a_deterministic_model_is_not_asked_again():
    found, asked = confirmed(
        holds, pair_of(config=config(URL).replace("model: small}", "model: smollm2}"))
    )
    assert (asked, found.was_asked) == ([], False)
    assert "deterministic" in found.note
    assert found.comparison == COMPARISON


def test_a_base_that_cannot_be_asked_leaves_flips_as_they_are():
    found, asked = confirmed(holds, replace(pair_of(), can_repeat=False))
    assert (asked, found.was_asked) == ([], False)
    assert found.note == "not asked again, since that cannot be done here"
    assert found.comparison == COMPARISON


def test_without_flips_nothing_is_asked_and_nothing_said():
    run = Repeats(holds)
    still = Comparison((Change("card", "same", None, None),))
    [found] = confirm([pair_of()], [still], run)
    assert (run.asked, found.was_asked, found.note) == ([], False, "")


def test_pairs_are_settled_each_by_their_own_repeats():
    first, second = pair_of(), pair_of(prompt=PROMPT.replace("version: v1", "version: w1"))
    loss = Comparison((Change("card", "lost", None, None),))
    run = Repeats(lambda version, *_: version != "v2")
    found = confirm([first, second], [loss, loss], run)
    assert [each.comparison.changes[0].fate for each in found] == ["lost", "flaky"]
    assert len(run.asked) == 2 * 2 * 2


def judged_pair():
    """The router, judged by a hosted model."""
    rubric = "examples: router.jsonl\nscorers: [rubric: {criteria: It is right., model: large}]\n"
    return pair_of(eval=rubric)


def test_flips_that_a_judge_decides_are_asked_until_its_noise_confirms_none():
    found, asked = confirmed(holds, judged_pair())
    times = repeats(2, 2).times
    assert found.comparison == COMPARISON
    assert sorted(asked) == [
        (version, id_, attempt)
        for version in ("v1", "v2")
        for id_ in ("card", "refund")
        for attempt in range(1, times + 1)
    ]
    assert found.note == f"each asked {times} times more on both sides"


@every_row(("when", "flaky"), [({4}, set()), ({1, 4}, {"card", "refund"})])
def test_one_contradiction_is_a_judges_slip_and_two_are_its_noise(when, flaky):
    def slips(version, id_, attempt):
        return holds(version, id_, attempt) is not (version == "v2" and attempt in when)

    found, _ = confirmed(slips, judged_pair())
    assert set(found.comparison.ids("flaky")) == flaky


def test_what_came_back_twice_is_not_asked_any_more():
    found, asked = confirmed(lambda *_: True, judged_pair())
    assert set(found.comparison.ids("flaky")) == {"card", "refund"}
    assert {attempt for _, _, attempt in asked} == {1, 2}


def test_zero_times_is_zero_also_where_a_judge_decides():
    found, asked = confirmed(holds, judged_pair(), times=0)
    assert (asked, found.was_asked) == ([], False)


@every_row(("flips", "times"), [(1, 5), (2, 5), (3, 6), (7, 6), (8, 7), (27, 7)])
def test_repeats_grow_with_the_flips_that_chance_could_confirm(flips, times):
    assert repeats(flips, 2) == Rule(times, 1)
    tails = [comb(2 * times, k) for k in (0, 1)]
    assert flips * sum(tails) / 2 ** (2 * times) <= CHANCE
    assert repeats(flips, 0) == Rule(0, 0)
    assert repeats(flips, 9) == Rule(9, 0)


def test_no_repeats_are_wanted_where_nothing_flipped():
    assert repeats(0, 2) == Rule(2, 0)


@every_row(
    ("flips", "net", "times", "may_be"),
    [
        (1, 1, 2, False),
        (2, 1, 2, False),
        (3, 1, 2, True),
        (3, 1, 3, False),
        (12, 2, 2, False),
        (20, 2, 2, True),
        (20, 4, 2, False),
        (476, 400, 2, False),
        (1, 1, 1, True),
    ],
)
def test_a_net_loss_beside_many_flips_may_be_chance(flips, net, times, may_be):
    assert may_be_chance(net, range(flips), times) is may_be


def test_what_held_beside_much_that_did_not_is_not_sure():
    rule = Repeats(lambda version, id_, attempt: id_ != "card" or version == "v1")
    ids = ("card", "refund", "parcel", "login")
    found = Comparison(tuple(Change(id_, "lost", None, None) for id_ in ids))
    [found] = confirm([pair_of()], [found], rule)
    assert found.comparison.ids("lost") == ("card",)
    assert not found.is_sure


@every_row(
    ("changes", "options", "is_sure"),
    [
        ({}, {}, True),
        ({}, {"times": 0}, False),
        ({"can_repeat": False}, {}, False),
    ],
)
def test_only_what_was_asked_again_is_sure(changes, options, is_sure):
    loss = Comparison((Change("card", "lost", None, None),))
    [found] = confirm([replace(pair_of(), **changes)], [loss], Repeats(holds), **options)
    assert found.is_sure is is_sure

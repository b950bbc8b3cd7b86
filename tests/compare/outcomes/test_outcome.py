"""What is made of results: records, intervals, losses and what it all took."""

from decimal import Decimal
from itertools import permutations

import pytest
from msgspec.structs import replace

from projects import EVAL, TICKETS, example, jsonl, planned, router
from promptci.compare.outcomes.collector import MOST_SHOWN, Collector
from promptci.compare.outcomes.gathered import MOST_REASONS
from promptci.compare.outcomes.outcome import outcomes_exit_code, score_interval
from promptci.compare.outcomes.tally import Sum, merge
from promptci.compare.results import RunResult
from promptci.errors import BudgetError, verdict_code
from promptci.records.record import Result, Score
from promptci.render.firstsentence import run_sentence
from promptci.render.stepoutputs import run_outputs
from promptci.render.testcases import run_suites
from promptci.run.answertotals import Took
from promptci.run.driving.work import Finished
from promptci.run.solving.solve import Evaluated, unanswered
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage
from promptci.spending.limits import Progress
from promptci.testing.findings import EvalTestKey, findings_of
from tables import every_row

URL = "http://127.0.0.1:9/v1"


def plan_of(**files):
    selected = files.pop("selected", {})
    return planned(router(URL, **files), **selected)


def finished(task, example, score, *, passed=None, attempt=0, why="", **completion):
    """A result as the runner would hand it on; a score of None is an error."""
    answer = Completion(f"said {score}", **{"cost": Decimal("0.01"), **completion})
    if score is None:
        return Finished(task, example, attempt, Evaluated(unanswered(example), why=why))
    fate = "pass" if (score == 1 if passed is None else passed) else "fail"
    result = Result(example.id, example.digest, fate, score)
    request = Request(task.settings, task.prompt.render(example.vars), attempt)
    scores = (("equals", Score(score, fate == "pass", "because")),)
    evaluated = Evaluated(result, request, answer, scores)
    took = Took()
    took.add(answer)
    return Finished(task, example, attempt, evaluated, took, 1)


def collect(plan, scores, bases=None, **completion):
    """What comes of these scores, in the order of the examples."""
    collector = Collector(plan, bases or {})
    [task] = plan.tasks
    for found, score in zip(task.examples(), scores, strict=True):
        collector.take(finished(task, found, score, **completion))
    return collector


def outcome_of(plan, scores, **more):
    [outcome] = collect(plan, scores, **more).outcomes()
    return outcome


def base_of(plan, scores):
    return {("router", "small"): outcome_of(plan, scores).record}


def test_a_record_says_who_passed_and_what_was_evaluated():
    plan = plan_of()
    record = outcome_of(plan, [1, 1, 0, 0.5, 1, 1]).record
    assert (record.eval, record.model, record.prompt, record.version) == (
        "router",
        "small",
        "router",
        "v1",
    )
    assert (record.score, record.passed, record.total) == (0.75, 4, 6)
    assert [result.id for result in record.results] == sorted(id_ for id_, _, _ in TICKETS)
    assert record.fingerprint == plan.tasks[0].fingerprint
    assert record.metrics == {"equals": 0.75}
    assert (record.tags["billing"].score, record.tags["billing"].passed) == (1.0, 2)
    assert (record.tags["shipping"].score, record.tags["shipping"].total) == (0.25, 2)


def test_errors_count_in_the_total_and_nowhere_else():
    outcome = outcome_of(plan_of(), [1, 0, None, None, None, None])
    record = outcome.record
    assert (record.score, record.passed, record.total, record.errors) == (0.5, 1, 6, 4)
    assert outcome.is_undecided


def test_the_order_of_arrival_changes_nothing():
    plan = plan_of(examples=jsonl(example(f"n{n}", f"Hi {n}", "x", tags=["t"]) for n in range(5)))
    [task] = plan.tasks
    results = [
        finished(task, found, score)
        for found, score in zip(task.examples(), (0.1, 0.2, 0.3, 0.7, 1e-9), strict=True)
    ]
    records = set()
    for order in permutations(results):
        collector = Collector(plan, {})
        for each in order:
            collector.take(each)
        records.add(repr(collector.outcomes()[0].record))
    assert len(records) == 1


@every_row(
    ("gate", "scores", "is_undecided"),
    [
        ("{}", [1, 1, 1, 1, 1, 1], False),
        ("{}", [1, 1, 1, 1, 1, None], True),
        ("{max_errors: 1}", [1, 1, 1, 1, 1, None], False),
        ("{max_errors: 1}", [1, 1, 1, 1, None, None], True),
        ("{max_errors: 9}", [None] * 6, True),
        ("{max_errors: 9, must_pass: [hello]}", [1, 1, 1, 1, 1, None], True),
        ("{max_errors: 9, must_pass: [card]}", [1, 1, 1, 1, 1, None], False),
    ],
)
def test_when_there_is_no_verdict(gate, scores, is_undecided):
    plan = plan_of(eval=f"{EVAL}gate: {gate}\n")
    assert outcome_of(plan, scores).is_undecided == is_undecided


@every_row(
    ("gate", "scores", "failures"),
    [
        ("{min_score: 0.5}", [1, 1, 1, 0, 0, 0], []),
        ("{min_score: 0.5}", [1, 1, 0, 0, 0, 0], ["the score 33.3% is below the floor of 50.0%"]),
        ("{must_pass: [card]}", [1, 0, 0, 0, 0, 0], []),
        ("{must_pass: [card]}", [0, 1, 1, 1, 1, 1], ["`card` must pass and fails"]),
        ("{must_pass: [card]}", [None, 1, 1, 1, 1, 1], []),
    ],
)
def test_floors_and_must_pass_examples(gate, scores, failures):
    outcome = outcome_of(plan_of(eval=f"{EVAL}gate: {gate}\n"), scores)
    assert outcome.failures == tuple(f"router on small: {failure}" for failure in failures)


def test_a_floor_is_that_of_all_examples():
    spec = f"{EVAL}gate: {{min_score: 1}}\n"
    plan = plan_of(eval=spec, selected={"examples": ("card", "hello")})
    assert outcome_of(plan, [0, 1]).failures == ()


def test_an_interval_fits_its_scores():
    results = [Result(str(n), "d", "pass", score) for n, score in enumerate((1.0, 0.0, 1.0, 1.0))]
    binary = score_interval(results)
    assert (round(binary.low, 3), round(binary.high, 3)) == (0.301, 0.954)  # Wilson's
    graded = score_interval([*results, Result("g", "d", "fail", 0.5)])
    assert 0 <= graded.low < 0.7 < graded.high <= 1
    assert score_interval([Result("e", "d", "error")]) is None


# Against the base


def test_lost_examples_passed_before_and_fail_now():
    plan = plan_of()
    collector = collect(plan, [0, 1, 0, 1, 1, None], base_of(plan, [1, 0, 0, 1, 1, 1]))
    outcomes = collector.outcomes()
    [lost] = collector.lost(outcomes)
    assert (lost.example.id, lost.output, lost.why) == ("card", "said 0", "equals: because")
    [outcome] = outcomes
    assert outcome.comparison.ids("won") == ("refund",)
    assert outcome.comparison.ids("error") == ("hello",)


def test_what_cannot_be_compared_is_not_lost():
    plan = plan_of()
    base = outcome_of(plan, [1] * 6).record
    other = replace(base, parts=replace(base.parts, scorers="other"))
    collector = collect(plan, [0] * 6, {("router", "small"): other})
    outcomes = collector.outcomes()
    assert collector.lost(outcomes) == []
    assert outcomes[0].comparison.obstacle == "the scorers changed"


def test_a_fall_by_other_scorers_passes_in_no_report():
    plan = plan_of()
    base = outcome_of(plan, [1] * 6).record
    other = replace(base, parts=replace(base.parts, scorers="other"))
    outcomes = collect(plan, [0, 1, 1, 1, 1, 1], {("router", "small"): other}).outcomes()
    found = RunResult(tuple(outcomes), (), (), Progress(6), keeps=True)
    why = "no verdict: the scorers changed and the score fell from 100.0% to 83.3%"
    assert found.exit_code == 3
    [suite] = run_suites(found)
    assert [(c.name, c.kind, c.message) for c in suite.cases][-1] == ("gate", "error", why)
    gate = dict(findings_of(found))[EvalTestKey("router", "small", None)]
    assert (gate.kind, gate.message) == ("error", why)
    assert run_sentence(outcomes) == "1 eval has no verdict: other scorers, lower score."


def test_a_loss_that_is_open_passes_in_no_report():
    plan = plan_of()
    [outcome] = collect(plan, [0] * 6, base_of(plan, [1] * 6)).outcomes()
    open_ = replace(outcome, failures=(), open_loss="lost 6 of 6, and not asked again")
    found = RunResult((open_,), (), (), Progress(6), keeps=True)
    assert found.exit_code == 3
    assert dict(findings_of(found))[EvalTestKey("router", "small", None)].kind == "error"
    assert run_outputs(found)["errors"] == "1"


def test_a_certain_no_is_one_whatever_is_open_beside_it():
    plan = plan_of()
    [outcome] = collect(plan, [0] * 6, base_of(plan, [1] * 6)).outcomes()
    blocked = replace(outcome, failures=("router on small: lost 6 of 6",))
    [mute] = collect(plan, [None] * 6).outcomes()
    mute = replace(mute, failures=blocked.failures)
    assert (mute.is_undecided, outcomes_exit_code([mute])) == (True, 3)
    assert outcomes_exit_code([mute, blocked]) == 1
    said = "1 of 1 eval misses its gate (`router`). 1 eval has no verdict: answers are missing."
    assert run_sentence([mute, blocked]) == said
    late = BudgetError("out of money")
    assert verdict_code(is_worse=True, is_open=True, stopped=late) == 1
    assert verdict_code(is_worse=False, is_open=True, stopped=late) == 4
    assert verdict_code(is_worse=False, is_open=False) == 0


def test_an_edited_example_is_not_lost():
    plan = plan_of()
    base = outcome_of(plan, [1] * 6).record
    edited = replace(base, results=tuple(replace(each, digest="else") for each in base.results))
    collector = collect(plan, [0] * 6, {("router", "small"): edited})
    assert collector.lost(collector.outcomes()) == []


def test_only_so_many_lost_examples_are_kept_and_always_the_first():
    rows = jsonl(example(f"n{number}", f"Hi {number}", "x") for number in range(200))
    plan = plan_of(examples=rows)
    base = base_of(plan, [1] * 200)
    [task] = plan.tasks
    collector = Collector(plan, base)
    for found in reversed(list(task.examples())):
        collector.take(finished(task, found, 0))
    lost = collector.lost(collector.outcomes())
    assert [each.example.id for each in lost] == [f"n{number}" for number in range(MOST_SHOWN)]


# What it took


def test_tokens_cost_and_latency_are_summed_up():
    plan = plan_of()
    collector = Collector(plan, {})
    [task] = plan.tasks
    for number, found in enumerate(task.examples()):
        usage = Usage(10, number)
        collector.take(finished(task, found, 1, usage=usage, latency=float(number)))
    spent = collector.outcomes()[0].spent
    assert (spent.input_tokens, spent.output_tokens) == (60, 15)
    assert spent.cost == Decimal("0.06")
    assert spent.latencies[0] == 2.5
    assert 4 < spent.latencies[1] <= 5
    assert (spent.asked, spent.cached) == (6, 0)


def test_one_unknown_price_makes_the_cost_unknown():
    plan = plan_of()
    [task] = plan.tasks
    collector = Collector(plan, {})
    for number, found in enumerate(task.examples()):
        collector.take(finished(task, found, 1, cost=None if number == 3 else Decimal(1)))
    assert collector.outcomes()[0].spent.cost is None


def test_what_a_model_makes_of_the_temperature_is_recorded():
    plan = plan_of()
    assert outcome_of(plan, [1] * 6).record.sampling == "greedy"
    outcome = outcome_of(plan, [1] * 6, sampling="provider-default")
    assert outcome.record.sampling == "provider-default"


def test_truncated_answers_are_counted():
    assert outcome_of(plan_of(), [1] * 6, outcome="truncated").truncated == 6


def test_reasons_for_missing_answers_are_counted_and_bounded():
    rows = jsonl(example(f"n{number}", f"Hi {number}", "x") for number in range(200))
    plan = plan_of(examples=rows)
    [task] = plan.tasks
    collector = Collector(plan, {})
    for number, found in enumerate(task.examples()):
        collector.take(finished(task, found, None, why=f"wait {number // 2} s"))
    errors = collector.outcomes()[0].errors
    assert len(errors) == MOST_REASONS + 1
    assert errors["wait 0 s"] == 2
    assert sum(errors.values()) == 200


# Repeats


@every_row(
    ("scores", "fate", "score"),
    [
        ([1, 1, 0], "pass", 2 / 3),
        ([1, 0, 0], "fail", 1 / 3),
        ([1, 0], "fail", 1 / 2),
        ([None, 1, 1], "pass", 1),
        ([None, 1, 0], "fail", 1 / 2),
        ([None, None], "error", 0),
    ],
)
def test_most_repeats_decide(scores, fate, score):
    plan = plan_of(selected={"examples": ("card",), "repeat": len(scores)})
    [task] = plan.tasks
    collector = Collector(plan, {})
    [found] = task.examples()
    for attempt, each in enumerate(scores):
        collector.take(finished(task, found, each, attempt=attempt))
    [outcome] = collector.outcomes()
    [result] = outcome.record.results
    assert (result.fate, result.score) == (fate, pytest.approx(score))
    assert outcome.unstable == (len(set(scores)) > 1)


def test_what_fails_and_is_lost_is_what_most_repeats_say_told_by_the_first_that_failed():
    repeats = {"card": [1, 0, 0.25], "refund": [0, 1, 1], "parcel": [0.25, 0, 0], "login": [1] * 3}
    base = outcome_of(plan_of(), [1] * 6).record
    plan = plan_of(selected={"examples": tuple(repeats), "repeat": 3})
    [task] = plan.tasks
    collector = Collector(plan, {(task.spec.name, task.model.name): base})
    for attempt in (2, 0, 1):
        for found in task.examples():
            score = repeats[found.id][attempt]
            collector.take(finished(task, found, score, attempt=attempt))
    [outcome] = collector.outcomes()
    assert [id_ for group in outcome.failing for id_, _ in group.named] == ["card", "parcel"]
    assert [(each.example.id, each.output) for each in collector.lost([outcome])] == [
        ("card", "said 0"),
        ("parcel", "said 0.25"),
    ]


def test_repeats_of_one_example_take_no_room_from_another(monkeypatch):
    monkeypatch.setattr("promptci.compare.outcomes.collector.MOST_SHOWN", 2)
    base = outcome_of(plan_of(), [1] * 6).record
    plan = plan_of(selected={"examples": ("card", "parcel", "login"), "repeat": 3})
    [task] = plan.tasks
    collector = Collector(plan, {(task.spec.name, task.model.name): base})
    for attempt in range(3):
        for found in task.examples():
            collector.take(finished(task, found, 0, attempt=attempt))
    lost = collector.lost(collector.outcomes())
    assert [each.example.id for each in lost] == [each.id for each in task.examples()][:2]


def test_repeats_are_merged_by_example():
    results = [Result(id_, "d", "pass", 1.0) for id_ in ("a", "b", "a", "b", "a")]
    merged, unstable = merge(results)
    assert ([each.id for each in merged], unstable) == (["a", "b"], 0)


def test_a_sum_is_the_same_in_every_order():
    values = (0.1, 0.7, 1e-9, 0.333333333333, 1.0)
    tallies = set()
    for order in permutations(values):
        total = Sum()
        for value in order:
            total.add(value, passed=value == 1)
        tallies.add(total.tally)
    [tally] = tallies
    assert (tally.passed, tally.total) == (1, 5)
    assert tally.score == pytest.approx(sum(values) / 5, abs=1e-9)
    assert Sum().tally.score == 0

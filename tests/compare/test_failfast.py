"""A run ends with the first result after which nothing could make its gate pass."""

from itertools import permutations

from projects import EVAL, planned, router
from promptci.compare.failfast import FailFast
from promptci.errors import GateMissedError
from promptci.records.record import Result
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import Plan
from promptci.run.solving.solve import Evaluated
from tables import every_row

SCORES = {"pass": 1.0, "fail": 0.0, "error": 0.0}
COUNT = 6
"""Examples of the project."""


def plan_under(gate: str, **selected: object) -> Plan:
    return planned(router("http://127.0.0.1:9/v1", eval=f"{EVAL}gate: {gate}\n"), **selected)


def ended_after(plan: Plan, fates: dict[str, str]) -> tuple[int | None, str]:
    """After how many results it ended, and what it said; None where all were taken."""
    [task] = plan.tasks
    examples = {each.id: each for each in task.examples()}
    watch = FailFast(plan)
    for number, (id_, fate) in enumerate(fates.items(), 1):
        result = Result(id_, examples[id_].digest, fate, SCORES[fate])
        try:
            watch.take(Finished(task, examples[id_], 0, Evaluated(result)))
        except GateMissedError as error:
            return number, str(error)
    return None, ""


def fates(*given: str) -> dict[str, str]:
    ids = ["broken", "card", "hello", "login", "parcel", "refund"]
    return dict(zip(ids, given, strict=False))


def test_an_example_that_must_pass_and_fails_ends_it_at_once():
    number, why = ended_after(plan_under("{must_pass: [card]}"), fates("fail", "fail", "pass"))
    assert number == 2
    assert "`card` must pass and fails; stopped with 4 of 6 examples undecided" in why


@every_row("fate", ["pass", "error"])
def test_one_that_passes_or_has_no_answer_ends_nothing(fate):
    assert ended_after(plan_under("{must_pass: [card]}"), fates("fail", fate))[0] is None


@every_row("order", sorted(set(permutations("ffpppp")))[::4])
def test_a_floor_is_out_of_reach_with_the_failure_that_decides(order):
    """Of six, two failures leave two thirds: under a floor of 70 % the second decides."""
    given = fates(*({"f": "fail", "p": "pass"}[letter] for letter in order))
    second = [n for n, letter in enumerate(order, 1) if letter == "f"][1]
    number, why = ended_after(plan_under("{min_score: 0.7}"), given)
    assert number == second
    assert "the score cannot reach the floor of 70.0% any more" in why
    assert ended_after(plan_under("{min_score: 0.66}"), given)[0] is None


def test_a_floor_that_is_just_met_is_in_reach():
    given = fates("fail", "fail", "pass", "pass", "pass", "pass")
    assert ended_after(plan_under(f"{{min_score: {4 / COUNT}}}"), given)[0] is None


def test_an_error_is_asked_for_again_and_so_counts_for_neither_side():
    given = fates("error", "fail", "error", "pass", "pass")
    number, _ = ended_after(plan_under("{min_score: 0.7}"), given)
    assert number is None, "of the four that may be answered three may pass"
    assert ended_after(plan_under("{min_score: 0.8}"), given)[0] == 3


def test_a_part_of_an_eval_has_no_floor():
    part = plan_under("{min_score: 0.9}", examples=("broken", "card"))
    assert ended_after(part, fates("fail", "fail"))[0] is None

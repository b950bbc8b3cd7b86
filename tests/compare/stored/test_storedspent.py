"""What is behind a record, by the answers that are still stored."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from projects import EVAL, JUDGE, planned, router
from promptci.compare.outcomes.collector import Collector
from promptci.compare.stored.storedspent import same_side, stored_side
from promptci.run.driving.finishing import Finishing
from promptci.run.driving.work import works
from promptci.run.planning.plan import Plan
from promptci.run.solving.questions import question_key
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage
from promptci.spending.limits import Progress


def answer(number, **more):
    took = {"usage": Usage(10, 2), "cost": Decimal("0.5"), "latency": 1.0 + number}
    return Completion("billing", **took | more)


@pytest.fixture
def task():
    return planned(router("http://127.0.0.1:9/v1", eval=EVAL)).tasks[0]


def stored(task, **more):
    """An answer to each example, and what finds it by its key; `more` is of the first."""
    keys = [question_key(task, example) for example in task.examples()]
    answers = {key: answer(n, **({} if n else more)) for n, key in enumerate(keys)}
    return answers, lambda wanted: {key: answers[key] for key in wanted if key in answers}


def test_tokens_cost_and_latency_are_summed_up_and_cut_off_answers_counted(task):
    answers, find = stored(task, outcome="truncated")
    found = stored_side(task, find)
    n = len(answers)
    assert (found.spent.input_tokens, found.spent.output_tokens) == (10 * n, 2 * n)
    assert (found.spent.cost, found.spent.cached) == (Decimal("0.5") * n, n)
    assert (found.spent.latencies[0], found.truncated) == (1.0 + (n - 1) / 2, 1)


def test_nothing_is_known_where_one_answer_is_not_stored(task):
    answers, find = stored(task)
    answers.popitem()
    assert stored_side(task, find) is None


def test_one_unknown_price_makes_the_cost_unknown(task):
    assert stored_side(task, stored(task, cost=None)[1]).spent.cost is None


def test_looked_up_answers_are_judged_for_who_wants_to_hear_of_them(task):
    answers, find = stored(task, outcome="truncated")
    heard = []
    assert stored_side(task, find, heard.append) == stored_side(task, find)
    assert [each.example for each in heard] == list(task.examples())
    evaluated = [each.evaluated for each in heard]
    assert [each.completion for each in evaluated] == list(answers.values())
    assert [each.request.key for each in evaluated] == list(answers)
    assert {each.result.fate for each in evaluated} == {"pass", "fail"}
    assert not any(each.asked or each.attempt for each in heard)


def test_what_they_took_is_known_without_the_verdicts_of_judges():
    judge = f"  - {JUDGE.replace('tone', 'ticket')}\n"
    [task] = planned(router("http://127.0.0.1:9/v1", eval=f"{EVAL}{judge}")).tasks
    _, find = stored(task)
    heard = []
    found = stored_side(task, find, heard.append)
    assert found is not None
    assert (found, heard) == (stored_side(task, find), [])


def outcome(task, answers):
    """The outcome of the answers to a task."""
    plan = Plan((task,))
    collector = Collector(plan, {})
    finishing = Finishing(collector.take, Progress(plan.count))
    for work in works(plan):
        work.answers |= {each.key: answers[each.key] for each in work.requests}
        finishing.finish(work, work.step())
    return collector.outcomes()[0]


def test_a_side_that_asks_the_same_is_not_looked_up_again(task):
    answers, find = stored(task, outcome="truncated", usage=Usage(7, 1))
    assert same_side(replace(task), outcome(task, answers)) == stored_side(task, find)


def test_a_side_is_looked_up_that_asks_otherwise_or_has_no_answer(task):
    answers, _ = stored(task)
    other = replace(task, settings=replace(task.settings, build="another"))
    assert same_side(other, outcome(task, answers)) is None
    silent, _ = stored(task, outcome="refused")
    assert same_side(task, outcome(task, silent)) is None

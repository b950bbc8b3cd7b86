"""What would be asked, from the same generators that ask it."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from fakes import ScriptedModel
from projects import EVAL, JUDGE, example, jsonl, planned, route, router
from promptci.cache.cache import Cache
from promptci.run.driving.work import works
from promptci.run.dryrun import dry_run
from promptci.run.planbounds import most
from promptci.run.planning.plan import Again
from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Price
from promptci.spending.estimate import estimate

URL = "http://127.0.0.1:9/v1"
PRICE = Price(Decimal(1), Decimal(2))


@pytest.fixture
def cache(tmp_path):
    opened = Cache(tmp_path / "cache.sqlite")
    yield opened
    opened.close()


def estimated(plan, cache, price=PRICE, **more):
    return dry_run(plan, cache=cache, price_of=lambda model: price, **more)


def store(plan, cache, count, answer=route):
    """Keep answers to the first requests of a plan."""
    model = ScriptedModel(answer)
    for work, _ in zip(works(plan), range(count), strict=False):
        [request] = work.requests
        text = model.rule(request.messages[-1].content)
        cache.put([(request.key, Completion(text))])


def test_an_empty_cache_asks_everything(cache):
    plan = planned(router(URL))
    [found] = estimated(plan, cache)
    usages = [estimate(work.requests[0]) for work in works(plan)]
    assert (found.examples, found.cached, found.requests, found.is_least) == (6, 0, 6, False)
    assert found.usage.input_tokens == sum(usage.input_tokens for usage in usages)
    assert found.usage.output_tokens == 6 * 8
    assert found.cost == sum(PRICE.cost(usage) for usage in usages)


def test_the_first_question_is_enough_where_no_more_is_to_be_known(cache, monkeypatch):
    monkeypatch.setattr("promptci.run.dryrun.CHUNK", 1)
    plan = planned(router(URL))
    store(plan, cache, 4)
    [found] = estimated(plan, cache, until_asked=True)
    assert (found.examples, found.cached, found.requests) == (5, 4, 1)


def test_stored_answers_are_not_counted_unless_refreshed(cache):
    plan = planned(router(URL))
    store(plan, cache, 4)
    [found] = estimated(plan, cache)
    assert (found.examples, found.cached, found.requests) == (6, 4, 2)
    [found] = estimated(plan, cache, refresh=True)
    assert (found.examples, found.cached, found.requests) == (6, 0, 6)


def test_the_same_question_is_counted_once(cache):
    rows = jsonl(example(f"n{number}", "Hello", "other") for number in range(50))
    [found] = estimated(planned(router(URL, examples=rows)), cache)
    assert (found.examples, found.requests) == (50, 1)
    files = router(URL) | {"evals/second.yaml": f"{EVAL}prompt: router\n"}
    first, second = estimated(planned(files), cache)
    assert (first.requests, second.requests) == (6, 0)


def test_repeats_are_questions_of_their_own(cache):
    [found] = estimated(planned(router(URL), repeat=3), cache)
    assert (found.examples, found.requests) == (18, 18)


def test_without_a_price_the_cost_is_unknown(cache):
    [found] = estimated(planned(router(URL)), cache, price=None)
    assert found.cost is None
    store(planned(router(URL)), cache, 6)
    [found] = estimated(planned(router(URL)), cache, price=None)
    assert found.cost == 0


def test_what_a_judge_may_ask_is_estimated_by_the_longest_answer(cache):
    judge = JUDGE.replace("{{ tone }}", "{{ ticket }}")
    plan = planned(router(URL, eval=EVAL.replace("- equals", f"- {judge}")))
    [plain], [found] = estimated(planned(router(URL)), cache), estimated(plan, cache)
    assert (found.requests, found.is_least) == (6 + 2 * 6, False)
    more = found.usage.input_tokens - plain.usage.input_tokens
    assert more >= 2 * 6 * 8
    assert found.cost > plain.cost
    store(plan, cache, 6)
    [found] = estimated(plan, cache)
    assert (found.requests, found.cached, found.is_least) == (2 * 6, 0, False)


@pytest.mark.parametrize(
    ("scorer", "calls"),
    [
        ("rubric: {model: large, criteria: Polite}", 2),
        ("faithfulness: {model: large, context: '{{ ticket }}'}", 4),
        ("not: {scorers: [{rubric: {model: large, criteria: Rude}}]}", 2),
        ("all_of: {scorers: [is_json, {rubric: {model: large, criteria: Polite}}]}", 2),
        ("similar: {model: large}", 2),
    ],
)
def test_every_judge_can_be_counted(cache, scorer, calls):
    plan = planned(router(URL, eval=f"examples: router.jsonl\nscorers:\n  - {scorer}\n"))
    [found] = estimated(plan, cache)
    assert (found.requests, found.is_least) == (6 + calls * 6, False)
    assert most(plan, price_of=lambda model: PRICE) == (found,)


def test_a_judge_of_a_part_that_an_imagined_answer_lacks_counts(cache):
    scorer = "rubric: {model: large, criteria: Polite, extract: {json: text}}"
    plan = planned(router(URL, eval=f"examples: router.jsonl\nscorers:\n  - {scorer}\n"))
    [found] = estimated(plan, cache)
    assert (found.requests, found.is_least) == (6 + 2 * 6, False)


def test_what_may_be_asked_again_counts_beside_its_task(cache):
    plan = planned(router(URL))
    [task] = plan.tasks
    [alone] = estimated(plan, cache)
    again = Again(task, task, examples=4, times=2)
    for found in (
        *dry_run(replace(plan, again=(again,)), cache=cache, price_of=lambda model: PRICE),
        *most(replace(plan, again=(again,)), price_of=lambda model: PRICE),
    ):
        assert (found.requests, found.again) == (6 + 8, 8)
        assert found.cost > alone.cost * 2
    store(plan, cache, 6)
    sure = replace(again, if_asked=True)
    [found] = dry_run(replace(plan, again=(sure,)), cache=cache, price_of=lambda model: PRICE)
    assert (found.requests, found.again) == (0, 0)


@pytest.mark.parametrize("price", [PRICE, None])
def test_the_quick_bound_is_that_of_an_empty_cache(cache, price):
    plan = planned(router(URL), repeat=2)
    [quick] = most(plan, price_of=lambda model: price)
    assert (quick,) == estimated(plan, cache, price)


def test_the_quick_bound_counts_equal_requests_twice(cache):
    rows = jsonl([example("a", "Hello", "other"), example("b", "Hello", "other")])
    plan = planned(router(URL, examples=rows))
    [quick], [exact] = most(plan, price_of=lambda model: PRICE), estimated(plan, cache)
    assert (quick.requests, exact.requests) == (2, 1)
    assert quick.cost == 2 * exact.cost

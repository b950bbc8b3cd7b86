"""A ceiling amid a run of flows leaves whole examples behind, not halves."""

import asyncio
import json
from contextlib import suppress
from decimal import Decimal

import pytest

from fakes import ScriptedModel
from projects import config, jsonl, planned
from promptci.cache.cache import Cache
from promptci.errors import BudgetError
from promptci.run.driving.exampleorder import Feed, NewExamples, held_by
from promptci.run.driving.runner import run_plan
from promptci.run.driving.work import works
from promptci.run.driving.workers import RequestLine
from promptci.spending.limits import Limits, Progress
from promptci.spending.reservations import make_budget

MOST = Decimal("0.01")


class Pool:
    """Gives every endpoint the same model; an answer costs what it may cost at most."""

    def __init__(self, model):
        self._model = model

    def model(self, endpoint, concurrency):
        return self._model

    def concurrency(self, endpoint):
        return 20

    def cost(self, request, completion):
        return MOST

    def most(self, request):
        return MOST


def prompt(text):
    return f"messages: [{{role: user, content: {json.dumps(text)}}}]\nparameters: {{max_tokens: 9}}"


FOUR = """
steps:
  - a: {prompt: ask}
  - b: {prompt: ask, vars: {q: "2 {{ a }}"}}
  - c: {prompt: ask, vars: {q: "3 {{ b }}"}}
  - d: {prompt: ask, vars: {q: "4 {{ c }}"}}
"""
LOOP = """
steps:
  - loop: {a: {prompt: ask, vars: {q: "{{ q }} {{ a }}"}}}
    start: {a: ""}
    until: {a: {contains: "."}}
    at_most: 40
output: "{{ a }}"
"""


JUDGE = (
    "[{choice_judge: {model: small, prompt: 'Rate {{ output }}', "
    "choices: [{choice: '.', score: 1}]}}]"
)


def flows(flow, count, scorers="[contains]"):
    rows = [{"id": f"n{n}", "vars": {"q": f"n{n}"}, "expected": "n"} for n in range(count)]
    return planned(
        {
            "promptci.yaml": config("http://127.0.0.1:9/v1"),
            "prompts/ask.yaml": prompt("{{ q }}"),
            "flows/walk.yaml": flow,
            "evals/walk.yaml": f"flow: walk\nexamples: w.jsonl\nscorers: {scorers}\n",
            "evals/w.jsonl": jsonl(rows),
        },
        names=("walk",),
    )


@pytest.fixture
def run(tmp_path):
    """Run a plan; the ids of the examples with a result, and all that was asked."""
    caches = []

    def run(plan, **limits):
        model = ScriptedModel(lambda said: f"{said}.")
        model.delay = 0.001
        cache = Cache(tmp_path / f"{len(caches)}.sqlite")
        caches.append(cache)
        done = []
        with suppress(BudgetError):
            run_plan(
                plan,
                pool=Pool(model),
                cache=cache,
                limits=Limits(**limits),
                sink=lambda each: done.append(each.example.id),
                progress=Progress(plan.count),
            )
        return done, [request.messages[-1].content for request in model.requests]

    yield run
    for cache in caches:
        cache.close()


@pytest.mark.parametrize("width", [1, 7, 20, 100])
def test_at_a_ceiling_on_calls_all_that_were_begun_are_whole(run, width):
    done, asked = run(flows(FOUR, 40), max_requests=80, concurrency=width)
    assert len(done) == 20
    assert len(asked) == 80


def test_at_a_ceiling_on_cost_too(run):
    done, asked = run(flows(FOUR, 60), max_cost=Decimal("0.92"))
    assert (len(done), len(asked)) == (23, 92)


def test_what_is_left_over_begins_one_more(run):
    done, asked = run(flows(FOUR, 40), max_requests=82)
    assert (len(done), len(asked)) == (20, 82)


def test_room_is_kept_for_what_examples_took_not_for_what_they_might(run):
    """A loop may go round forty times, and goes round once."""
    done, asked = run(flows(LOOP, 40), max_requests=50)
    assert (len(done), len(asked)) == (40, 40)


def test_an_example_that_may_take_more_than_there_is_is_begun(run):
    done, asked = run(flows(LOOP, 5), max_requests=3)
    assert (len(done), len(asked)) == (3, 3)


def test_a_judge_belongs_to_its_example(run):
    plan = flows("steps: [{a: {prompt: ask}}]", 40, JUDGE)
    done, asked = run(plan, max_requests=30)
    assert (len(done), len(asked)) == (15, 30)


def test_without_a_ceiling_too_examples_are_ended_before_others_begin(run):
    _, asked = run(flows(FOUR, 30), concurrency=2)
    before = asked[: asked.index("4 3 2 n0...")]
    assert sum(text.startswith("n") for text in before) <= 8


def test_the_last_ones_begin_before_others_go_on_so_that_they_end_together():
    async def main():
        line = RequestLine()
        line.few = 2
        for said, is_begun in {"n0": False, "n1": False, "n2": False, "b0": True}.items():
            line.put(said, is_begun=is_begun)
        taken = [await line.get(), await line.get()]
        line.put("b1", is_begun=True)
        return [*taken, *[await line.get() for _ in range(len(line))]]

    assert asyncio.run(main()) == ["b0", "n0", "n1", "n2", "b1"]


@pytest.mark.parametrize("ceiling", [None, 1000])
def test_the_feed_knows_once_no_example_is_left(ceiling):
    limits = Limits(max_requests=ceiling)
    plan = flows(FOUR, 5)
    feed = Feed(NewExamples(works(plan), held_by(make_budget(limits, lambda _: MOST), limits)))
    taken = feed.next(waiting=0, room=4)
    assert (len(taken), feed.has_new) == (5, False)

"""Tasks that can only have the same result: one of them is evaluated."""

import pytest
from msgspec.structs import replace

from projects import EVAL, planned, router
from promptci.run.answertotals import Took
from promptci.run.driving.alike import handing_on, split_followers
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import Plan
from promptci.run.solving.solve import Evaluated, unanswered
from promptci.specs.evalspec import Gate
from promptci.spending.limits import Progress
from tables import every_row


@pytest.fixture
def task():
    return planned(router("http://127.0.0.1:9/v1", eval=EVAL)).tasks[0]


def test_a_task_under_another_gate_follows_and_its_results_are_handed_on_once_more(task):
    other = replace(task, spec=replace(task.spec, gate=Gate(tolerance=0.5)))
    plan, followers = split_followers(Plan((task, other)))
    assert plan.tasks == (task,)
    taken, progress = [], Progress(2 * task.count)
    example = next(task.examples())
    evaluated = Evaluated(unanswered(example))
    sink = handing_on(followers, progress, taken.append)
    sink(Finished(task, example, 0, evaluated, Took(answers=2), asked=2))
    assert [(each.task is task, each.asked) for each in taken] == [(True, 2), (False, 0)]
    assert (progress.done, progress.cached, progress.errors) == (1, 2, 1)  # of the follower


@every_row(
    "what, changed",
    [
        ("other examples", lambda task: {"chosen": frozenset({"a"})}),
        ("another fingerprint", lambda task: {"fingerprint": "0" * 32}),
        ("other settings", lambda task: {"settings": replace(task.settings, build="b")}),
        ("another tier", lambda task: {"model": replace(task.model, tier="flex")}),
        ("answers from elsewhere", lambda task: {"given": {}}),
        ("another rule", lambda task: {"spec": replace(task.spec, threshold=0.5)}),
        ("examples read for it alone", lambda task: {"golden": replace(task.golden)}),
    ],
)
def test_none_follows_that_may_come_to_something_else(task, what, changed):
    plan = Plan((task, replace(task, **changed(task))))
    assert split_followers(plan) == (plan, {}), what

"""Checks of projects in memory: tasks, records, and a model whose answers a test names."""

from collections.abc import Callable, Mapping

from promptci.check.basestate import BaseState
from promptci.compare.outcomes.collector import Collector
from promptci.records.record import Record
from promptci.run.driving.work import Finished
from promptci.run.planning.plan import Plan, make_plan
from promptci.run.planning.selection import Selection
from promptci.run.planning.task import Task
from render.values import BASE, answered, outcome, suite

Answers = Mapping[str, str | None]


def no_build(model: object) -> str:
    """Hosted models have no build."""
    return ""


def tasks(content: Mapping[str, str]) -> list[Task]:
    """All tasks of a project's files."""
    return list(make_plan(suite(content), Selection(), no_build).tasks)


def record(content: Mapping[str, str], answers: Answers | None = None) -> Record:
    """What a run of a project's first eval records."""
    return outcome(tasks(content)[0], answers or {}).record


class Asked:
    """Evaluates a plan by answers; `rule` gives those of a prompt by its text. Counts tasks."""

    def __init__(self, rule: Callable[[Task], Answers]) -> None:
        self.rule, self.tasks = rule, list[Task]()

    def __call__(self, plan: Plan, take: Callable[[Finished], None]) -> Collector:
        collector = Collector(plan, {})
        for task in plan.tasks:
            self.tasks.append(task)
            for finished in answered(_alone(plan, task), self.rule(task)):
                take(finished)
                collector.take(finished)
        return collector


def _alone(plan: Plan, task: Task) -> Plan:
    return Plan((task,), repeat=plan.repeat, is_partial=plan.is_partial, first=plan.first)


def base_state(
    base: Mapping[str, str], head: Mapping[str, str], records: Mapping[str, Record] | None = None
) -> BaseState:
    """The base of a check, with records by the names of models, all of its first eval."""
    return BaseState(BASE, suite(base), lambda name: records or {}, head=suite(head))

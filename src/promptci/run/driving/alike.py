"""Tasks that ask and judge the same: one is evaluated, and its outcome is theirs, too.

So it is with both sides of a change that leaves the prompt alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from promptci.run.driving.work import Finished, Sink
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.spending.limits import Progress

Followers: TypeAlias = Mapping[int, Sequence[Task]]
"""The tasks to which a task's results belong, too, by its identity."""


def split_followers(plan: Plan) -> tuple[Plan, Followers]:
    """A plan without the tasks that follow another one, and those."""
    first: dict[tuple[object, ...], list[Task]] = {}
    found: dict[int, list[Task]] = {}
    for task in plan.tasks:
        known = first.setdefault((task.fingerprint, id(task.golden), id(task.judges)), [])
        leader = next((each for each in known if is_alike(each, task)), None)
        if leader is None:
            known.append(task)
        else:
            found.setdefault(id(leader), []).append(task)
    if not found:
        return plan, {}
    following = {id(task) for tasks in found.values() for task in tasks}
    return replace(plan, tasks=tuple(t for t in plan.tasks if id(t) not in following)), found


def is_alike(one: Task, other: Task) -> bool:
    """Whether two tasks on the same examples, with the same judges, must have the same outcome."""
    return (
        one.asks_once
        and other.asks_once
        and one.chosen == other.chosen
        and one.prompt.digest == other.prompt.digest
        and (one.model, one.settings, one.parts) == (other.model, other.settings, other.parts)
        and one.spec == replace(other.spec, gate=one.spec.gate)
    )


def handing_on(followers: Followers, progress: Progress, sink: Sink) -> Sink:
    """A sink that hands each result on, and again for every task that follows; all are counted."""
    if not followers:
        return sink

    def take(finished: Finished) -> None:
        sink(finished)
        for each in _followed(finished, followers):
            progress.done += 1
            progress.cached += each.took.answers
            progress.errors += each.evaluated.result.fate == "error"
            sink(each)

    return take


def _followed(finished: Finished, followers: Followers) -> Iterator[Finished]:
    """The results of those that follow, who find every answer stored."""
    for task in followers.get(id(finished.task), ()):
        yield replace(finished, task=task, asked=0)

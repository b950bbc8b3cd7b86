"""Stored answers to examples: what would be asked now, driven against what is stored alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from promptci.run.planning.task import Task
from promptci.run.solved import Solved
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Ask, Asking, requests_of

if TYPE_CHECKING:
    from promptci.run.solving.solve import Evaluated

Find: TypeAlias = Callable[[Sequence[str]], Mapping[str, Completion]]
"""Stored answers by request key."""

T = TypeVar("T")


def nothing_stored(keys: Sequence[str]) -> Mapping[str, Completion]:
    """Nothing, whatever is looked for."""
    return {}


def recall(task: Task, example: Example, find: Find, *, attempt: int = 0) -> Solved | None:
    """The stored answer to an example; None where anything that it takes is not stored."""
    from promptci.run.solving.solve import solve  # late: few need an answer again

    (found,) = recalled([solve(task, example, attempt=attempt)], find)
    return found


def recall_all(task: Task, examples: Iterable[Example], find: Find) -> list[Solved | None]:
    """The stored answers to some examples, looked up together."""
    from promptci.run.solving.solve import solve  # late: see above

    return recalled([solve(task, example) for example in examples], find)


def recall_judged(task: Task, examples: Iterable[Example], find: Find) -> "list[Evaluated | None]":
    """The same, judged; None also where a judge's verdict is not stored."""
    from promptci.run.solving.solve import evaluate_example  # late: see above

    return recalled([evaluate_example(task, example) for example in examples], find)


def recalled(askings: Sequence[Asking[T]], find: Find) -> list[T | None]:
    """The outcome of each by stored answers, all looked up together; None where one is missing."""
    found: list[T | None] = [None] * len(askings)
    open_ = {place: next(asking) for place, asking in enumerate(askings)}
    while open_:
        known = find(list({each.key: None for ask in open_.values() for each in requests_of(ask)}))
        still: dict[int, Ask] = {}
        for place, ask in open_.items():
            asking = askings[place]
            if any(each.key not in known for each in requests_of(ask)):
                asking.close()
                continue
            answers = tuple(known[each.key] for each in requests_of(ask))
            try:
                still[place] = asking.send(answers if isinstance(ask, tuple) else answers[0])
            except StopIteration as done:
                found[place] = done.value
            except NoVerdict:  # what is stored is of no use
                continue
        open_ = still
    return found

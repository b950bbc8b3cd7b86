"""What judges were asked about a stored answer and what they replied, read from the cache alone."""

from collections.abc import Iterator

from msgspec import Struct

from promptci.run.judging import judge_answer
from promptci.run.recall import Find
from promptci.run.task import Task
from promptci.scorers.base.verdict import NoVerdict
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Request


class StoredJudgement(Struct, frozen=True):
    """One question of a scorer to a judge, and the reply; None where none is stored."""

    scorer: str
    request: Request
    reply: Completion | None


def stored_judgements(
    task: Task, example: Example, answer: Completion, find: Find
) -> Iterator[StoredJudgement]:
    """What an eval's judges were asked about an answer, up to what is not stored."""
    for scorer in task.judges.of(example):
        if scorer.asks:
            yield from _replayed(task, example, answer, scorer, find)


def _replayed(
    task: Task, example: Example, answer: Completion, scorer: BoundScorer, find: Find
) -> Iterator[StoredJudgement]:
    asking = judge_answer(example, answer, (scorer,), task.settings.tools)
    try:
        ask = next(asking)
        while True:
            requests = ask if isinstance(ask, tuple) else (ask,)
            if not all(each.asks_model and each.settings.task == "chat" for each in requests):
                return
            known = find([each.key for each in requests])
            for each in requests:
                yield StoredJudgement(scorer.label, each, known.get(each.key))
            if len(known) < len({each.key for each in requests}):
                return
            replies = tuple(known[each.key] for each in requests)
            ask = asking.send(replies if isinstance(ask, tuple) else replies[0])
    except (StopIteration, NoVerdict):
        return
    finally:
        asking.close()

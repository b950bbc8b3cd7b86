"""What judges were asked about a stored answer and what they replied, read from the cache alone."""

from collections.abc import Iterator

from msgspec import Struct

from promptci.run.planning.task import Task
from promptci.run.recall import Find
from promptci.run.solved import Solved
from promptci.run.solving.flows.intermediate import said_on_the_way
from promptci.run.solving.judging import Scored, judge_answer
from promptci.scorers.base.verdict import NoVerdict
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example
from promptci.specs.request import Asking, Request


class StoredJudgement(Struct, frozen=True):
    """One question of a scorer to a judge, and the reply; None where none is stored."""

    scorer: str
    request: Request
    reply: Completion | None


def stored_judgements(
    task: Task, example: Example, solved: Solved, find: Find
) -> Iterator[StoredJudgement]:
    """What an eval's judges were asked about an answer, up to what is not stored."""
    scorers = [scorer for scorer in task.judges.of(example) if scorer.asks]
    try:
        said = said_on_the_way(task, example, solved) if scorers else {}
    except NoVerdict:
        return
    for scorer in scorers:
        asking = judge_answer(example, solved.completion, (scorer,), task.settings.tools, said=said)
        yield from _replayed(asking, scorer.label, find)


def _replayed(asking: Asking[Scored], label: str, find: Find) -> Iterator[StoredJudgement]:
    try:
        ask = next(asking)
        while True:
            requests = ask if isinstance(ask, tuple) else (ask,)
            if not all(each.asks_model and each.settings.task == "chat" for each in requests):
                return
            known = find([each.key for each in requests])
            for each in requests:
                yield StoredJudgement(label, each, known.get(each.key))
            if len(known) < len({each.key for each in requests}):
                return
            replies = tuple(known[each.key] for each in requests)
            ask = asking.send(replies if isinstance(ask, tuple) else replies[0])
    except (StopIteration, NoVerdict):
        return
    finally:
        asking.close()

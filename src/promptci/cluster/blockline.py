"""Blocks in line at a worker, whose examples follow each other as if they were of one block."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal

from msgspec import Struct, field

from promptci.cluster.blocks import ExampleBlock
from promptci.cluster.failure import Failure
from promptci.project.project import Project
from promptci.run.driving.work import Finished, Work, begin_work
from promptci.run.planning.task import Task

_MOST_WHYS = 5


class BlockResult(Struct, frozen=True):
    """What came of a block: counts, and answers as a bundle; empty if the driver has them.

    What was `asked`, its `cost` and the bundle are all since the result before, of blocks that the
    worker has beside this one, too. `whys` are some of the reasons why examples have no answer;
    `failure` is what ended it.
    """

    name: str
    done: int
    errors: int
    asked: int
    cost: Decimal | None
    bundle: bytes
    whys: tuple[str, ...] = ()
    failure: Failure | None = None


class BlockAtWork(Struct, eq=False):
    """A block at a worker: what it is of, and how far it is.

    It `ended` once its answers are safe or nothing more comes of it; `report` says then what came
    of it. `failure` is what ended it before.
    """

    block: ExampleBlock
    project: Project
    task: Task
    done: int = 0
    errors: int = 0
    whys: list[str] = field(default_factory=list)
    failure: Failure | None = None
    report: Callable[[], BlockResult] | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    def take(self, finished: Finished) -> bool:
        """Count a result; says whether it was the last."""
        self.done += 1
        if finished.evaluated.result.fate == "error":
            self.errors += 1
            if len(self.whys) < _MOST_WHYS:
                self.whys.append(finished.evaluated.why)
        return self.done == len(self.block.examples)

    def end(self, report: Callable[[], BlockResult]) -> None:
        """Let go whoever waits for its result."""
        self.report = report
        self.ended.set()


class BlockLine:
    """Gives the works of one block after the other; blocks join from other threads.

    It has an end whenever no block is left, and goes on from there once another one has come: a
    run that asks again before its last answer finds what has come meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[BlockAtWork] = deque()
        self._begun: list[BlockAtWork] = []
        self._works: Iterator[Work] = iter(())
        self._places: dict[tuple[str, str, str, int], BlockAtWork] = {}

    def add(self, block: BlockAtWork) -> None:
        """One more, behind those that are there."""
        with self._lock:
            self._waiting.append(block)

    @property
    def first(self) -> BlockAtWork | None:
        """The next one to be begun."""
        return self._waiting[0] if self._waiting else None

    def __iter__(self) -> Iterator[Work]:
        return self

    def __next__(self) -> Work:
        while (work := next(self._works, None)) is None:
            with self._lock:
                if not self._waiting:
                    raise StopIteration
                block = self._waiting.popleft()
            self._begun = [*self._open, block]
            self._works = self._works_of(block)
        return work

    def _works_of(self, at_work: BlockAtWork) -> Iterator[Work]:
        for example, attempt in at_work.block.examples:
            self._places[_place(at_work.task, example.id, attempt)] = at_work
            yield begin_work(at_work.task, example, attempt)

    def take(self, finished: Finished) -> BlockAtWork | None:
        """Count a result; gives its block if that is done now."""
        place = _place(finished.task, finished.example.id, finished.attempt)
        block = self._places.pop(place)
        return block if block.take(finished) else None

    def end(self) -> list[BlockAtWork]:
        """The run is over: the blocks that were begun and have not ended.

        Of one that did not come to a block it is the first, so that it ends, too.
        """
        begun, was_begun, self._begun = self._open, bool(self._begun), []
        if not was_begun:
            with self._lock:
                begun = [self._waiting.popleft()]
        self._works = iter(())
        self._places.clear()
        return begun

    @property
    def _open(self) -> list[BlockAtWork]:
        return [block for block in self._begun if not block.ended.is_set()]


def _place(task: Task, example: str, attempt: int) -> tuple[str, str, str, int]:
    return task.spec.name, task.model.name, example, attempt

"""The workers of a run on Ray: actors that it places and watches, and the blocks they have.

A task has a worker for one block; here the next block is there before the one before ends, so that
calls go on. Ray tells at once when a worker is lost: its blocks go to others, and another one is
started, wherever there is room. None is waited for, so that a node without a successor holds up
nothing.
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, field

from promptci.cluster.blockline import BlockResult
from promptci.cluster.blocks import ExampleBlock
from promptci.errors import PromptCIError

AHEAD = 2
"""Blocks that a worker has at a time, so that it waits for none."""

_TRIES = 20
"""Times that a block is begun again, or a worker is started again, after one was lost."""

_LOOK = 0.5
"""Seconds between two looks at what was spent."""


class ClusterError(PromptCIError):
    """A cluster that cannot be reached or used. Exit 3."""


class _Worker(Struct, eq=False):
    """An actor; `begins` until it has said that it is there. `blocks` are what it has to do."""

    name: str
    actor: Any
    begins: Any
    blocks: dict[Any, ExampleBlock] = field(default_factory=dict)


class Crew:
    """So many workers, which `hire` starts by name; `lost` is told the name of one that is lost."""

    def __init__(
        self, ray: Any, count: int, *, hire: Callable[[str], Any], lost: Callable[[str], None]
    ) -> None:
        self._ray, self._hire, self._lost = ray, hire, lost
        self._workers = [self._started(f"worker{number}") for number in range(count)]
        self._again: deque[ExampleBlock] = deque()
        self._tries: dict[str, int] = {}

    def _started(self, name: str) -> _Worker:
        actor = self._hire(name)
        return _Worker(name, actor, actor.begin.remote())

    def results(self, blocks: Iterator[ExampleBlock]) -> Iterator[BlockResult | None]:
        """The results of blocks as they come; None now and then, while nothing comes.

        Raises `ClusterError` where workers are lost time and again.
        """
        while True:
            self._give(blocks)
            under_way = [each for worker in self._workers for each in worker.blocks]
            if not under_way and not (self._again or self._has_more):
                return
            begins = [worker.begins for worker in self._workers if worker.begins is not None]
            done, _ = self._ray.wait([*under_way, *begins], timeout=_LOOK)
            found = [result for each in done if (result := self._got(each)) is not None]
            if found:
                yield from found
            else:
                yield None

    def _give(self, blocks: Iterator[ExampleBlock]) -> None:
        """Give blocks to those that have fewest, as far as there are any."""
        self._has_more = True
        while ready := [each for each in self._workers if each.begins is None]:
            worker = min(ready, key=lambda each: len(each.blocks))
            if len(worker.blocks) >= AHEAD:
                return
            block = self._again.popleft() if self._again else next(blocks, None)
            if block is None:
                self._has_more = False
                return
            name = f"promptci {block.eval} {block.name[:8]}"
            worker.blocks[worker.actor.evaluate.options(name=name).remote(block)] = block

    def _got(self, reference: Any) -> BlockResult | None:
        """What has come: of a block, or None where a worker has begun or was lost."""
        worker = next((each for each in self._workers if _has(each, reference)), None)
        if worker is None:  # it was lost with another one
            return None
        errors = self._ray.exceptions
        try:
            found: BlockResult | None = self._ray.get(reference)
        except (errors.RayActorError, errors.ActorUnavailableError) as error:
            self._replace(worker, error)
            return None
        except errors.RayError as error:
            raise _ended(error) from error
        if worker.begins is not None and worker.begins == reference:
            worker.begins = None
            return None
        del worker.blocks[reference]
        return found

    def _replace(self, worker: _Worker, error: Exception) -> None:
        """Another one under its name; what it had to do is done again, by whoever has least."""
        for name in (worker.name, *(block.name for block in worker.blocks.values())):
            self._tries[name] = self._tries.get(name, 0) + 1
            if self._tries[name] > _TRIES:
                raise _ended(error) from error
        self._ray.kill(worker.actor)
        self._lost(worker.name)
        self._again.extend(worker.blocks.values())
        self._workers[self._workers.index(worker)] = self._started(worker.name)


def _has(worker: _Worker, reference: Any) -> bool:
    return reference in worker.blocks or reference == worker.begins


def _ended(error: Exception) -> ClusterError:
    said = str(error).strip().splitlines() or [type(error).__name__]
    return ClusterError(f"a block came to no end on the cluster: {said[-1]}")

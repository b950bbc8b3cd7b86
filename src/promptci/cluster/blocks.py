"""A run in blocks: examples of one eval on one model that have no stored answer yet."""

from collections.abc import Iterator, Mapping
from itertools import islice

from msgspec import Struct, field

from promptci.cache.cache import Cache
from promptci.digest import long_digest
from promptci.run.driving.work import Work, works
from promptci.run.planning.plan import Plan
from promptci.run.planning.task import Task
from promptci.specs.completion import Completion
from promptci.specs.evalspec import Example

MOST_EXAMPLES = 1000
_FEWEST = 20
_BLOCKS_EACH = 4
"""Blocks for each worker, where that makes them no smaller than `_FEWEST` and no larger than given:
so none is idle while another one has much left."""

_CHUNK = 500


class ExampleBlock(Struct, frozen=True):
    """Some examples with their attempts, and what is known of their answers already, by key."""

    eval: str
    model: str
    examples: tuple[tuple[Example, int], ...]
    known: tuple[tuple[str, Completion], ...] = ()

    @property
    def name(self) -> str:
        """The same for the same examples."""
        asked = [[example.id, example.digest, attempt] for example, attempt in self.examples]
        return long_digest([self.eval, self.model, asked])


def block_size(count: int, workers: int, most: int = MOST_EXAMPLES) -> int:
    """How many examples a block has, of so many that may have to be asked."""
    return min(most, max(_FEWEST, -(-count // (workers * _BLOCKS_EACH))))


class Begun(Struct):
    """A work as far as stored answers lead; `waits` if one is missing."""

    work: Work
    known: dict[str, Completion] = field(default_factory=dict)
    waits: bool = False

    def goes_on(self, stored: Mapping[str, Completion]) -> bool:
        """Take the answers there are; whether there is more to ask after them."""
        work = self.work
        if not all(request.asks_model for request in work.requests):
            return False
        work.answers = {r.key: stored[r.key] for r in work.requests if r.key in stored}
        self.known |= work.answers
        self.waits = not work.is_answered
        return not self.waits and work.step() is None


def blocks_of(plan: Plan, cache: Cache, *, size: int = MOST_EXAMPLES) -> Iterator[ExampleBlock]:
    """The blocks of all examples that cannot be evaluated from stored answers alone."""
    begun: list[Begun] = []
    for each in _unanswered(plan, cache):
        if begun and (len(begun) >= size or each.work.task is not begun[0].work.task):
            yield _block(begun[0].work.task, begun)
            begun = []
        begun.append(each)
    if begun:
        yield _block(begun[0].work.task, begun)


def _block(task: Task, begun: list[Begun]) -> ExampleBlock:
    known: dict[str, Completion] = {}
    for each in begun:
        known |= each.known
    examples = tuple((each.work.example, each.work.attempt) for each in begun)
    return ExampleBlock(
        task.spec.name, task.model.name, examples, tuple(sorted(known.items(), key=_key))
    )


def _key(answer: tuple[str, Completion]) -> str:
    return answer[0]


def _unanswered(plan: Plan, cache: Cache) -> Iterator[Begun]:
    """Works that wait for an answer that is not stored, in order.

    What a sandbox says is worked out in the end, where the records are made.
    """
    source = works(plan)
    while chunk := [Begun(work) for work in islice(source, _CHUNK)]:
        active = chunk
        while active:
            asked = {r.key for each in active for r in each.work.requests if r.asks_model}
            stored = cache.get(list(asked))
            active = [each for each in active if each.goes_on(stored)]
        yield from (each for each in chunk if each.waits)

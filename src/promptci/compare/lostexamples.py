"""Lost examples with what both sides said, and what is remembered of single answers."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from promptci.compare.comparison import Comparison
from promptci.compare.pairing.pairs import Pair
from promptci.digest import said_digest
from promptci.run.planning.task import Task
from promptci.run.recall import Find, recall
from promptci.specs.evalspec import Example

if TYPE_CHECKING:
    from promptci.run.driving.work import Finished

MOST_SHOWN = 50
"""Lost examples of one eval shown with both outputs."""


class LostExample(Struct, frozen=True):
    """A lost example with what both sides said, and why the head's answer failed."""

    example: Example
    base: str
    head: str
    why: str


class SeenAnswers:
    """What is remembered of the single answers to one pair, and no more of them than is shown.

    `whys` says by example why the head's answer failed, `churn` counts the examples that the two
    sides answered in other words, None where not both were asked.
    """

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self.whys: dict[str, str] = {}
        self.has_both = pair.base_record is None and pair.head_record is None
        self.different = 0
        self._alone: dict[str, int | None] = {}
        self._said: dict[str, bytes] = {}

    @property
    def churn(self) -> int | None:
        """How many examples the sides answered in other words; None where not both were asked."""
        return self.different if self.has_both else None

    def take(self, finished: "Finished") -> None:
        """Remember one result of either side."""
        evaluated = finished.evaluated
        if self.has_both:
            self._hold_against_the_other(finished)
        if finished.task is self.pair.head and evaluated.result.fate == "fail":
            failed = [(name, score.why) for name, score in evaluated.scores if not score.passed]
            whys = (f"{name}: {why}" if why else name for name, why in failed)
            self.whys[evaluated.result.id] = "; ".join(whys)

    def expect(self, said: dict[str, bytes]) -> None:
        """Take in what the base said to examples: a digest of each answer."""
        self._said = said

    def hold_all(self, said: Iterable[tuple[str, bytes]]) -> None:
        """Count the examples to which the head said something else, by digests of its answers."""
        self.different = sum(self._said.get(id_, digest) != digest for id_, digest in said)

    def _hold_against_the_other(self, finished: "Finished") -> None:
        """Count an example whose sides differ; a side is kept, as a hash, until the other comes."""
        completion, id_ = finished.evaluated.completion, finished.example.id
        if (known := self._said.get(id_)) is not None:
            self.different += completion is not None and said_digest(completion.text) != known
            return
        text = None if completion is None else hash(completion.text)
        if id_ in self._alone:
            other = self._alone.pop(id_)
            self.different += None not in (text, other) and text != other
        else:
            self._alone[id_] = text


def lost_examples(
    pair: Pair, comparison: Comparison, whys: Mapping[str, str], find: Find
) -> Iterator[LostExample]:
    """The lost examples with both outputs, from the stored answers."""
    wanted = set(comparison.ids("lost")[:MOST_SHOWN])
    for example in pair.head.examples() if wanted else ():
        if example.id in wanted:
            base, head = (_output(task, example, find) for task in (pair.base, pair.head))
            yield LostExample(example, base, head, whys.get(example.id, ""))


def _output(task: Task, example: Example, find: Find) -> str:
    found = recall(task, example, find)
    return found.completion.text if found else ""

"""Carry stored answers from one machine to another in a file."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from msgspec import Struct

from promptci.atomic import write_bytes
from promptci.bundles.bundle import BundleHeader, bundle_parts, read_answers, refuse_other_file
from promptci.cache.cache import Cache
from promptci.specs.completion import Completion

_AT_ONCE = 500
_LONG = 5_000_000
_ALL = BundleHeader(plan="all stored answers", shard=1, of=1)


class Carried(Struct, frozen=True):
    """How many answers a bundle held, and how many of them were not stored before."""

    held: int
    new: int


def write_answers(path: Path, answers: Iterable[tuple[str, Completion]]) -> int:
    """Write answers into a bundle that is of no plan; says how many.

    Raises `RequestError` where that would replace a file that is no bundle.
    """
    refuse_other_file(path, "name another file")
    counted = _Counted(answers)
    write_bytes(path, bundle_parts(_ALL, counted))
    return counted.count


def take_answers(cache: Cache, path: Path) -> Carried:
    """Store the answers of a bundle, those that are there already apart; says how many.

    Raises `RequestError` for a file that is none, was cut off or changed.
    """
    held = new = 0
    answers = read_answers(path)
    while some := list(_some(answers)):
        new += cache.put(some)
        held += len(some)
    return Carried(held, new)


def _some(answers: Iterator[tuple[str, Completion]]) -> Iterator[tuple[str, Completion]]:
    """The next answers, as many as are stored at once: fewer where they are long."""
    size = 0
    for each in islice(answers, _AT_ONCE):
        yield each
        size += len(each[1].text) + len(each[1].thoughts) + len(each[1].tool_calls)
        if size > _LONG:
            return


class _Counted:
    """Answers as they pass, counted."""

    def __init__(self, answers: Iterable[tuple[str, Completion]]) -> None:
        self._answers = answers
        self.count = 0

    def __iter__(self) -> Iterator[tuple[str, Completion]]:
        for each in self._answers:
            self.count += 1
            yield each

"""A store that several machines share: what it holds of a place, and what is sent there.

Answers that are used together lie together. A place is one prompt asked with one set of settings:
its answers are in objects of up to a thousand, so that a run of 100,000 examples reads a hundred
objects after one listing, and one that asks three examples writes one.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial

from promptci.digest import long_digest
from promptci.specs.completion import Completion
from promptci.stores.batches import ENDING, MOST_PACKED, pack_answers, unpack_answers
from promptci.stores.objects import Objects, Stored, StoreError

ROOT = "promptci-1"
"""The folder of all places: another form of objects gets another one."""

MOST_ANSWERS = 1000
MOST_LETTERS = 4_000_000
"""In one object."""

_MOST_OBJECTS = 100_000
"""Of one place that are looked at."""

_SIDE_BY_SIDE = 8
"""Objects read at a time."""

Answers = list[tuple[str, Completion]]


@lru_cache(10_000)
def place_of(prompt: str, settings: str) -> str:
    """Where the answers to a prompt lie: `prompt` is its digest, `settings` their canonical JSON.

    A judge's answers lie by the prompt that it judges. Neither says which answer it is: that is
    the request key.
    """
    return long_digest([prompt, settings])


class SharedStore:
    """Reads each place once and each object once; writes unless `is_read_only`.

    `refused` are the objects that were not as they were written, each with what is wrong. `was_new`
    says that nothing at all was there when this one wrote to it first.
    """

    def __init__(self, objects: Objects, *, is_read_only: bool = False) -> None:
        self.url = objects.url
        self.is_read_only = is_read_only
        self.refused: dict[str, str] = {}
        self.was_new = False
        self._objects = objects
        self._looked: set[str] = set()
        self._is_used = False

    def is_new(self, place: str) -> bool:
        """Whether a place has not been looked at."""
        return place not in self._looked

    def fetch(self, places: Iterable[str]) -> Iterator[Answers]:
        """The answers of places that were not looked at before, some thousands at a time.

        Of two good answers to one request the first that was written comes first; those that are
        no good answers, such as cut-off ones, come last. Raises `StoreError`.
        """
        new = [place for place in dict.fromkeys(places) if self.is_new(place)]
        self._looked.update(new)
        last: Answers = []
        with ThreadPoolExecutor(_SIDE_BY_SIDE, "store") as pool:
            for place, listed in zip(new, pool.map(self._listed, new), strict=True):
                for some in _in_parts(listed):
                    for answers in pool.map(partial(self._read, place), some):
                        yield [each for each in answers if each[1].outcome == "ok"]
                        last += [each for each in answers if each[1].outcome != "ok"]
        yield last

    def send(self, place: str, answers: Answers) -> None:
        """Write answers to a place, all or none. Raises `StoreError`."""
        if self.is_read_only:
            raise StoreError("a pull request from a fork does not write to it")
        is_new = not self._is_used and not self._objects.has(ROOT)
        name, data = pack_answers(place, answers)
        self._objects.write(f"{ROOT}/{place}", name, data)
        self.was_new, self._is_used = self.was_new or is_new, True

    def _listed(self, place: str) -> list[Stored]:
        listed = self._objects.listed(f"{ROOT}/{place}")
        self._is_used = self._is_used or bool(listed)
        return [each for each in listed if each.name.endswith(ENDING)][:_MOST_OBJECTS]

    def _read(self, place: str, stored: Stored) -> Answers:
        """The answers of an object; none where it is not as it was written."""
        try:
            if not 0 < stored.size <= MOST_PACKED:
                raise ValueError("it is too large" if stored.size else "it is empty")
            data = self._objects.read(f"{ROOT}/{place}", stored.name, MOST_PACKED)
            return unpack_answers(place, stored.name, data)
        except ValueError as error:
            self.refused[f"{ROOT}/{place}/{stored.name}"] = str(error)
            return []


def _in_parts(listed: Sequence[Stored]) -> Iterator[Sequence[Stored]]:
    for start in range(0, len(listed), _SIDE_BY_SIDE):
        yield listed[start : start + _SIDE_BY_SIDE]

"""The coordinator's cache as a worker sees it: like one on its own disk."""

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from promptci.cache.answerlog import AnswerLog
from promptci.cache.cache import Cache
from promptci.cache.cacherow import CacheRow, answer
from promptci.cluster.link import Link
from promptci.cluster.messages import AnswerPlace, this_machine
from promptci.specs.completion import Completion


class RemoteCache(Cache):
    """Looks up, claims and keeps answers at the coordinator; remembers what a block has seen."""

    claims_first = False

    def __init__(self, link: Link, owner: str) -> None:  # no file: `super` would open one
        self.moved_aside, self.may_write = None, True
        self.seen: dict[str, Completion] = {}
        self._link, self._owner = link, owner
        self._gone: list[str] = []
        self._notes: AnswerLog | None = None
        self._lock = threading.Lock()
        self._unkept: set[str] = set()
        self._waiting: list[tuple[set[str], Callable[[], object]]] = []
        self._after: dict[str, tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = {}
        self.is_with_driver = True
        """Whether all that was kept is in the project's own cache, so that nothing need be sent."""

    def begin(self) -> None:
        """Take a run up."""
        place: AnswerPlace = self._link.ask("begin", self._owner)
        self.is_with_driver = place.is_projects
        if place.machine == this_machine() and Path(place.path).exists():
            self._notes = AnswerLog(Path(place.path))

    def take_in(self) -> None:
        """There is nothing beside it."""

    def note(self, rows: Iterable[tuple[CacheRow, bool]]) -> None:
        """Note answers beside the coordinator's cache, which takes them in if this worker is lost.

        Only on its machine: a node that is lost takes its disk along.
        """
        rows = list(rows)
        with self._lock:
            self._unkept.update(values[0].hex() for values, _ in rows)
        if self._notes is not None:
            self._notes.add(rows)

    @property
    def is_noting(self) -> bool:
        """See `note`."""
        return self._notes is not None and self._notes.is_usable

    def all_kept(self, but: Sequence[tuple[CacheRow, bool]] = ()) -> None:
        """See `Cache.all_kept`."""
        if self._notes is not None and (not but or self._notes.is_large):
            self._notes.clear()
            self._notes.add(but)

    def when_safe(self, key: str, do: Callable[[], None]) -> None:
        """Do something once the answer that has come outlives this worker: at once where noted."""
        if self.is_noting:
            do()
        else:
            self._after[key] = asyncio.get_running_loop(), do

    def when_kept(self, do: Callable[[], object]) -> None:
        """Do something once all answers that have come are with the coordinator, in any thread."""
        with self._lock:
            if self._unkept:
                self._waiting.append((set(self._unkept), do))
                return
        do()

    def take_seen(self) -> dict[str, Completion]:
        """The answers that were seen since the last time, by key."""
        with self._lock:
            seen, self.seen = self.seen, {}
            return seen

    def close(self) -> None:
        """What was noted is kept, or stays for the coordinator."""
        if self._notes is not None:
            self._notes.close()

    def keep(self, rows: list[CacheRow], *, replaces: bool) -> None:
        """On the coordinator's disk when this returns."""
        self.is_with_driver &= self._link.ask("keep", rows, replaces=replaces)
        for values in rows:
            if waits := self._after.pop(values[0].hex(), None):
                with suppress(RuntimeError):  # the run is over, and the coordinator is told that
                    waits[0].call_soon_threadsafe(waits[1])
        self._now_kept({values[0].hex(): answer(values) for values in rows})

    def _now_kept(self, kept: Mapping[str, Completion | None]) -> None:
        with self._lock:
            self.seen |= {key: found for key, found in kept.items() if found}
            self._unkept.difference_update(kept)
            for keys, _ in self._waiting:
                keys.difference_update(kept)
            safe = [do for keys, do in self._waiting if not keys]
            self._waiting = [each for each in self._waiting if each[0]]
        for do in safe:
            do()

    def get_or_claim(self, keys: Sequence[str]) -> tuple[dict[str, Completion], set[str]]:
        """See `Cache.get_or_claim`."""
        return self._find(keys, claims=True)

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """See `Cache.get`."""
        return self._find(keys, claims=False)[0]

    def release(self, keys: Iterable[str]) -> None:
        """Give up claims; from any thread, so it waits for no answer."""
        self._gone.extend(keys)

    def answered(self, keys: Iterable[str]) -> None:
        """The coordinator, which has kept the answers, has given the claims up."""

    @property
    def remarks(self) -> list[str]:
        """Claims always work, and the coordinator's own file is not looked at."""
        return []

    def version(self) -> int:
        """See `Cache.version`."""
        found: int = self._link.ask("version")
        return found

    def hurry(self) -> None:
        """There is nothing to wait for."""

    def work(self, do: Callable[[Any], Any]) -> Any:
        """There is no file."""
        raise NotImplementedError

    def _find(self, keys: Sequence[str], *, claims: bool) -> tuple[dict[str, Completion], set[str]]:
        if self._gone:
            gone, self._gone = self._gone, []
            self._link.ask("release", self._owner, gone)
        found: tuple[dict[str, Completion], set[str]]
        found = self._link.ask("look_up", self._owner, list(keys), claims=claims)
        with self._lock:
            self.seen |= found[0]
        return found

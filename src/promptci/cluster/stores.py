"""The coordinator's cache as a worker sees it: like one on its own disk."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from promptci.cache.cache import Cache
from promptci.cache.cacherow import CacheRow, answer
from promptci.cluster.link import Link
from promptci.specs.completion import Completion


class RemoteCache(Cache):
    """Looks up, claims and keeps answers at the coordinator; remembers what a block has seen."""

    def __init__(self, link: Link, owner: str) -> None:  # no file: `super` would open one
        self.moved_aside, self.may_write = None, True
        self.seen: dict[str, Completion] = {}
        self._link, self._owner = link, owner
        self._gone: list[str] = []
        self.is_with_driver = True
        """Whether all that was kept is in the project's own cache, so that nothing need be sent."""

    def begin(self, known: Sequence[tuple[str, Completion]]) -> None:
        """Take a block up, of which so much is known."""
        self.is_with_driver = self._link.ask("begin", self._owner, known)

    def take_in(self) -> None:
        """There is nothing beside it."""

    def note(self, rows: Iterable[tuple[CacheRow, bool]]) -> None:
        """Nothing is noted before it is kept: that is on another machine."""

    @property
    def is_noting(self) -> bool:
        """See `note`."""
        return False

    def all_kept(self, but: Sequence[tuple[CacheRow, bool]] = ()) -> None:
        """See `note`."""

    def keep(self, rows: list[CacheRow], *, replaces: bool) -> None:
        """On the coordinator's disk when this returns."""
        self.is_with_driver &= self._link.ask("keep", rows, replaces=replaces)
        for values in rows:
            if kept := answer(values):
                self.seen[values[0].hex()] = kept

    def get_or_claim(self, keys: Sequence[str]) -> tuple[dict[str, Completion], set[str]]:
        """See `Cache.get_or_claim`."""
        return self._find(keys, claims=True)

    def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """See `Cache.get`."""
        return self._find(keys, claims=False)[0]

    def release(self, keys: Iterable[str]) -> None:
        """Give up claims; from any thread, so it waits for no answer."""
        self._gone.extend(keys)

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
        self.seen |= found[0]
        return found

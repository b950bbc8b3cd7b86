"""The coordinator's answers: looked up, claimed and kept for all workers, on a thread of its own.

Answers that come from several workers while others are being kept are kept together, since a
transaction takes as much time as ten answers; meanwhile calls are let through.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from promptci.cache.cache import Cache
from promptci.cache.cacherow import CacheRow, row
from promptci.specs.completion import Completion

T = TypeVar("T")


class SharedAnswers:
    """A cache whose claims have owners."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self._disk = ThreadPoolExecutor(1, "answers")
        self._owners: dict[str, str] = {}
        self._waiting: list[tuple[CacheRow, bool]] = []
        self._next: asyncio.Task[None] | None = None
        self.version = 0

    async def keep(self, rows: Sequence[CacheRow], *, replaces: bool) -> None:
        """Store answers durably; claims on them end. Raises `StorageError`."""
        self._waiting += ((values, replaces) for values in rows)
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._keep_waiting())
        await asyncio.shield(self._next)
        for values in rows:
            self._owners.pop(values[0].hex(), None)

    async def put(self, answers: Sequence[tuple[str, Completion]]) -> None:
        """Store what is known from elsewhere."""
        await self.keep([row(*each) for each in answers], replaces=False)

    async def take_in(self) -> None:
        """Store what workers of this machine had noted when they were killed."""
        await self._on_disk(self._cache.take_in)
        self.version += 1

    async def get(self, keys: Sequence[str]) -> dict[str, Completion]:
        """The stored answers among these keys."""
        return await self._on_disk(lambda: self._cache.get(keys))

    async def get_or_claim(
        self, owner: str, keys: Sequence[str]
    ) -> tuple[dict[str, Completion], set[str]]:
        """The stored answers, and which of the others are the owner's to ask.

        Claimed first before other processes on the same cache.
        """
        known, ours = await self._on_disk(lambda: self._cache.get_or_claim(keys))
        return known, {key for key in ours if self._owners.setdefault(key, owner) == owner}

    def release(self, owner: str, keys: Sequence[str]) -> None:
        """There will be no answers to these from this owner."""
        mine = [key for key in keys if self._owners.get(key) == owner]
        for key in mine:
            del self._owners[key]
        self._cache.release(mine)

    def release_all(self, owner: str) -> None:
        """An owner asks no more."""
        self.release(owner, [key for key, each in self._owners.items() if each == owner])

    def close(self) -> None:
        """Let go of the file, once what is being kept is kept."""
        self._disk.shutdown(wait=True)
        self._cache.close()

    async def _keep_waiting(self) -> None:
        """Keep all that waits by the time that the disk has done what it was doing."""
        await self._on_disk(lambda: None)
        self._next, rows, self._waiting = None, self._waiting, []
        for replaces in (False, True):
            if some := [values for values, is_anew in rows if is_anew is replaces]:
                await self._on_disk(partial(self._cache.keep, some, replaces=replaces))
                self._cache.answered(values[0].hex() for values in some)
        self.version += 1

    async def _on_disk(self, do: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, do)

"""Answers on their way to disk: all that have arrived in one transaction, and only then used."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from promptci.cache.cache import Cache
from promptci.specs.completion import Completion, Request, is_worth_asking_again

KeyedCompletion: TypeAlias = tuple[str, Completion]

Deliver: TypeAlias = Callable[[Request, Completion], None]
"""Told each answer once it is on disk."""


class CacheWriter:
    """Looks up and keeps the answers of one run, on a thread of its own, the only one to do so.

    `fresh` are the keys of answers that are this run's own, `dismissed` those of stored ones that
    are asked for anew: what comes for them replaces what was there. With `refresh` everything is
    asked anew.
    """

    def __init__(self, cache: Cache, *, refresh: bool, fresh: set[str]) -> None:
        self.disk = ThreadPoolExecutor(1, "cache")
        self.fresh = fresh
        self.dismissed: set[str] = set()
        self._cache, self._refresh = cache, refresh
        self._arrived: list[tuple[Request, Completion]] = []
        self._any = asyncio.Event()
        self._safe = asyncio.Event()

    async def look_up(
        self, keys: Sequence[str], *, claims: bool
    ) -> tuple[dict[str, Completion], set[str]]:
        """The stored answers by key, and with `claims` what others are asking of the rest."""
        if self._refresh:
            keys = [key for key in keys if key in self.fresh]
        if not keys:
            return {}, set()
        loop = asyncio.get_running_loop()
        if self._refresh or not claims:
            return await loop.run_in_executor(self.disk, self._cache.get, keys), set()
        known, mine = await loop.run_in_executor(self.disk, self._cache.get_or_claim, keys)
        return known, {*keys}.difference(known, mine)

    def take(self, request: Request, completion: Completion) -> None:
        """An answer to keep; one that is none is not asked for again by this run."""
        if request.asks_model and is_worth_asking_again(request, completion, frozenset({"ok"})):
            self.fresh.add(request.key)
        self._arrived.append((request, completion))
        self._any.set()

    async def kept(self) -> None:
        """Wait until what has arrived so far is on disk."""
        await self._safe.wait()

    async def keep(self, deliver: Deliver, wake: asyncio.Event) -> None:
        """Write what arrives, for ever; `deliver` it then, and `wake` whoever waits for that."""
        loop = asyncio.get_running_loop()
        while True:
            await self._any.wait()
            self._any.clear()
            batch, self._arrived = self._arrived, []
            safe, self._safe = self._safe, asyncio.Event()
            # Shielded: an interrupted run must not drop answers that are on their way to disk.
            if rows := _rows(batch):
                await asyncio.shield(loop.run_in_executor(self.disk, self._store, rows))
            safe.set()
            for request, completion in batch:
                deliver(request, completion)
            wake.set()

    def close(self) -> None:
        """Keep what has arrived, whatever ended the run. Raises `StorageError`."""
        self.disk.shutdown(wait=True)
        if self._arrived:
            self._store(_rows(self._arrived))

    def _store(self, rows: list[KeyedCompletion]) -> None:
        if self._refresh:
            self.fresh.update(key for key, _ in rows)
            self._cache.replace(rows)
            return
        self._cache.put(row for row in rows if row[0] not in self.dismissed)
        if anew := [row for row in rows if row[0] in self.dismissed]:
            self.fresh.update(key for key, _ in anew)
            self._cache.replace(anew)


def _rows(arrived: list[tuple[Request, Completion]]) -> list[KeyedCompletion]:
    """What is stored of answers: those of models, by their requests' keys."""
    return [(request.key, done) for request, done in arrived if request.asks_model]

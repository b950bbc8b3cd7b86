"""Answers on their way to disk: noted at once, used then, and kept many at a time."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeAlias

from promptci.cache.cache import Cache
from promptci.cache.cacherow import CacheRow, row
from promptci.cache.unsent import note_unsent
from promptci.cache.upkeep import need_to_write
from promptci.run.driving.claiming import get_or_claim
from promptci.run.driving.sharing import Sharing
from promptci.specs.completion import Completion, Outcome
from promptci.specs.noanswer import is_worth_asking_again
from promptci.specs.request import Request

NotedRow: TypeAlias = tuple[CacheRow, bool]
"""An answer as it is kept, and whether it takes the place of one that is there."""

Deliver: TypeAlias = Callable[[Request, Completion], None]
"""Told each answer once it would outlive this process."""

WAIT = 0.1
"""Seconds for which answers that have come wait for more to come along: a transaction takes as much
time as ten answers.
"""

UNKEPT = 8
"""Answers that may be noted and not on disk, for each request that may be under way.

The more are kept together the less each takes: of 800 half of what it takes of 200.
"""

LOOK, LOOKS = 0.005, 3
"""Seconds between two looks whether as many answers have come as are to travel together, and how
many there are at most.
"""

DELIVERED_TOGETHER = 16
"""Answers that are made something of in a row, since the workers wait meanwhile."""

_OK: frozenset[Outcome] = frozenset({"ok"})


class CacheWriter:
    """Looks up and keeps the answers of one run, on a thread of its own, the only one to do so.

    `fresh` are the keys of answers that are this run's own, `dismissed` those of stored ones that
    are asked for again: what comes for them replaces what was there. With `refresh` everything is
    asked again. `places` says where answers belong in a shared store, by key, if there is one.

    What has come is noted at once, which outlives this process, and is handed on then. It is kept
    behind that, many answers at a time, and looked up here until it is. Where it cannot be noted it
    is kept first.
    """

    def __init__(
        self, cache: Cache, *, refresh: bool, fresh: set[str], sharing: Sharing | None = None
    ) -> None:
        self.disk = ThreadPoolExecutor(1, "cache")
        self.sharing = None if refresh else sharing
        self.places: dict[str, str] = {}
        self._put_off: dict[str, str] = {}
        self.fresh = fresh
        self.dismissed: set[str] = set()
        self._cache, self._refresh = cache, refresh
        self._arrived: list[tuple[Request, Completion]] = []
        self._noted: list[NotedRow] = []
        self._unnoted: list[NotedRow] = []
        self._has_failed = False
        self._are_new = False
        self._here: dict[str, Completion] = {}
        self._kept: set[str] = set()
        self._being_delivered = self._being_kept = 0
        self._any = asyncio.Event()
        self._due = asyncio.Event()
        self._safe, self._before = asyncio.Event(), asyncio.Event()
        self._before.set()
        self._wanted = asyncio.Event()

    @property
    def unsafe(self) -> int:
        """How many answers have come that are not on their way to disk."""
        return len(self._noted) + len(self._unnoted)

    @property
    def pending(self) -> int:
        """How many answers have come that nothing was made of yet, or are on their way to disk."""
        return max(len(self._arrived) + self._being_delivered, self._being_kept)

    def begin_look(self) -> None:
        """Look-ups begin, and none is under way: what is on disk is found there."""
        for key in self._kept:
            del self._here[key]
        self._kept.clear()

    def here(self, keys: Iterable[str]) -> dict[str, Completion]:
        """The answers by key that are not on disk, or were not when look-ups began."""
        return {key: self._here[key] for key in keys if key in self._here} if self._here else {}

    async def look_up(
        self, keys: Sequence[str], *, claims: bool
    ) -> tuple[dict[str, Completion], set[str]]:
        """The answers by key, and with `claims` what others are asking of the rest."""
        here = self.here(keys)
        keys = [key for key in keys if key not in here] if here else keys
        if self._refresh:
            keys = [key for key in keys if key in self.fresh]
            if claims:
                need_to_write(self._cache)
        if not keys:
            return here, set()
        loop = asyncio.get_running_loop()
        if self._refresh or not claims:
            return here | await loop.run_in_executor(self.disk, self._cache.get, keys), set()
        known, mine = await get_or_claim(self._cache, keys, self.disk, are_new=self._are_new)
        if mine:
            need_to_write(self._cache)
        self._are_new = not known
        return here | known, {*keys}.difference(known, mine)

    def take(self, request: Request, completion: Completion) -> None:
        """An answer to keep; one that is none is not asked for again by this run."""
        if request.is_stored:
            if is_worth_asking_again(request, completion, _OK):
                self.fresh.add(request.key)
            replaces = self._refresh or request.key in self.dismissed
            if not self._unnoted:
                asyncio.get_running_loop().call_soon(self._note)
            self._unnoted.append((row(request.key, completion), replaces))
            self._here[request.key] = completion
            self._kept.discard(request.key)
        self._arrived.append((request, completion))
        self._any.set()
        self._due.set()

    def _note(self) -> None:
        """Note what has arrived together: each write takes longer than an answer."""
        if self._unnoted:
            self._cache.note(self._unnoted)
            self._noted += self._unnoted
            self._unnoted = []

    @property
    def is_noting(self) -> bool:
        """Whether what arrives is noted before the loop looks whether anything else has come.

        Where it cannot be, it would not outlive this process.
        """
        return self._cache.is_noting

    async def kept_but(self, most: int) -> None:
        """Wait while so many answers or more, or any not noted, are not on their way to disk."""
        if self.unsafe >= most or not self.is_noting:
            await self.kept()

    async def kept(self) -> None:
        """Wait until what has arrived so far is on disk; that may be so already."""
        safe = self._safe if self.unsafe else self._before
        self._wanted.set()
        await safe.wait()

    async def hand_on(self, deliver: Deliver, done: Callable[[], None]) -> None:
        """Deliver what arrives once it is noted, for ever; `done` is called behind each batch."""
        while True:
            await self._any.wait()
            self._any.clear()
            batch, self._arrived = self._arrived, []
            self._being_delivered = len(batch)
            self._note()
            if not self.is_noting:
                await self.kept()
            for count, (request, completion) in enumerate(batch, 1):
                deliver(request, completion)
                if count % DELIVERED_TOGETHER == 0:
                    self._being_delivered = len(batch) - count
                    await asyncio.sleep(0)
            self._being_delivered = 0
            done()

    async def keep(self) -> None:
        """Write what arrives, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._due.wait()
            await self._more()
            self._due.clear()
            self._wanted.clear()
            self._note()
            noted, self._noted = self._noted, []
            safe, self._safe = self._safe, asyncio.Event()
            self._before = safe
            # Shielded: an interrupted run must not drop answers that are on their way to disk.
            if noted:
                self._being_kept = len(noted)
                await asyncio.shield(loop.run_in_executor(self.disk, self._store, noted))
                self._being_kept = 0
                self._cache.all_kept(but=self._noted)
                newer = {values[0] for values, _ in self._noted + self._unnoted}
                kept = (values[0] for values, _ in noted)
                self._kept.update(key.hex() for key in kept if key not in newer)
                self._cache.answered(values[0].hex() for values, _ in noted)
            safe.set()
            if self.sharing is not None:
                self.sharing.stored(len(noted))

    async def _more(self) -> None:
        """Let more come along for a moment, until someone waits for what has come."""
        for _ in range(LOOKS):
            if self.unsafe < self._cache.gathers:
                await asyncio.sleep(LOOK)
        with suppress(TimeoutError):
            async with asyncio.timeout(WAIT):
                await self._wanted.wait()

    def close(self) -> None:
        """Keep what has arrived, whatever ended the run. Raises `StorageError`."""
        self.disk.shutdown(wait=True)
        self._note()
        if self._noted:
            self._store(self._noted)
            self._cache.answered(values[0].hex() for values, _ in self._noted)
        if self._put_off:
            note_unsent(self._cache, self._put_off)
        if not self._has_failed:
            self._cache.all_kept()

    def _store(self, noted: list[NotedRow]) -> None:
        before, self._has_failed = self._has_failed, True
        self._note_places(noted)
        for replaces in (False, True):
            if rows := [values for values, is_anew in noted if is_anew is replaces]:
                self._cache.keep(rows, replaces=replaces)
                if replaces:
                    self.fresh.update(values[0].hex() for values in rows)
        self._has_failed = before

    def put_off(self, key: str) -> None:
        """An answer will be stored later, by other means: remember where else it belongs."""
        if self.sharing is not None and self.sharing.is_sending and key in self.places:
            self._put_off[key] = self.places.pop(key)

    def _note_places(self, noted: Sequence[NotedRow]) -> None:
        """Note what a shared store is to get; before it is stored, so that none is forgotten."""
        if self.sharing is not None and self.sharing.is_sending:
            keys = (values[0].hex() for values, _ in noted)
            note_unsent(self._cache, {k: self.places.pop(k) for k in keys if k in self.places})

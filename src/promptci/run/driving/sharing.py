"""A run beside a shared store: answers taken in before anything is asked, and sent there behind.

The local cache is written first, and what could not be sent is noted in it: a store that refuses,
hangs or is not there delays a run at most, and loses no answer.
"""

import asyncio
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress

from promptci.cache.cache import Cache
from promptci.cache.unsent import next_unsent, note_sent
from promptci.stores.objects import StoreError
from promptci.stores.shared import MOST_ANSWERS, MOST_LETTERS, Answers, SharedStore

_AT_ONCE = 500
_MOST_WAIT = 60.0
"""Seconds for one step of reading or writing; a store that takes longer is left alone."""


class Sharing:
    """The shared store of one command. `trouble` is why it is not read or written any more.

    `taken` and `sent` count answers; `said` is what was said of it already.
    """

    def __init__(self, store: SharedStore, cache: Cache) -> None:
        self.store = store
        self.trouble = ""
        self.taken = self.sent = 0
        self.said: set[str] = set()
        self._cache = cache
        self._thread = ThreadPoolExecutor(1, "shared")
        self._stored = 0
        self._due: asyncio.Event | None = None

    @property
    def is_sending(self) -> bool:
        """Whether answers are noted to be sent."""
        return not self.store.is_read_only

    async def take_in(self, places: Iterable[str], disk: Executor) -> bool:
        """Store what the shared one holds of places that were not looked at; whether it does.

        The cache is used on `disk` alone.
        """
        new = {place for place in places if self.store.is_new(place)}
        if not new or self.trouble:
            return False
        before, source = self.taken, self.store.fetch(sorted(new))
        loop = asyncio.get_running_loop()
        while (answers := await self._in_time(source)) is not None:
            for start in range(0, len(answers), _AT_ONCE):
                some = answers[start : start + _AT_ONCE]
                await loop.run_in_executor(disk, self._cache.put, some)
                self.taken += len(some)
        return self.taken > before

    async def keys_in(self, places: Iterable[str]) -> set[str]:
        """The keys of all that the shared store holds of some places."""
        source, found = self.store.fetch(sorted(set(places))), set[str]()
        while (answers := await self._in_time(source)) is not None:
            found.update(key for key, _ in answers)
        return found

    async def _in_time(self, source: Iterator[Answers]) -> Answers | None:
        """The next answers; None at the end, and where the store is to be left alone."""
        loop = asyncio.get_running_loop()
        step = loop.run_in_executor(self._thread, next, source, None)
        try:
            async with asyncio.timeout(_MOST_WAIT):
                return await step
        except TimeoutError:
            self.trouble = f"no answer within {_MOST_WAIT:g} s"
        except StoreError as error:
            self.trouble = str(error)
        return None

    def stored(self, count: int) -> None:
        """So many answers more are stored here: send them, once they make up an object."""
        self._stored += count
        if self._stored >= MOST_ANSWERS and self._due is not None:
            self._stored = 0
            self._due.set()

    async def send_behind(self, disk: Executor) -> None:
        """Send whenever enough is stored, for ever; nothing else waits for that."""
        self._due = asyncio.Event()
        while True:
            await self._due.wait()
            self._due.clear()
            await self.send(disk)

    async def send(self, disk: Executor | None) -> None:
        """Send what is noted, place by place. What cannot be sent stays noted, for a later time."""
        loop = asyncio.get_running_loop()
        while self.is_sending and not self.trouble:
            found = await loop.run_in_executor(disk, self._next)
            if found is None:
                return
            place, answers = found
            step = loop.run_in_executor(self._thread, self.store.send, place, answers)
            try:
                async with asyncio.timeout(_MOST_WAIT):
                    await step
            except TimeoutError:
                self.trouble = f"no answer within {_MOST_WAIT:g} s"
            except StoreError as error:
                self.trouble = str(error)
            else:
                await loop.run_in_executor(disk, self._drop, answers)

    def _next(self) -> tuple[str, Answers] | None:
        found = next_unsent(self._cache, most=MOST_ANSWERS, letters=MOST_LETTERS)
        if found is None:
            return None
        place, keys = found
        return place, list(self._cache.get(keys).items())

    def _drop(self, answers: Answers) -> None:
        note_sent(self._cache, [key for key, _ in answers])
        self.sent += len(answers)

    def close(self) -> None:
        """Wait for nothing more."""
        with suppress(RuntimeError):
            self._thread.shutdown(wait=False, cancel_futures=True)

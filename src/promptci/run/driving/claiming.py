"""Which of the answers to come are stored, and which requests are ours to ask."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor

from promptci.cache.cache import Cache
from promptci.specs.completion import Completion


async def get_or_claim(
    cache: Cache, keys: Sequence[str], disk: Executor, *, are_new: bool
) -> tuple[dict[str, Completion], set[str]]:
    """The same as `Cache.get_or_claim`, of which what may wait is done on `disk`.

    Where those looked up before `are_new` all are claimed at once, in this thread: each claim gives
    up Python's lock, and gets it back later than it took to make.
    """
    loop = asyncio.get_running_loop()
    if not (are_new and cache.claims_first):
        return await loop.run_in_executor(disk, cache.get_or_claim, keys)
    mine = cache.claim(keys)
    known = await loop.run_in_executor(disk, cache.get, keys)
    cache.answered(mine.intersection(known))
    return known, mine.difference(known)

"""The examples of a run in the order in which they are taken up."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from promptci.run.work import Work

CHUNK = 32
"""Examples read and looked up in the cache at a time while answers are awaited.

Few, since the workers stand still meanwhile.
"""

STORED_CHUNK = 256
"""The same while every answer was in the cache so far, and no worker is kept waiting."""


class Feed:
    """Gives work a chunk at a time; `again` is work that can go on with the answers it has."""

    def __init__(self, source: Iterator[Work]) -> None:
        self.again: deque[Work] = deque()
        self._source = source

    def go_on(self, work: Work) -> None:
        """Put work in line that can go on, once however many answers it got meanwhile."""
        if not work.is_listed:
            work.is_listed = True
            self.again.append(work)

    def next(self, *, waiting: int, room: int | None) -> list[Work]:
        """Work that can go on, before work that is new.

        `waiting` is how many questions await their answers and `room` how many may before more
        examples are read; None for no more of them.
        """
        size = CHUNK if waiting else STORED_CHUNK
        chunk = [self.again.popleft() for _ in range(min(len(self.again), size))]
        for work in chunk:
            work.is_listed = False
        chunk = [work for work in chunk if not work.is_over]
        if room is not None and waiting <= room:
            chunk += islice(self._source, size - len(chunk))
        return chunk

"""Parts of one piece of work that several processes do at once, each every so many of them.

Helpers are forked: they have all that their caller has, and nothing is loaded or handed to them.
"""

import fcntl
import gc
import os
import signal
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from struct import Struct as Form
from typing import BinaryIO

MOST = 3
"""Helpers at most; what their caller does with what they found takes as long then as their work."""

BEGINS = "promptci.helps"
"""The audit event of a helper that is about to begin, which only does what its caller would do."""

_PIPE = 1 << 20
"""Bytes of what was found that a helper may be ahead of its caller."""

_SIZE = Form("<Q")

_ENDING = (signal.SIGINT, signal.SIGTERM)


class HelperLostError(Exception):
    """A helper ended before its parts were done: they are to be done again, by their caller."""


def helpers_to_spare() -> int:
    """How many helpers there may be: none on one processor, or where there are other threads.

    A thread may hold a lock that a helper would wait for forever.
    """
    if sys.platform != "linux":
        return 0
    tasks = 0
    with suppress(OSError):
        tasks = Path("/proc/self/task").stat().st_nlink - 2
    return min(MOST, len(os.sched_getaffinity(0)) - 1) if tasks == 1 else 0


def spread(
    count: int, work: Callable[[int], bytes], helpers: int
) -> Generator[bytes | None, None, None]:
    """For each of `count` parts, by their numbers from 0, what a helper's `work` made of it.

    None for those that are left to the caller, every so many and the first of all. Raises
    `HelperLostError`. Whoever takes no more of them must close this, which ends the helpers.
    """
    begun: list[_Helper] = []
    try:
        for place in range(1, helpers + 1):
            with _uninterrupted():
                begun.append(_Helper(range(place, count, helpers + 1), work, begun))
        for number in range(count):
            turn = number % (helpers + 1)
            yield begun[turn - 1].next() if turn else None
    finally:
        for helper in begun:
            helper.end()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Signals wait meanwhile, so that no helper is begun that is not ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Helper:
    """A forked process that does some parts, and a pipe from it."""

    def __init__(
        self, numbers: range, work: Callable[[int], bytes], others: "Sequence[_Helper]"
    ) -> None:
        reading, writing = os.pipe()
        if sys.platform == "linux":
            with suppress(OSError):  # more than a user may have
                fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE)
        sys.audit(BEGINS)
        self._process = os.fork()
        if not self._process:
            try:
                os.close(reading)
                for each in others:
                    each.pipe.close()
                _help(numbers, work, writing)
            finally:
                os._exit(0)
        os.close(writing)
        self.pipe: BinaryIO = os.fdopen(reading, "rb")

    def next(self) -> bytes:
        """What was made of the next part. Raises `HelperLostError`."""
        head = self.pipe.read(_SIZE.size)
        size = _SIZE.unpack(head)[0] if len(head) == _SIZE.size else -1
        data = self.pipe.read(size) if size >= 0 else b""
        if len(data) != size:
            raise HelperLostError
        return data

    def end(self) -> None:
        """End it, wherever it is."""
        self.pipe.close()
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self._process, 0)


def _help(numbers: range, work: Callable[[int], bytes], writing: int) -> None:
    """Do some parts; once they are not wanted any more the pipe breaks, and that is the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller ends its helpers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    gc.disable()  # it would write to all that is shared
    with closing(os.fdopen(writing, "wb")) as pipe:
        for number in numbers:
            data = work(number)
            pipe.write(_SIZE.pack(len(data)))
            pipe.write(data)
            pipe.flush()

"""A process that an engine began ends with the process that began it."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

LOOK = 1.0
"""Seconds between two looks at who the parent is."""


@cache
def end_with_parent() -> None:
    """From now on end this process at once when its parent is gone.

    Ray takes two minutes for that where a node is lost with all that could tell its actors; until
    then they hold claims on answers, for which others wait.
    """
    threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)


def end_session(leader: int) -> None:
    """Kill all processes of a session but this one, as far as the system lists them in /proc.

    Of Ray's own those that are about to begin look for their cluster for more than a minute after
    it is gone.
    """
    ended = {os.getpid()}
    while found := set(_members(leader)) - ended:
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        ended |= found


def _members(leader: int) -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _, _, _, session, *_ = stat.read_text(errors="replace").rpartition(")")[2].split()
            if int(session) == leader:
                yield int(stat.parent.name)

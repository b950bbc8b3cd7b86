"""A process that an engine began ends with the process that began it."""

import os
import threading
import time
from functools import cache

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

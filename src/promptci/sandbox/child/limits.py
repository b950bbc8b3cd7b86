"""The limits that a child process puts on itself before it touches anything of others."""

import json
import signal
import sys
from typing import Any

MB = 1_000_000


def read_job() -> Any:
    """The job: one line of JSON, whatever the locale says."""
    return json.loads(sys.stdin.buffer.readline())


def limit(*, seconds: float, memory: int, file_size: int) -> None:
    """Limit this process and those that it starts.

    `seconds` are of processor time, and by the clock as many more as a busy machine may need;
    `memory` and `file_size` are bytes, of data and of one written file. Where a system knows no
    such limit it is left out.
    """
    import resource  # Unix alone

    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, file_size)
    _set(resource.RLIMIT_CPU, int(seconds) + 2)
    if sys.platform == "linux":
        # Address space would be the wrong measure: Node and Java reserve gigabytes and use little.
        _set(resource.RLIMIT_DATA, memory)
    # The parent kills at the limit; this is for a child whose parent was killed before it.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, patience(seconds))


def patience(seconds: float) -> float:
    """Seconds by the clock in which so many of processor time should be over."""
    return 3 * seconds + 10


def _set(kind: int, most: int) -> None:
    import resource

    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))

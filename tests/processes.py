"""promptci as a process of its own, and waiting for what it does."""

import os
import sys
import time
from pathlib import Path

PROMPTCI = [sys.executable, "-c", "from promptci.commands.main import run; run()"]


def wait_until(holds, seconds=120):
    """Look again and again until something is so. The limit is for what hangs."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def processor_seconds(pid):
    """What a process has spent so far, of its own and for the system."""
    user, system = _stat(pid)[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def is_running(pid):
    """Whether a process is there, and not only what is left of it until somebody asks."""
    try:
        return _stat(pid)[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _stat(pid):
    """What `/proc` says of a process, from its state on."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()

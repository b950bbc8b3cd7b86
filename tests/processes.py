"""promptci as a process of its own, and waiting for what it does."""

import sys
import time

PROMPTCI = [sys.executable, "-c", "from promptci.commands.main import run; run()"]


def wait_until(holds, seconds=20):
    """Look again and again until something is so."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)

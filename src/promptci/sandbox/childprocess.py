"""A child process that is killed at its limit, with whatever it has started."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from msgspec import Struct

MARK = "PROMPTCI_SANDBOX"
"""The variable that tells a child's descendants from everybody else's processes."""

MOST_ERROR = 4_000
"""Bytes at the end of standard error that are kept."""

_GLANCE = 0.02
"""Seconds between two looks where the system does not say by itself that a child has ended."""


class Ended(Struct, frozen=True):
    """How a child ended: its exit code, negative for a signal, or None if it was killed here.

    `why` says then what it was killed for: `time`, `output` or `closed`.
    """

    code: int | None
    output: bytes
    error: bytes
    why: str = ""


class Child:
    """One child, started at once in a session of its own; standard input is a file."""

    def __init__(
        self, argv: Sequence[str], *, folder: Path, given: Path, environ: Mapping[str, str]
    ) -> None:
        """Raises `OSError` where no process can be started."""
        with given.open("rb") as file:
            self._process = subprocess.Popen(
                argv,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env=dict(environ),
                start_new_session=True,
            )
        self._mark = environ.get(MARK)
        self._closed = False

    def close(self) -> None:
        """Kill it, from another thread."""
        self._closed = True
        if self._process.returncode is None:
            self._kill()

    def wait(self, seconds: float, *, most: int) -> Ended:
        """Read what it says until it ends, for so long, and so many bytes; then kill what is left.

        A descendant that keeps a pipe open is not waited for.
        """
        output, error, why = bytearray(), bytearray(), ""
        deadline = time.monotonic() + seconds
        with _Watch(self._process) as watch:
            while not why:
                is_over = watch.take(output, error, deadline - time.monotonic())
                if len(output) > most:
                    why = "output"
                elif is_over:
                    break
                elif time.monotonic() >= deadline:
                    why = "time"
            self._kill()
            code = self._process.wait()
            watch.drain(output, error, most)
        self._kill_strays()
        why = "closed" if self._closed else why
        return Ended(None if why else code, bytes(output[:most]), bytes(error[-MOST_ERROR:]), why)

    def _kill(self) -> None:
        """Kill the whole group, which keeps its id while the child is not reaped."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def _kill_strays(self) -> None:
        """Kill descendants that have left the group; known by their environment, on Linux."""
        if sys.platform != "linux" or self._mark is None:
            return
        wanted = f"{MARK}={self._mark}".encode()
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with suppress(OSError):
                    if wanted in (entry / "environ").read_bytes().split(b"\0"):
                        os.kill(int(entry.name), signal.SIGKILL)


class _Watch:
    """Both pipes of a process, and its end, looked at together."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._pipes: tuple[IO[bytes], IO[bytes]] = (process.stdout, process.stderr)
        self._selector = selectors.DefaultSelector()
        self._end = _descriptor(process.pid)

    def __enter__(self) -> "_Watch":
        for pipe in self._pipes:
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ)
        if self._end is not None:
            self._selector.register(self._end, selectors.EVENT_READ)
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        for pipe in self._pipes:
            pipe.close()
        if self._end is not None:
            os.close(self._end)

    def take(self, output: bytearray, error: bytearray, seconds: float) -> bool:
        """Wait for something to happen, at most so long; whether the process has ended."""
        wait = max(0.0, seconds if self._end is not None else min(seconds, _GLANCE))
        ready = {key.fileobj for key, _ in self._selector.select(wait)}
        for pipe, found in zip(self._pipes, (output, error), strict=True):
            if pipe in ready and not _read(pipe, found):
                self._selector.unregister(pipe)
        del error[:-MOST_ERROR]
        return self._end in ready if self._end is not None else self._has_ended()

    def drain(self, output: bytearray, error: bytearray, most: int) -> None:
        """What was still in the pipes."""
        for pipe, found in zip(self._pipes, (output, error), strict=True):
            while len(found) <= most and _read(pipe, found):
                pass

    def _has_ended(self) -> bool:
        """Look without reaping, where that can be, so that the group still has its id."""
        if not hasattr(os, "waitid"):
            return self._process.poll() is not None
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is not None


def _descriptor(pid: int) -> int | None:
    """What becomes readable when a process ends; None where the system has no such thing."""
    if sys.platform == "linux":
        with suppress(OSError):
            return os.pidfd_open(pid)
    return None


def _read(pipe: IO[bytes], found: bytearray) -> bool:
    """Add what is there; whether there was anything."""
    try:
        data = os.read(pipe.fileno(), 65_536)
    except BlockingIOError:
        return False
    found += data
    return bool(data)

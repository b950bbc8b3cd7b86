"""Ctrl-C, SIGTERM, SIGHUP: the first ends a run in good order, the second the program at once."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

EXIT_CODE = 130

SAME = 0.2
"""Seconds in which a second signal is the same wish: a shell and a wrapper both pass it on."""

_first: float | None = None
_endings: list[Callable[[], object]] = []


def listen() -> None:
    """Take the signals over, but for those that a shell or `nohup` made us deaf to."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)
    sys.unraisablehook = _say


@contextmanager
def ended_by(ending: Callable[[], object]) -> Iterator[None]:
    """Within the block the first signal calls `ending`; elsewhere it raises `KeyboardInterrupt`.

    Where the interpreter had to ignore that, as in the middle of an import, it is raised here.
    """
    if _first is not None:
        raise KeyboardInterrupt
    _endings.append(ending)
    try:
        yield
    finally:
        _endings.remove(ending)


@contextmanager
def deferred() -> Iterator[None]:
    """Within the block a first signal waits: what it meant happens right after the block.

    For short work of other libraries that is not safe to leave in the middle.
    """
    before = _first
    _endings.append(_wait)
    try:
        yield
    finally:
        _endings.remove(_wait)
        if _first is not before:
            _end()


def raise_pending() -> None:
    """Raise an interrupt that the interpreter had to ignore, as in a finalizer.

    For whoever waits long outside of any block that a signal ends.
    """
    if _first is not None and not _endings:
        raise KeyboardInterrupt


def end_elsewhere() -> None:
    """End the work of another thread in good order, where this one received the interrupt."""
    if _endings:
        _endings[-1]()


def _wait() -> None:
    """Nothing yet."""


def _say(unraisable: "sys.UnraisableHookArgs") -> None:
    """What the interpreter ignores is worth a line, but not an interrupt, which is remembered."""
    if not isinstance(unraisable.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)


def _interrupt(*_: object) -> None:
    global _first
    if _first is not None:
        if monotonic() - _first > SAME:
            os._exit(EXIT_CODE)
        return
    _first = monotonic()
    _end()


def _end() -> None:
    """Call the innermost ending, or raise where there is none."""
    if not _endings:
        raise KeyboardInterrupt
    _endings[-1]()

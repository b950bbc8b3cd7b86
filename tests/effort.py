"""What work costs beside other work in the same process, so that no test asserts seconds."""

import gc
import re
import time
from collections.abc import Callable
from functools import cache
from typing import TypeVar

T = TypeVar("T")

_MILLION = 1_000_000
_LEAST = 100_000
"""Characters of the shortest text that is worth measuring."""


def measured(work: Callable[[], T]) -> tuple[T, float]:
    """What work gives, and what this thread spends on it. No garbage is collected meanwhile."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        begun = time.thread_time()
        result = work()
        return result, time.thread_time() - begun
    finally:
        if was_enabled:
            gc.enable()


def done_within(times: float, reference: Callable[[], object], work: Callable[[], T]) -> T:
    """What work gives. It must not cost more than so many times the reference.

    The reference is measured once in a process, and again only where work seems too dear.
    """
    result, spent = measured(work)
    allowed = times * _cost(reference)
    for _ in range(3):
        if spent <= allowed:
            break
        allowed = times * measured(reference)[1]
        result, spent = measured(work)
    assert spent <= allowed, f"{times * spent / allowed:.1f} times the reference: most is {times}"
    return result


@cache
def _cost(reference: Callable[[], object]) -> float:
    return measured(reference)[1]


def done_in_passes(most: float, text: str, work: Callable[[], T]) -> T:
    """What work gives. It must not cost more than going so often through as much prose."""
    return done_within(most * max(len(text), _LEAST) / _MILLION, read_prose, work)


def read_prose() -> int:
    """Go through a million characters word by word, with a regular expression."""
    return len(re.findall(r"\w+|[^\w\s]", _prose()))


@cache
def _prose() -> str:
    return ("The lazy dog runs, and the fox waits. " * (_MILLION // 38 + 1))[:_MILLION]

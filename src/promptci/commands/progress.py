"""Progress on stderr: a live line on a terminal, else a line every few seconds."""

import shutil
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from math import isnan
from time import monotonic

from msgspec import Struct, field

from promptci.commands.display import is_live
from promptci.render import figures
from promptci.secrets.safetext import for_terminal
from promptci.spending.limits import EvalProgress, Progress

REDRAW = 0.2
"""Seconds between two looks of a live line."""

EVERY = 10.0
"""Seconds between two lines in a log, which shows that the run is alive."""

MOST_TOLD = 5
"""Evals that are named between two looks."""

MOST_LINES = 12
"""Evals that are named in all: their table comes at the end."""

_WINDOW = 10.0


class Pace(Struct):
    """How fast a run goes at present: answers from the cache, which come first, would flatter."""

    seen: deque[tuple[float, int]] = field(default_factory=deque)

    def rate(self, now: float, done: int) -> float:
        """Examples a second over the last seconds."""
        self.seen.append((now, done))
        while len(self.seen) > 2 and now - self.seen[0][0] > _WINDOW:
            self.seen.popleft()
        then, before = self.seen[0]
        return (done - before) / (now - then) if now > then else 0.0


@contextmanager
def shown(progress: Progress) -> Iterator[None]:
    """Show a run's progress for as long as the block takes."""
    stop = threading.Event()
    shower = threading.Thread(target=_show, args=(progress, stop), daemon=True)
    shower.start()
    try:
        yield
    finally:
        stop.set()
        shower.join()


def _show(progress: Progress, stop: threading.Event) -> None:
    """Write lines until told to stop; whoever closed stderr does not want them."""
    pace = Pace(deque([(progress.started, 0)]))
    live, told = is_live(sys.stderr), 0
    with suppress(OSError, ValueError):
        while not stop.wait(REDRAW if live else EVERY):
            now = monotonic()
            new = progress.evals[told:]
            told += len(new)
            for each in eval_lines(new) if told - len(new) < MOST_LINES else ():
                _write(f"\r\x1b[K{each}\n" if live else f"{each}\n")
            shown = line(progress, pace.rate(now, progress.done))
            _write(f"\r\x1b[K{_cut(shown)}" if live else f"{shown}\n")
        if live:
            _write("\r\x1b[K")


def eval_lines(done: Sequence[EvalProgress]) -> Iterator[str]:
    """How evals came out, a few of them, before the table of all is there."""
    for each in done[:MOST_TOLD]:
        said = f"{each.passed:,} of {each.total:,} passed"
        score = "" if isnan(each.score) else f", score {figures.share(each.score)}"
        yield for_terminal(f"{each.name} on {each.model}: {said}{score}")
    if len(done) > MOST_TOLD:
        yield f"and {figures.counted(len(done) - MOST_TOLD, 'more eval')}"


def line(progress: Progress, rate: float) -> str:
    """How far, how fast, how long still, how much so far; `rate` in examples a second."""
    left = (progress.total - progress.done) / rate if rate else None
    parts = [
        f"{progress.done:,}/{progress.total:,}",
        f"{rate:.1f}/s" if rate < 100 else f"{rate:,.0f}/s",
        "" if left is None else f"{figures.seconds(left) if left >= 10 else f'{left:.0f}s'} left",
        f"{progress.asked:,} asked, {progress.cached:,} cached",
        "cost unknown" if progress.has_unknown_cost else figures.money(progress.cost),
        f"{progress.errors:,} without answer" if progress.errors else "",
        f"waiting for {progress.elsewhere:,} that another run asks" if progress.elsewhere else "",
    ]
    return "  ".join(filter(None, parts))


def _cut(text: str) -> str:
    """A line that fits the terminal: one that is folded could not be drawn over."""
    return text[: shutil.get_terminal_size().columns - 1]


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()

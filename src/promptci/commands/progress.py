"""Progress on stderr: a live line on a terminal, else a line every few seconds."""

import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from math import isnan
from time import monotonic

from msgspec import Struct, field

from promptci.commands.display import is_live
from promptci.commands.width import columns
from promptci.render import figures
from promptci.secrets.safetext import for_terminal
from promptci.spending.limits import EvalProgress, Progress

REDRAW = 0.2
"""Seconds between two looks of a live line."""

EVERY = 10.0
"""Seconds between two lines in a log, which shows that the run is alive."""

LOOK = 1.0
"""Seconds between two looks at whether another eval is done, in a log."""

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
    live, table, due = is_live(sys.stderr), EvalTable(progress.tasks), monotonic() + EVERY
    with suppress(OSError, ValueError):
        while not stop.wait(REDRAW if live else LOOK):
            now = monotonic()
            for row in table.rows(progress.evals):
                _write(f"\r\x1b[K{row}\n" if live else f"{row}\n")
            if not live and now < due:
                continue
            shown, due = line(progress, pace.rate(now, progress.done)), now + EVERY
            _write(f"\r\x1b[K{_cut(shown)}" if live else f"{shown}\n")
        if live:
            _write("\r\x1b[K")


class EvalTable:
    """How evals came out, row by row as they are done, before the table of all is there."""

    def __init__(self, tasks: Sequence[tuple[str, str]]) -> None:
        """`tasks` are the names of all evals and models, for the widths of the columns."""
        self._told = 0
        self._widths = [max(map(len, each)) for each in zip(("eval", "model"), *tasks, strict=True)]

    def rows(self, done: Sequence[EvalProgress]) -> Iterator[str]:
        """Those that are new of all that are done, the first below a header; only a few."""
        before, self._told = self._told, len(done)
        if before >= MOST_LINES:
            return
        new = done[before:]
        if new and not before:
            yield self._row("eval", "model", "passed", "score")
        for each in new[:MOST_TOLD]:
            score = "" if isnan(each.score) else figures.share(each.score)
            yield self._row(each.name, each.model, f"{each.passed:,}/{each.total:,}", score)
        if len(new) > MOST_TOLD:
            yield f"… {figures.counted(len(new) - MOST_TOLD, 'more eval')}"

    def _row(self, name: str, model: str, passed: str, score: str) -> str:
        wide, wider = self._widths
        return for_terminal(f"{name:{wide}}  {model:{wider}}  {passed:>11}  {score:>6}".rstrip())


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
    return text[: columns(otherwise=80) - 1]


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()

"""What a run tells a person on stderr while it works."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING

import click

from promptci.commands.display import folded, is_live
from promptci.project.observer import Observer
from promptci.secrets.safetext import for_terminal

if TYPE_CHECKING:
    from promptci.run.estimates import Estimate
    from promptci.spending.limits import Progress


SENT = 0.02
"""Seconds after which the first request is out, and there is nothing to do until it is answered."""


class TerminalObserver(Observer):
    """Writes remarks and progress to stderr."""

    def __init__(self) -> None:
        self._expected: tuple[str, ...] = ()

    def remark(self, text: str) -> None:
        """Write a sentence on a line of its own."""
        _say(text)

    def expecting(self, *modules: str) -> None:
        """Load modules as soon as answers are awaited."""
        self._expected = modules

    def asking(self, bound: "Sequence[Estimate]") -> None:
        """Say what may be asked at most; whoever closed stderr does not want to know."""
        from promptci.render.terminal.evaluate.estimates import may_ask

        with suppress(OSError, ValueError):
            _say(may_ask(bound))
        if self._expected:
            loader = threading.Timer(SENT, _load, self._expected)
            loader.daemon = True
            loader.start()

    @contextmanager
    def watching(self, progress: "Progress") -> Iterator[None]:
        """Show a live line on a terminal, else a line every few seconds."""
        from promptci.commands.progress import shown

        with shown(progress):
            yield

    def stopped(self, progress: "Progress") -> None:
        """Say how far the run came."""
        from promptci.render.terminal.evaluate.closing import so_far

        _say(so_far(progress))


def _load(*modules: str) -> None:
    """Import modules; one that cannot be is an error for whoever needs it."""
    with suppress(ImportError):
        for name in modules:
            import_module(name)


def _say(line: str) -> None:
    """Write a line on stderr, in place of a live line of progress that may be there.

    All at once: the live line is drawn by a thread of its own, which may come between two writes.
    """
    clear = "\r\x1b[K" if is_live(sys.stderr) else ""
    click.echo(clear + folded(for_terminal(line), sys.stderr), err=True)

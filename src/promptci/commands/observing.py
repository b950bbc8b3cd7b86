"""What a run tells a person on stderr while it works."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import click

from promptci.commands.progress import shown
from promptci.project.observer import Observer
from promptci.render.terminal.estimates import may_ask
from promptci.render.terminal.run import so_far
from promptci.run.dryrun import Estimate
from promptci.secrets.safetext import for_terminal
from promptci.spending.limits import Progress


class TerminalObserver(Observer):
    """Writes remarks and progress to stderr."""

    def remark(self, text: str) -> None:
        """Write a sentence on a line of its own."""
        click.echo(for_terminal(text), err=True)

    def asking(self, bound: Sequence[Estimate]) -> None:
        """Say what may be asked at most; whoever closed stderr does not want to know."""
        with suppress(OSError, ValueError):
            click.echo(may_ask(bound), err=True)

    @contextmanager
    def watching(self, progress: Progress) -> Iterator[None]:
        """Show a live line on a terminal, else a line every few seconds."""
        with shown(progress):
            yield

    def stopped(self, progress: Progress) -> None:
        """Say how far the run came."""
        click.echo(so_far(progress), err=True)

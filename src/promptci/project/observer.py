"""Callbacks for what happens while the library works."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptci.history.culprit import Measured
    from promptci.run.estimates import Estimate
    from promptci.spending.limits import Progress


class Observer:
    """Receives the events of a run and does nothing; subclasses override its methods.

    A method may be called from the thread that runs the evaluation, and should return soon.
    """

    def remark(self, text: str) -> None:
        """Receive a sentence that a person should read, as that a damaged cache was moved."""

    def expecting(self, *modules: str) -> None:
        """Receive the modules that will show the result of a run: they are not needed before."""

    def asking(self, bound: "Sequence[Estimate]") -> None:
        """Receive, before the first request to a hosted endpoint, what may be asked at most."""

    @contextmanager
    def watching(self, progress: "Progress") -> Iterator[None]:
        """Follow a run for as long as the block takes; `progress` changes as results arrive."""
        yield

    def measured(self, found: "Measured") -> None:
        """Receive the result of a commit that a bisection measured."""

    def stopped(self, progress: "Progress") -> None:
        """Receive the progress of a run that was stopped before its end."""

"""Who hears what happens while the library works."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from promptci.history.culprit import Measured
    from promptci.run.estimates import Estimate
    from promptci.spending.limits import Progress


class Observer:
    """Hears of a run's course and does nothing; whoever shows something overrides methods.

    A method may be called from the thread that runs the evaluation, and should return soon.
    """

    def remark(self, text: str) -> None:
        """Hear one sentence that a person should read, such as that a damaged cache was moved."""

    def expecting(self, *modules: str) -> None:
        """Hear which modules will show what comes of a run: they are not needed before."""

    def asking(self, bound: "Sequence[Estimate]") -> None:
        """Hear, before the first request to a hosted endpoint, what may be asked at most."""

    @contextmanager
    def watching(self, progress: "Progress") -> Iterator[None]:
        """Follow a run for as long as the block takes; `progress` changes as results arrive."""
        yield

    def measured(self, found: "Measured") -> None:
        """Hear how a commit did that a bisection looked at."""

    def stopped(self, progress: "Progress") -> None:
        """Hear how far a run came that ended before its end."""

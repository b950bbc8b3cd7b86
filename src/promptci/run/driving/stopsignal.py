"""Why a run asks nothing more."""

import asyncio

from promptci.errors import BudgetError, ModelError, PromptCIError
from promptci.spending.budget import Budget

GRACE = 5.0
"""Seconds that calls under way have when the time of a run is over."""


class StopSignal:
    """Stops a run, once and for one reason."""

    def __init__(self) -> None:
        self.why: PromptCIError | None = None

    def pull(self, why: PromptCIError) -> None:
        """Let no further request out; the first reason stays, but a ceiling gives way.

        Whoever is let in nowhere would raise it in vain.
        """
        is_ceiling = isinstance(self.why, BudgetError)
        if self.why is None or (is_ceiling and isinstance(why, ModelError) and why.stops_the_run):
            self.why = why

    async def pull_in_time(self, budget: Budget, wake: asyncio.Event) -> None:
        """When the time is over let nothing more out, and soon wait for nothing more."""
        left = budget.time_left
        if left is None:
            return
        await asyncio.sleep(left)
        try:
            budget.check_time()
        except PromptCIError as error:
            self.pull(error)
            wake.set()
            await asyncio.sleep(GRACE)
            raise

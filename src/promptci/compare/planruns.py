"""Who evaluates plans, and who receives the results."""

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:  # whoever is handed one need not load what evaluates
    from collections.abc import Callable

    from promptci.compare.outcomes.collector import Collector
    from promptci.run.driving.work import Finished
    from promptci.run.planning.plan import Plan

RunPlan: TypeAlias = "Callable[[Plan, Callable[[Finished], None]], Collector]"
"""Evaluates a plan, hands each result to the callable, and gives the outcome of it all."""


def pass_over(_: "Finished") -> None:
    """Take a result and remember nothing of it: the totals are enough."""

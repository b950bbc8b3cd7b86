"""One ceiling for a search's three steps, so that the last ones are not starved by the first."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from promptci.errors import RequestError
from promptci.project.session import Session
from promptci.run.estimates import Estimate, most_requests
from promptci.spending.estimate import MOST_OUTPUT
from promptci.spending.limits import Limits
from promptci.spending.spent import Spending


def spending_of(found: Sequence[Estimate]) -> Spending:
    """What these may take at most; where a price is unknown no ceiling on cost can hold anyway."""
    costs = [each.cost for each in found if each.cost is not None]
    tokens = sum(each.usage.tokens for each in found)
    return Spending(most_requests(found), tokens, sum(costs, Decimal(0)))


def need_prices(found: Sequence[Estimate], limits: Limits) -> None:
    """Raises `RequestError` where a ceiling on cost could not hold, before anything is said."""
    for each in found:
        if limits.max_cost is not None and each.cost is None:
            cure = "add it to `prices` in promptci.yaml"
            raise RequestError(
                f"a ceiling on cost needs a price for `{each.task.model.name}`: {cure}"
            )


def setting_aside(limits: Limits, later: Sequence[Estimate]) -> Limits:
    """Ceilings that leave for later what that may take.

    Raises `RequestError` where nothing would be left for now.
    """
    needed = spending_of(later)
    rest = _less(limits, needed)
    fewer = "raise it, or --keep fewer"
    if any(each.usage.output_tokens >= MOST_OUTPUT * max(each.requests, 1) for each in later):
        open_ = f"`max_tokens`, without which an answer may take {MOST_OUTPUT:,} tokens"
        fewer = f"raise it, --keep fewer, or give the prompt {open_}"
    for ceiling, left, written in (
        (limits.max_requests, rest.max_requests, f"{needed.requests:,} requests"),
        (limits.max_tokens, rest.max_tokens, f"{needed.tokens:,} tokens"),
        (limits.max_cost, rest.max_cost, f"${needed.cost:.4f}"),
    ):
        if ceiling and not left:
            wrong = "the ceiling leaves nothing to search with"
            cure = f"judging what is found may take {written}: {fewer}"
            raise RequestError(f"{wrong}: {cure}")
    return rest


def left_after(limits: Limits, *sessions: Session) -> Limits:
    """What is left of ceilings after some sessions, whose time has passed, too."""
    spent = sum((each.allowance.budget.spent for each in sessions), Spending())
    rest = _less(limits, spent)
    times = [each.allowance.budget.time_left for each in sessions]
    return replace(rest, max_time=min((e for e in times if e is not None), default=None))


def _less(limits: Limits, spent: Spending) -> Limits:
    """The same ceilings without what was spent, none below 0."""
    requests, tokens, cost = limits.max_requests, limits.max_tokens, limits.max_cost
    return replace(
        limits,
        max_requests=None if requests is None else max(0, requests - spent.requests),
        max_tokens=None if tokens is None else max(0, tokens - spent.tokens),
        max_cost=None if cost is None else max(Decimal(0), cost - spent.cost),
    )

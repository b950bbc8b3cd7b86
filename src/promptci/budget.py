"""Ceilings on money and calls: reserved before a request goes out, settled when it is answered."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

from promptci.completion import Request
from promptci.errors import BudgetError, RequestError

MostOf: TypeAlias = Callable[[Request], Decimal | None]
"""An upper bound of what a request may cost in US dollars; None if no price is known."""

_KEPT = "what was answered is kept, so a further run goes on from here"


class Budget:
    """What one run may still spend. With no ceiling it admits everything at no cost."""

    def __init__(self, *, max_requests: int | None, max_cost: Decimal | None, most: MostOf) -> None:
        self.max_requests = max_requests
        self.max_cost = max_cost
        self.spent = Decimal(0)
        self._most = most
        self._requests = 0
        self._reserved: dict[str, Decimal] = {}
        self._settled = asyncio.Event()

    async def admit(self, request: Request) -> None:
        """Reserve what a request may cost, waiting while only calls under way stand against it.

        Raises `BudgetError` when the ceiling is reached whatever those come to, and `RequestError`
        when there is a ceiling on cost but no price.
        """
        if self.max_requests is not None and self._requests >= self.max_requests:
            raise BudgetError(f"the ceiling of {self.max_requests} requests is reached; {_KEPT}")
        self._requests += 1
        if self.max_cost is None:
            return
        bound = self._bound(request)
        while self.spent + sum(self._reserved.values()) + bound > self.max_cost:
            if self.spent + bound > self.max_cost:
                raise BudgetError(f"the ceiling of ${self.max_cost} is reached; {_KEPT}")
            self._settled.clear()
            await self._settled.wait()
        self._reserved[request.key] = bound

    def settle(self, request: Request, cost: Decimal | None) -> None:
        """Replace what was set aside by what the answer came to; None where there was none."""
        self._reserved.pop(request.key, None)
        self.spent += cost or 0
        self._settled.set()

    def _bound(self, request: Request) -> Decimal:
        bound = self._most(request)
        if bound is None:
            name = request.settings.model.name
            cure = "add it to `prices` in promptci.yaml"
            raise RequestError(f"a ceiling on cost needs a price for `{name}`: {cure}")
        return bound

"""What a budget counts in dollars and in tokens: spent, and set aside for calls under way."""

from collections.abc import Callable, Iterator
from decimal import Decimal

from promptci.errors import BudgetError
from promptci.specs.request import Request
from promptci.spending.bounds import MostOf, dollars_at_most
from promptci.spending.ceiling import NO_MONEY, Ceiling
from promptci.spending.spent import NOTHING_SPENT, Spending


class Accounts:
    """The ceilings on dollars and on tokens, of which there may be none, one or both.

    `most` bounds the dollars and `tokens` the tokens of a request.
    """

    def __init__(
        self, max_cost: Decimal | None, max_tokens: int | None, *, most: MostOf, tokens: MostOf
    ) -> None:
        self._max_cost, self._max_tokens = max_cost, max_tokens
        self._money = None if max_cost is None else Ceiling(max_cost)
        self._tokens = None if max_tokens is None else Ceiling(Decimal(max_tokens))
        self._most, self._most_tokens = most, tokens

    @property
    def is_empty(self) -> bool:
        """Whether there is neither ceiling."""
        return self._money is None and self._tokens is None

    @property
    def counts_money(self) -> bool:
        """Whether there is a ceiling on cost."""
        return self._money is not None

    def count(self, more: Spending) -> None:
        """Count what others have spent."""
        for account, amount in self._shares(more):
            account.spent += amount

    def reserve(self, request: Request, reached: Callable[[str], BudgetError]) -> bool:
        """Reserve what a request may take; False while only calls under way prevent it.

        Raises what `reached` makes of a ceiling's name where that is reached whatever those take.
        """
        model, accounts = request.settings.model.identity, self._of(request)
        wait = [a for a, guess, _ in accounts if a.must_wait(model, a.bound(model, guess))]
        for account, guess, said in accounts if wait else ():
            if account in wait and account.is_spent(account.bound(model, guess)):
                raise reached(said)
        if wait:
            return False
        for account, guess, _ in accounts:
            account.reserve(request.key, model, account.bound(model, guess))
        return True

    def reserve_again(self, request: Request, reached: Callable[[str], BudgetError]) -> None:
        """Reserve as much once more, without waiting for others. Raises as `reserve` does."""
        model, accounts = request.settings.model.identity, self._of(request)
        for account, guess, said in accounts:
            if account.spent + account.reserved + account.bound(model, guess) > account.ceiling:
                raise reached(said)
        for account, guess, _ in accounts:
            account.reserve(request.key, model, account.bound(model, guess))

    def held(self, key: str) -> Spending:
        """What is set aside for a request, or for a batch, by its key or name."""
        if self.is_empty:
            return NOTHING_SPENT
        cost, tokens = (
            NO_MONEY if account is None else account.by_key.get(key, NO_MONEY)
            for account in (self._money, self._tokens)
        )
        return Spending(0, int(tokens), cost)

    def settle(
        self, request: Request, cost: Decimal | None, tokens: int | None
    ) -> tuple[Decimal | None, int | None]:
        """Replace what was set aside by what an answer took, and give that.

        None is unknown: the upper bound counts then, where there is a ceiling.
        """
        model = request.settings.model.identity
        if self._money is not None:
            cost = self._money.settle(request.key, model, cost)
        if self._tokens is not None:
            took = None if tokens is None else Decimal(tokens)
            tokens = int(self._tokens.settle(request.key, model, took))
        return cost, tokens

    def give_back(self, request: Request) -> None:
        """Release what was set aside for a request that took nothing."""
        for account in filter(None, (self._money, self._tokens)):
            account.give_back(request.key, request.settings.model.identity)

    def bound(self, request: Request) -> Spending:
        """What a request may take, as far as there are ceilings on that. Raises `RequestError`."""
        cost, tokens = NO_MONEY, NO_MONEY
        for account, guess, _ in self._of(request):
            bound = account.bound(request.settings.model.identity, guess)
            if account is self._money:
                cost = bound
            else:
                tokens = bound
        return Spending(1, int(tokens), cost)

    def without_room(self, more: Spending) -> str | None:
        """The ceiling past which so much would go; None if there is room."""
        for account, amount, said in (
            (self._money, more.cost, f"${self._max_cost}"),
            (self._tokens, Decimal(more.tokens), f"{self._max_tokens or 0:,} tokens"),
        ):
            if account is not None and account.spent + account.reserved + amount > account.ceiling:
                return said
        return None

    def hold(self, name: str, most: Spending) -> None:
        """Set aside what a batch of that name may take."""
        for account, amount in self._shares(most):
            account.by_key[name] = amount
            account.reserved += amount

    def settle_batch(self, name: str, took: Spending) -> None:
        """Replace what was set aside for a batch by what its answers took."""
        for account, amount in self._shares(took):
            account.reserved -= account.by_key.pop(name, NO_MONEY)
            account.spent += amount

    def _shares(self, amount: Spending) -> Iterator[tuple[Ceiling, Decimal]]:
        """Each ceiling with its part of an amount."""
        if self._money is not None:
            yield self._money, amount.cost
        if self._tokens is not None:
            yield self._tokens, Decimal(amount.tokens)

    def _of(self, request: Request) -> list[tuple[Ceiling, Decimal, str]]:
        """The ceilings on what a request takes, its guess for each, and what to call them."""
        found = []
        if self._money is not None:
            guess = dollars_at_most(request, self._most)
            found.append((self._money, guess, f"${self._max_cost:f}"))
        if self._tokens is not None:
            guess = self._most_tokens(request) or NO_MONEY
            found.append((self._tokens, guess, f"{self._max_tokens:,} tokens"))
        return found

"""One ceiling: what requests may take is set aside until it is known what they took."""

from decimal import Decimal

from msgspec import Struct, field

NO_MONEY = Decimal(0)


class Ceiling(Struct):
    """One ceiling. What a request may take is set aside until it is known what it took.

    A guess from outside may be too low: a server may add to a prompt or think before it answers.
    So a model's first request goes alone, and what its dearest answer took is set aside at least.
    """

    ceiling: Decimal
    spent: Decimal = NO_MONEY
    reserved: Decimal = NO_MONEY
    by_key: dict[str, Decimal] = field(default_factory=dict)
    dearest: dict[str, Decimal] = field(default_factory=dict)
    first: dict[str, str] = field(default_factory=dict)

    def bound(self, model: str, guess: Decimal) -> Decimal:
        """What to set aside for a request to a model."""
        return max(guess, self.dearest.get(model, NO_MONEY))

    def is_spent(self, bound: Decimal) -> bool:
        """Whether there is no room, whatever the calls under way take."""
        return self.spent + bound > self.ceiling

    def must_wait(self, model: str, bound: Decimal) -> bool:
        """Whether only calls under way prevent it."""
        return model in self.first or self.spent + self.reserved + bound > self.ceiling

    def reserve(self, key: str, model: str, bound: Decimal) -> None:
        self.by_key[key] = bound
        self.reserved += bound
        if model not in self.dearest:
            self.first[model] = key

    def settle(self, key: str, model: str, took: Decimal | None) -> Decimal:
        """Replace what was set aside; None for all of it. Gives what was spent."""
        bound = self.by_key[key]
        spent = bound if took is None else took
        self.give_back(key, model)
        self.spent += spent
        self.dearest[model] = max(spent, self.dearest.get(model, NO_MONEY))
        return spent

    def give_back(self, key: str, model: str) -> None:
        """Nothing was taken."""
        self.reserved -= self.by_key.pop(key, NO_MONEY)
        if self.first.get(model) == key:
            del self.first[model]

"""Which of two answers a judge prefers, asked in both orders, and the result of many such votes."""

from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct, field

if TYPE_CHECKING:
    from promptci.stats.uncertainty import PValue

Vote: TypeAlias = Literal["first", "second", "tie"]
"""What a judge says of two answers in the order in which it is shown them."""

Side: TypeAlias = Literal["base", "head", "tie"]


class Preference(Struct, frozen=True):
    """Two votes on the same two answers: with the base's shown first, and with the head's."""

    base_first: Vote
    head_first: Vote

    @property
    def side(self) -> Side:
        """The answer preferred in both orders; a tie where the two votes do not agree."""
        votes = self.base_first, self.head_first
        if votes == ("first", "second"):
            return "base"
        return "head" if votes == ("second", "first") else "tie"

    @property
    def is_swayed(self) -> bool:
        """Whether the votes speak for different answers, so that the order decided."""
        votes = self.base_first, self.head_first
        return "tie" not in votes and self.side == "tie"


class ContestSpent(Struct, frozen=True):
    """What a judge's replies took; `asked` of them were not in the cache.

    `cost` is in US dollars, None if a price is unknown.
    """

    replies: int = 0
    asked: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal | None = Decimal(0)


NOTHING_SPENT = ContestSpent()


class Contest(Struct, frozen=True):
    """All examples of one eval, judged pair by pair.

    `base`, `head` and `ties` count examples; of the ties `swayed` went with the order and `same`
    were answered in the same words, so that no judge was asked. `first` and `second` count votes
    for the answer shown there. `errors` are sentences about examples without two votes, and how
    many; `spent` is what the judge took.
    """

    label: str
    base: int = 0
    head: int = 0
    ties: int = 0
    swayed: int = 0
    same: int = 0
    first: int = 0
    second: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)
    spent: ContestSpent = NOTHING_SPENT

    @property
    def is_undecided(self) -> bool:
        """Whether the judge was asked, or should have been, and not one verdict came of it."""
        return bool(self.errors) and self.n == self.same

    @property
    def n(self) -> int:
        """How many examples were judged."""
        return self.base + self.head + self.ties

    @property
    def p(self) -> "PValue":
        """The sign test: is each preference as likely for the base as for the head?"""
        return _sign_test(self.base, self.head)

    @property
    def bias(self) -> "PValue":
        """The same of places: does the judge favour what it is shown first, or second?"""
        return _sign_test(self.first, self.second)


def sum_up(
    label: str, preferences: Iterable[Preference], *, same: int, errors: Mapping[str, int]
) -> Contest:
    """The result of the votes on an eval's examples."""
    sides: Counter[Side] = Counter()
    votes: Counter[Vote] = Counter()
    swayed = 0
    for each in preferences:
        sides[each.side] += 1
        swayed += each.is_swayed
        votes.update((each.base_first, each.head_first))
    return Contest(
        label=label,
        base=sides["base"],
        head=sides["head"],
        ties=sides["tie"] + same,
        swayed=swayed,
        same=same,
        first=votes["first"],
        second=votes["second"],
        errors=errors,
    )


def _sign_test(one: int, other: int) -> "PValue":
    from promptci.stats.mcnemar import exact_mcnemar

    return exact_mcnemar(one, other)

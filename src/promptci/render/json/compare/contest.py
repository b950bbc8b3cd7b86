"""What a judge that prefers one of two answers says of an eval."""

from typing import Annotated

from promptci.render.json.structure import Money, Part, money, says
from promptci.scorers.base.preference import Contest, ContestSpent


class VotesV1(Part, frozen=True, kw_only=True):
    """A judge's votes by the place of the answer."""

    first: Annotated[int, says("for the answer shown first")]
    second: Annotated[int, says("for the answer shown second")]


class ContestSpentV1(Part, frozen=True, kw_only=True):
    """What a judge's replies took."""

    replies: Annotated[int, says("how many there are")]
    asked: Annotated[int, says("those of them that were not stored")]
    input_tokens: Annotated[int, says("tokens of the requests")]
    output_tokens: Annotated[int, says("tokens of the replies")]
    cost: Money


class ContestV1(Part, frozen=True, kw_only=True):
    """What a `select_best` scorer prefers."""

    label: Annotated[str, says("the scorer's name")]
    n: Annotated[int, says("examples judged")]
    base: Annotated[int, says("examples whose base answer is preferred")]
    head: Annotated[int, says("examples whose head answer is preferred")]
    ties: Annotated[int, says("examples without a preference")]
    swayed: Annotated[int, says("ties in which the order decided")]
    same: Annotated[int, says("ties whose answers are the same words")]
    p: Annotated[float, says("the p value of the sign test")]
    votes: Annotated[VotesV1, says("the votes by place")]
    bias_p: Annotated[float, says("the p value of a bias towards a place")]
    errors: Annotated[dict[str, int], says("how many examples were not judged, by the reason")]
    undecided: Annotated[bool, says("whether too many examples were not judged")]
    spent: Annotated[ContestSpentV1, says("what the judge's replies took")]


def contest(found: Contest) -> ContestV1:
    """All examples of one eval, judged pair by pair."""
    return ContestV1(
        label=found.label,
        n=found.n,
        base=found.base,
        head=found.head,
        ties=found.ties,
        swayed=found.swayed,
        same=found.same,
        p=found.p.p,
        votes=VotesV1(first=found.first, second=found.second),
        bias_p=found.bias.p,
        errors=dict(found.errors),
        undecided=found.is_undecided,
        spent=_spent(found.spent),
    )


def _spent(found: ContestSpent) -> ContestSpentV1:
    return ContestSpentV1(
        replies=found.replies,
        asked=found.asked,
        input_tokens=found.input_tokens,
        output_tokens=found.output_tokens,
        cost=money(found.cost),
    )

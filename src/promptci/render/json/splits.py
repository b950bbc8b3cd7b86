"""The figures of examples that have a tag or an expected value in common."""

from collections.abc import Iterable
from typing import Annotated, Literal

from promptci.compare.outcomes.splits import ResultSplit
from promptci.records.record import Tally
from promptci.render.json.structure import Part, says


class TallyV1(Part, frozen=True, kw_only=True):
    """The examples with a tag."""

    score: Annotated[float, says("their mean score")]
    passed: Annotated[int, says("how many passed")]
    total: Annotated[int, says("how many there are")]


class SplitV1(Part, frozen=True, kw_only=True):
    """The examples with one tag, or of which one value is expected, on both sides."""

    kind: Annotated[Literal["expected", "tag"], says("what they have in common")]
    value: Annotated[str, says("the tag, or the expected value")]
    base: Annotated[TallyV1 | None, says("the base's figures")]
    head: Annotated[TallyV1 | None, says("the head's figures")]
    delta: Annotated[float | None, says("the head's score minus the base's")]
    fallen: Annotated[bool, says("whether they fell beyond the tolerance")]
    hidden: Annotated[bool, says("whether they did while the total did not")]


def tally_of(value: Tally) -> TallyV1:
    return TallyV1(score=value.score, passed=value.passed, total=value.total)


def splits_of(found: Iterable[ResultSplit]) -> list[SplitV1]:
    """Each tag and each expected value of a comparison, in the order given."""
    return [
        SplitV1(
            kind=each.kind,
            value=each.value,
            base=None if each.base is None else tally_of(each.base),
            head=None if each.head is None else tally_of(each.head),
            delta=each.delta,
            fallen=each.has_fallen,
            hidden=each.is_hidden,
        )
        for each in found
    ]

"""What all evals of a report page cost together, and of which that is not known."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated

from promptci.render.figures import money as shown
from promptci.render.idlist import named
from promptci.render.json.page.parts import PageEvalV1, PageSideV1
from promptci.render.json.structure import Money, Part, money, says

_MOST_NAMES = 3


class PageCostV1(Part, frozen=True, kw_only=True):
    """What all evals took when they were asked, those together of which it is known."""

    sentence: Annotated[str, says("all of it in words")]
    base: Money
    head: Money
    unpriced: Annotated[list[str], says("evals that are not in it, as a price is not known")]
    untold: Annotated[list[str], says("evals that are not in it, as no tokens were reported")]
    gone: Annotated[list[str], says("evals that are not in it, as not all answers are stored")]
    judges_apart: Annotated[list[str], says("evals whose judges are not in it")]


def page_cost(evals: Sequence[PageEvalV1], *, has_base: bool) -> PageCostV1:
    """The sums of both sides; an eval of which one is not known counts on neither."""
    sides = [(each.eval, _sides(each)) for each in evals]
    unknown = [(name, s) for name, pair in sides for s in pair if s and s.cost is None]
    known = [(name, pair) for name, pair in sides if all(s is None or s.cost for s in pair)]
    base, head = (
        sum((Decimal(s.cost) for _, pair in known if (s := pair[at]) and s.cost), Decimal(0))
        if known
        else None
        for at in (0, 1)
    )
    gone = _names(name for name, side in unknown if side.tokens is None)
    unpriced = _names(name for name, side in unknown if not side.is_untold and name not in gone)
    untold = _names(name for name, _ in unknown if name not in {*gone, *unpriced})
    judged = (name for name, pair in known for side in pair if side and side.judges_apart)
    judges_apart = _names(judged)
    said = [
        _sum(base if has_base else None, head),
        *_left_out("the price of the model of {} is not known", unpriced),
        *_left_out("the endpoint of {} did not say how many tokens each answer took", untold),
        *_left_out("not all answers of {} are stored here", gone),
        *_left_out("judges of {} are not counted", judges_apart),
    ]
    return PageCostV1(
        sentence=f"{'; '.join(said)}.",
        base=money(base) if has_base else None,
        head=money(head),
        unpriced=unpriced,
        untold=untold,
        gone=gone,
        judges_apart=judges_apart,
    )


def _sides(each: PageEvalV1) -> tuple[PageSideV1 | None, PageSideV1]:
    """Base and head; of an eval that did not change the one is used for the other."""
    is_same = each.base is None and each.state != "new"
    return each.head if is_same else each.base, each.head


def _sum(base: Decimal | None, head: Decimal | None) -> str:
    if head is None:
        return "What the answers cost is not known"
    there, here = shown(base), shown(head)
    beside = (
        "" if base is None else ", as at the base" if there == here else f", {there} at the base"
    )
    return f"The answers cost {here}{beside}"


def _left_out(said: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield said.format(named([f"`{name}`" for name in names], _MOST_NAMES))


def _names(found: Iterator[str]) -> list[str]:
    return list(dict.fromkeys(found))

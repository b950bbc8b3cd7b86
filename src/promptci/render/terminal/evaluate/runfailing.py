"""What fails in a run and was not lost just now, by reason, with the first ids of each."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.compare.outcomes.failurereasons import FailureGroup, reason_of
from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer, lost_ids
from promptci.render import figures
from promptci.render.terminal.evaluate.runtables import MOST_ROWS, has_moved, telling
from promptci.render.terminal.screen import text
from promptci.secrets.safetext import on_one_line

MOST_REASONS = 5
"""Reasons of an eval that are shown."""

MOST_TOLD = 5
"""Evals of many of which the reasons are shown."""


def failing_parts(
    outcomes: Sequence[EvalOutcome], lost: Sequence[LostAnswer]
) -> Iterator[RenderableType]:
    """What fails in each eval; of many evals in a few, and how many examples in the others."""
    failing = [each for each in outcomes if _count(each)]
    told = failing
    if len(outcomes) > MOST_ROWS:
        told = [each for each in telling(failing) if has_moved(each)][:MOST_TOLD]
    for each in told:
        yield from _failing(each, lost)
    rest = [each for each in failing if each not in told]
    if rest:
        yield ""
        yield text(_rest(rest, has_told=bool(told)))


def _count(outcome: EvalOutcome) -> int:
    """How many examples fail and were not lost just now."""
    return max(0, sum(group.count for group in outcome.failing) - len(lost_ids(outcome)))


def _failing(outcome: EvalOutcome, lost: Sequence[LostAnswer]) -> Iterator[RenderableType]:
    ids, record = set(lost_ids(outcome)), outcome.record
    mine = [each for each in lost if (each.eval, each.model) == (record.eval, record.model)]
    reasons = Counter(reason_of(each.why) for each in mine)
    still = "also " if ids else ""
    number = figures.counted(_count(outcome), "example")
    yield ""
    yield text(f"{still}failing: {number} of {outcome.title} on {record.model}", "bold")
    for group in outcome.failing[:MOST_REASONS]:
        named = [(id_, why) for id_, why in group.named if id_ not in ids]
        if len(mine) < len(ids):  # not of all that was lost the reason is known
            count, front = len(named), ""
        else:
            count = group.count - reasons[group.reason]
            front = f"{count:,}  "
        if named or (front and count > 0):
            yield text(f"  {front}{_said(group, named, count)}")
    if other := outcome.failing[MOST_REASONS:]:
        others = figures.counted(len(other), "other reason")
        count = sum(group.count for group in other)
        name = on_one_line(record.eval)
        yield text(f"  {count:,}  for {others}: `promptci show {name}` shows them", "dim")


def _said(group: FailureGroup, named: Sequence[tuple[str, str]], count: int) -> str:
    """The first ids of a reason, and the reason; to the letter, if all say the same."""
    more = ", …" if count > len(named) else ""
    is_same = len({why for _, why in named}) == 1 and not more
    said = on_one_line(named[0][1] if is_same else group.reason, 200)
    ids = on_one_line(", ".join(id_ for id_, _ in named), 120)
    return f"{ids}{more}: {said}" if ids else said


def _rest(outcomes: Sequence[EvalOutcome], *, has_told: bool) -> str:
    number = figures.counted(sum(map(_count, outcomes)), "example")
    evals = figures.counted(len(outcomes), "more eval" if has_told else "eval")
    name = on_one_line(outcomes[0].record.eval)
    how = "" if any(map(has_moved, outcomes)) else ", as at the last commit"
    return f"failing: {number} of {evals}{how}: `promptci show {name}` shows those of one"

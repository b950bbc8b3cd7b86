"""What one comparison says, in a sentence or two that a person understands."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from promptci.compare.compared import Compared
from promptci.compare.comparison import ChangeFate
from promptci.render.figures import counted, plain_points, points

if TYPE_CHECKING:
    from promptci.compare.outcomes.outcome import EvalOutcome

_SIGNIFICANT = 0.05
_UNPAIRED: tuple[ChangeFate, ...] = ("changed", "new", "removed")


def verdict_sentence(found: Compared) -> str:
    """One eval: what happened to its examples, and what that says beyond them."""
    lacking = [*_lacking("base", found.base), *_lacking("head", found.head)]
    if lacking:
        return " ".join(lacking)
    if found.judgement.verdict == "not comparable":
        return f"Not comparable: {found.judgement.obstacle}."
    open_loss = f"No verdict: {found.open_loss}." if found.open_loss else ""
    return " ".join(filter(None, (open_loss, _fact(found), _claim(found), _aside(found))))


def is_moved(found: Compared) -> bool:
    """Whether any score or example changed, or none could be compared."""
    is_still = found.judgement.delta == 0 and found.judgement.verdict != "not comparable"
    return not is_still or any(each.fate != "same" for each in found.confirmed.comparison.changes)


def shared_count(found: Compared) -> int:
    """The examples that both sides have unchanged and answered."""
    fates = [change.fate for change in found.confirmed.comparison.changes]
    return sum(fate in ("same", "lost", "won", "flaky") for fate in fates)


def sentence_of(text: str) -> str:
    """A remark as a sentence: a capital letter in front and a full stop at the end."""
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def _lacking(side: str, outcome: "EvalOutcome") -> Iterator[str]:
    errors, total = outcome.record.errors, outcome.record.total
    if outcome.is_undecided:
        yield f"No verdict: the {side} has no answer to {errors:,} of {counted(total, 'example')}."


def _fact(found: Compared) -> str:
    """What happened on these examples."""
    comparison = found.confirmed.comparison
    lost, won, flaky = (comparison.ids(fate) for fate in ("lost", "won", "flaky"))
    n = shared_count(found)
    if lost or won:
        held = _confirmation(found, len(lost) + len(won), len(flaky))
        text = f"{_moves(found, lost, won)} of {n:,}{_unshared(found)}{held}"
    elif flaky:
        came = "flipped but came back when asked again"
        text = f"nothing lost or won of {n:,}{_unshared(found)} for sure: {len(flaky):,} {came}"
    elif found.churn == 0:
        text = (
            f"all {n:,} answers are the same word for word" if n > 1 else "the answer is the same"
        )
    else:
        text = f"nothing lost or won of {n:,}{_unshared(found)}"
    return sentence_of(f"{text}{_mean(found)}")


def _moves(found: Compared, lost: Sequence[str], won: Sequence[str]) -> str:
    accepted = len(found.pair.accepted.intersection(lost))
    moves = (
        [f"lost {len(lost):,}" + (f" ({accepted:,} accepted)" if accepted else "")] if lost else []
    )
    return " and ".join([*moves, f"won {len(won):,}"] if won else moves)


def _unshared(found: Compared) -> str:
    """What `diff`, `log` and `run` leave out, which know the base's record alone."""
    count = found.pair.unshared
    is_, was = ("is", "was") if count == 1 else ("are", "were")
    return f" ({count:,} {is_} new or edited here, and {was} put to the base, too)" if count else ""


def _confirmation(found: Compared, flips: int, flaky: int) -> str:
    """Whether lost and won examples held when they were asked again."""
    if not found.confirmed.was_asked:
        return f" ({found.confirmed.note})" if found.confirmed.note else ""
    if unasked := len(found.confirmed.unasked):
        asked = f"{flips - unasked:,} of those asked again held"
        return f"; {asked}, {flaky:,} did not, {unasked:,} were not asked again"
    held = ("", ", confirmed", ", both confirmed")[flips] if flips < 3 else ", all confirmed"
    if not flaky:
        return held
    return f"{held}; {flaky:,} more {'is' if flaky == 1 else 'are'} flaky"


def _mean(found: Compared) -> str:
    """How the mean score moved, where pass and fail alone do not say it."""
    judgement = found.judgement
    flips = (judgement.cells.only_head - judgement.cells.only_base) / judgement.n
    if judgement.verdict in ("regressed", "improved") or abs(judgement.delta - flips) < 1e-9:
        return ""
    if not round(judgement.delta, 3):
        return "; the mean score stayed"
    way = "fell" if judgement.delta < 0 else "rose"
    return f"; the mean score {way} by {_exact(judgement.delta)}"


def _claim(found: Compared) -> str:
    """What the examples say about others like them."""
    judgement = found.judgement
    tolerance = _points(judgement.tolerance)
    if judgement.verdict in ("regressed", "improved"):
        word = "Worse" if judgement.verdict == "regressed" else "Better"
        size = f"{word} by {_exact(judgement.delta)}"
        but = "" if judgement.all is None else " without what was accepted"
        return f"{size}{but}{_range(found)}, which is more than chance explains."
    if judgement.verdict == "underpowered":
        return _underpowered(found)
    if judgement.delta < 0 and judgement.adjusted_p <= _SIGNIFICANT:
        fall = _exact(judgement.delta)
        return f"A fall of {fall}, but surely within the tolerance of {tolerance}."
    if not judgement.tolerance:
        return "No worse: any fall is ruled out."
    return f"No worse: a fall of {tolerance} or more is ruled out."


def _underpowered(found: Compared) -> str:
    """What so few examples cannot show, and how many could."""
    judgement = found.judgement
    tolerance = _points(judgement.tolerance)
    needed = judgement.needed
    visible = judgement.detectable
    is_enough = needed is not None and needed <= judgement.n
    is_visible = visible is not None and abs(judgement.delta) >= 0.95 * visible
    if judgement.interval is not None and (is_enough or is_visible):
        ends = f"{points(judgement.interval.low)} and {points(judgement.interval.high)}"
        return f"Open whether it fell by more than {tolerance}: the change lies between {ends}."
    unseen = unseen_drop(visible, judgement.p.test if judgement.p else "")
    settled = f"; about {_about(needed)} would settle {tolerance}" if needed is not None else ""
    return f"Too few examples to say more than that: {unseen}{settled}."


def unseen_drop(visible: float | None, test: str) -> str:
    """Which drops a comparison may well miss, and by which test."""
    by = f"by {test.partition(',')[0]}"
    if visible is None:
        return f"no drop, however large, would be significant {by}"
    return f"a drop under {_points(visible)} may go unseen {by}"


def _aside(found: Compared) -> str:
    """The examples that could not be compared."""
    ids = found.confirmed.comparison.ids
    counts = [(len(ids(fate)), fate) for fate in _UNPAIRED]
    said = [f"{count:,} {fate}" for count, fate in counts if count]
    if missing := len(ids("error")):
        said.append(f"{missing:,} without an answer")
    return f"Not compared: {', '.join(said)}." if said else ""


def _range(found: Compared) -> str:
    """The interval of a difference that has a direction, as sizes; as a span where it holds 0."""
    interval = found.judgement.interval
    if interval is None:
        return ""
    if interval.low < 0 < interval.high:
        return f" (95%: {points(interval.low)} to {points(interval.high)})"
    sizes = sorted((abs(interval.low), abs(interval.high)))
    return f" (95%: {_size(sizes[0])} to {_size(sizes[1])})"


def _exact(value: float) -> str:
    """What was seen."""
    size = plain_points(value)
    return f"{size} point" if size == "1" else f"{size} points"


def _points(value: float) -> str:
    """What is estimated."""
    size = _size(value)
    return f"{size} point" if size == "1" else f"{size} points"


def _size(value: float) -> str:
    """A size in points; from ten on the decimal would only feign precision."""
    return f"{abs(100 * value):.0f}" if abs(value) >= 0.0995 else plain_points(value)


def _about(count: int) -> str:
    """A count with two figures that matter, rounded up."""
    step = 10 ** max(0, len(str(count)) - 2)
    return f"{-(-count // step) * step:,}"

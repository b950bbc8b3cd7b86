"""What is said of how answers come about: the steps of a flow, and samples that are picked from."""

from collections.abc import Iterable, Iterator, Mapping

from promptci.compare.compared import Compared
from promptci.compare.outcomes.flowfailures import (
    COMPOSITION,
    FlowFailures,
    blamed_steps,
    flow_failures,
)
from promptci.records.record import CONTROL, Result
from promptci.render import figures


def flow_remarks(results: Iterable[Result]) -> Iterator[str]:
    """Right answers of each step, what wrong examples count for, the composability gap."""
    found = flow_failures(results)
    yield from () if found is None else _remarks(found)


def _remarks(found: FlowFailures) -> Iterator[str]:
    if found.steps:
        told = (f"{each.name} {each.right:,}/{each.total:,}" for each in found.steps)
        yield f"steps right: {', '.join(told)}"
    whys = [f"step {name} {count:,}" for name, count in found.by_step.items()]
    whys += [f"{CONTROL} {found.by_control:,}"] if found.by_control else []
    whys += [f"every step right {found.gap:,}"] if found.gap else []
    if whys:
        yield f"wrong as a whole, by what was wrong first: {', '.join(whys)}"
    if found.despite:
        yield f"right as a whole although a step was wrong: {found.despite:,}"
    if gap := gap_text(found):
        yield f"composability gap: {gap}"


def gap_text(found: FlowFailures) -> str:
    """The gap with its interval and its counts; empty where no example has every step right."""
    if found.share is None:
        return ""
    of = f"{found.gap:,} of {found.steps_right:,} with every step right are wrong as a whole"
    return f"{figures.share(found.share)} (95% {figures.interval(found.interval)}): {of}"


def compared_ways(found: Compared) -> Iterator[str]:
    """Which side asks more often; which step lost examples, and the gap on both sides."""
    yield from _more_calls(found)
    told = blame_text(blamed_steps(found.confirmed.comparison))
    if told:
        yield told
    sides = [flow_failures(outcome.record.results) for outcome in (found.base, found.head)]
    gaps = ["unknown" if each is None else gap_text(each) or "none" for each in sides]
    if any(each is not None and each.share is not None for each in sides):
        yield f"composability gap: base {gaps[0]}"
        yield f"composability gap: head {gaps[1]}"


def _more_calls(found: Compared) -> Iterator[str]:
    """How many samples an answer is picked from, where that is another number than at the base."""
    sides = [each.prompt.solve for each in (found.pair.base, found.pair.head)]
    counts = [1 if each is None else each.n for each in sides]
    if counts[0] == counts[1]:
        return
    told = [
        "one call an answer" if each is None else f"{each.n:,} samples, picked by {each.pick}"
        for each in sides
    ]
    times = f"{counts[1] / counts[0]:.3g} x the calls"
    yield f"asked otherwise: base {told[0]}; head {told[1]}: {times}"


def blame_text(counts: Mapping[str, int]) -> str:
    """Which step the lost examples are due to; empty where nothing is said of steps."""
    names = {COMPOSITION: "every step right", CONTROL: CONTROL}
    told = [f"{names.get(name, f'step {name}')} {count:,}" for name, count in counts.items()]
    return f"lost by what broke first: {', '.join(told)}" if told else ""

"""The report of a prompt's sensitivity to its format."""

from collections.abc import Iterator, Sequence
from itertools import chain

from rich.console import RenderableType

from promptci.compare.experiments.sensitivity import AxisEffect, FormatScore, SensitivityResult
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text

_SHOWN, _SHOWN_OF_EACH = 40, 10
"""Formats in a table, alone and of several; of more the worst and the best are shown, by half."""


def report(found: Sequence[SensitivityResult], look: Look) -> str:
    """Spread, worst and axes, then a line for each format, for each model, as text.

    Of several there is a line for each before that.
    """
    summary = [_summary(found), ""] if len(found) > 1 else []
    shown = _SHOWN if len(found) == 1 else _SHOWN_OF_EACH
    parts = ([*([""] if n else []), *_parts(each, shown)] for n, each in enumerate(found))
    return draw(chain(summary, *parts), look)


def _summary(found: Sequence[SensitivityResult]) -> RenderableType:
    columns = ("formats", "spread", "worst", "best", "mean", "median")
    told = [each.pss for each in found if each.pss is not None]
    pss = ("sensitivity",) if told else ()
    rows = table({"": "left"} | dict.fromkeys((*columns, *pss), "right"))
    for each in found:
        shares = (each.worst.score, each.best.score, each.mean, each.median)
        spread = figures.plain_points(each.spread)
        cells = (each.model, f"{len(each.formats):,}", spread, *map(figures.share, shares))
        differs = (("" if each.pss is None else f"{each.pss:.3f}"),) if told else ()
        rows.add_row(*map(text, (*cells, *differs)))
    return rows


def _parts(found: SensitivityResult, shown: int) -> Iterator[RenderableType]:
    count = len(found.formats)
    whose = f"{found.eval} on {found.model}" if found.model else found.eval
    which = f"the prompt of step {found.step}" if found.step else "the prompt"
    yield text(f"{whose}: {count:,} formats of {which}", "bold")
    low, high = figures.share(found.worst.score), figures.share(found.best.score)
    own = "" if found.own is None else f", as it is {figures.share(found.own.score)}"
    middle = f"mean {figures.share(found.mean)}, median {figures.share(found.median)}{own}"
    spread = figures.plain_points(found.spread)
    yield text(f"spread {spread} points: from {low} to {high}, {middle}")
    if found.pss is not None:
        yield text(
            f"sensitivity {found.pss:.3f}: what an example's score differs by between two formats"
        )
    if found.tells_axes or len(found.axes) == 1:
        yield from (text(_axis(axis)) for axis in found.axes)
    else:
        few = f"{count:,} formats are too few to tell which axis matters"
        more = max(12, 2 * count)
        cure = (
            "all that differ were tried" if found.is_all else f"try more, as with --sample {more}"
        )
        yield text(f"{few}: {cure}", "yellow")
    if found.left_out:
        names = ", ".join(found.left_out)
        yield text(f"no axis, since nearly each row has another value: {names} (--axis takes one)")
    if found.exit_code == 1 and found.most_spread is not None:
        allowed = figures.plain_points(found.most_spread)
        yield text(f"the spread is over the {allowed} points that are allowed", "red")
    yield ""
    yield _table(found, shown)


def _axis(axis: AxisEffect) -> str:
    (best, high), (worst, low) = list(axis.scores.items())[:: max(len(axis.scores) - 1, 1)]
    ends = f"from {_value(worst)} ({figures.share(low)}) to {_value(best)} ({figures.share(high)})"
    explained = f"{figures.share(axis.explained)} of the variance between formats"
    differ = f"its values differ by {figures.plain_points(axis.range)} points"
    return f"{axis.name}: {differ}, {ends}; {explained}"


def _table(found: SensitivityResult, shown: int) -> RenderableType:
    axes = [axis.name for axis in found.axes]
    named = ["format"] if any(each.name for each in found.formats) else []
    rows = table({"score": "right", **dict.fromkeys((*named, *axes), "left"), "": "left"})
    ordered = sorted(found.formats, key=lambda one: one.score)
    half = shown // 2
    is_cut = len(ordered) > shown
    for each in ordered[:half] if is_cut else ordered:
        rows.add_row(*map(text, _cells(each, axes, bool(named), is_own=each is found.own)))
    if is_cut:
        rest = f"{len(ordered) - shown:,} more (--json)"
        rows.add_row(text("…"), *("" for _ in (*named, *axes)), text(rest))
        for each in ordered[-half:]:
            rows.add_row(*map(text, _cells(each, axes, bool(named), is_own=each is found.own)))
    return rows


def _cells(
    each: FormatScore, axes: Sequence[str], is_named: bool, *, is_own: bool
) -> tuple[str, ...]:
    missing = f"{each.errors:,} without an answer" if each.errors else ""
    said = "the prompt's own" if is_own else missing
    name = (each.name,) if is_named else ()
    parts = (_value(each.parts[axis]) if each.parts else "" for axis in axes)
    return figures.share(each.score), *name, *parts, said


def _value(said: str) -> str:
    """A value of an axis; in quotes where it could not be seen."""
    return said if said.strip() == said and said.isprintable() and said else repr(said)

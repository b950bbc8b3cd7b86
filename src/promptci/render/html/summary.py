"""The evals of the first screen: those that moved with all their figures, the others folded."""

from collections.abc import Iterator, Sequence

from promptci.render.figures import counted
from promptci.render.html import figures
from promptci.render.html.labels import STATES
from promptci.render.html.markup import Child, Markup, element, join, worded
from promptci.render.html.pictures.drawing import Scale, drawing, line
from promptci.render.html.splitrows import split_rows
from promptci.render.html.whatchanged import changed_rows
from promptci.render.json.page.page import PageV1
from promptci.render.json.page.parts import PageEvalJudgeV1, PageEvalV1, PageSideV1

_HEADS = (
    ("Eval", ""),
    ("Verdict", ""),
    ("Base", "n"),
    ("Head", "n"),
    ("Change with 95% interval", ""),
    ("Lost", "n"),
    ("Won", "n"),
    ("Flaky", "n"),
    ("No answer", "n"),
    ("Cost", "n"),
    ("Latency", "n"),
)
"""Columns of the evals; on a phone each figure has its head beside it."""


MOST_MOVED = 25
"""Evals that moved and are shown at once; the others are folded, so that examples stay near."""

MOST_UNCHANGED = 400
_FEW_EVALS = 8
"""Evals that are shown though they did not move, where none did."""


def evals_section(page: PageV1) -> Markup:
    """The evals that moved, and folded the others."""
    moved = [each for each in page.evals if each.moved]
    still = [each for each in page.evals if not each.moved]
    shown, rest = moved[:MOST_MOVED], moved[MOST_MOVED:]
    return element(
        "section",
        element("h2", "Evals"),
        _table("Evals that moved", shown) if shown else element("p", "No eval moved."),
        _folded(f"{len(rest):,} more that moved", rest) if rest else None,
        _unchanged(still, is_open=not moved and len(still) <= _FEW_EVALS) if still else None,
        id="evals",
        aria_label="Evals",
    )


def _unchanged(still: Sequence[PageEvalV1], *, is_open: bool) -> Markup:
    names, models = ({getattr(each, of) for each in still} for of in ("eval", "model"))
    on = f" on {counted(len(models), 'model')}" if len(still) > len(names) else ""
    what = f"{counted(len(names), 'eval')}{on} that did not move"
    return _folded(what, still, is_open=is_open)


def _folded(name: str, evals: Sequence[PageEvalV1], *, is_open: bool = False) -> Markup:
    left = len(evals) - MOST_UNCHANGED
    return element(
        "details",
        element("summary", name),
        _table(name, evals[:MOST_UNCHANGED]),
        element("p", f"{left:,} more are left out.") if left > 0 else None,
        open=is_open or None,
    )


def _table(caption: str, evals: Sequence[PageEvalV1]) -> Markup:
    columns = (element("th", head, scope="col", class_=kind or None) for head, kind in _HEADS)
    reach = max((_reach(each) for each in evals), default=0.1)
    return element(
        "div",
        element(
            "table",
            element("caption", caption, class_="quiet"),
            element("thead", element("tr", columns)),
            element("tbody", (_rows(each, reach) for each in evals)),
            class_="evals",
            data_csv=caption.lower(),
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=caption,
    )


def _rows(each: PageEvalV1, reach: float) -> Markup:
    """An eval's figures, and beneath them what they say."""
    sign, word = STATES[each.state]
    kind = f"state {each.state.replace(' ', '-')}"
    cells: tuple[Child, ...] = (
        element("span", f"{sign} {word}", class_=kind),
        figures.percent(each.base.score if each.base else None),
        figures.percent(each.head.score),
        _change(each, reach),
        *_counts(each),
        _pair(each, _cost),
        _pair(each, _latency),
    )
    named = zip(cells, _HEADS[1:], strict=True)
    figures_ = element(
        "tr",
        element("th", *_name(each), scope="row"),
        (element("td", cell, class_=kind or None, data_head=head) for cell, (head, kind) in named),
    )
    said = (
        element("p", worded(each.sentence)),
        *(element("p", "✗ ", worded(why), class_="block") for why in each.blocks),
        *changed_rows(each),
        *split_rows(each),
        element("p", worded(_judged(each)), class_="note") if each.judges else None,
    )
    return join(figures_, element("tr", element("td", *said, colspan=11), class_="said"))


def _judged(each: PageEvalV1) -> str:
    """Which scorers of an eval ask a model, and whether these are to be trusted."""
    return f"Judged by {'; '.join(map(_trusted, each.judges))}."


def _trusted(judge: PageEvalJudgeV1) -> str:
    if judge.golden is None:
        return f"`{judge.scorer}`, which no golden set compares with people"
    if not judge.judged:
        return f"`{judge.scorer}` (judge {judge.golden}: ask it by `promptci judge {judge.golden}`)"
    told = f"as people do on {judge.agreed:,} of {counted(judge.judged, 'output')}"
    return f"`{judge.scorer}` (judge {judge.golden}: {told})"


def _name(each: PageEvalV1) -> Iterator[Child]:
    yield each.eval
    if each.was:
        yield element("small", f" was {each.was}")
    models = [" + ".join(side.models) for side in (each.base, each.head) if side]
    model = " → ".join(dict.fromkeys(models))
    versions = [side.version for side in (each.base, each.head) if side and side.version]
    yield element("small", " · ".join((model, " → ".join(dict.fromkeys(versions)))).rstrip(" ·"))


def _counts(each: PageEvalV1) -> Iterator[str]:
    lost = f"{each.lost:,}" + (f" ({each.accepted:,} accepted)" if each.accepted else "")
    for value in (lost, f"{each.won:,}", f"{each.flaky:,}", f"{each.errors:,}"):
        yield value if each.base or value != "0" else figures.NONE


def _pair(each: PageEvalV1, show: object) -> Iterator[Child]:
    assert callable(show)
    before, after = show(each.base) if each.base else figures.NONE, show(each.head)
    yield after if before in (figures.NONE, after) else f"{before} → {after}"


def _cost(side: PageSideV1) -> str:
    if side.cost is None:
        return figures.NONE if side.tokens is None else "?"
    return f"{figures.dollars(side.cost)}{' + judges' if side.judges_apart else ''}"


def _latency(side: PageSideV1) -> str:
    return figures.seconds(side.p50)


def _reach(each: PageEvalV1) -> float:
    ends = [abs(end) for end in each.interval or ()]
    return max([*ends, abs(each.delta or 0.0), each.tolerance, 0.05])


def _change(each: PageEvalV1, reach: float) -> Child:
    """The difference with its interval as a bar around zero; the dashed line is the tolerance."""
    if each.delta is None:
        return figures.NONE
    words = figures.delta(each.delta)
    said = f"{words} points"
    if each.interval:
        low, high = map(figures.delta, each.interval)
        said += f", 95% interval {low} to {high}, tolerance {100 * each.tolerance:g} points"
    return join(element("b", words), " ", _bar(each, reach, said))


def _bar(each: PageEvalV1, reach: float, said: str) -> Markup:
    scale = Scale(-reach, reach, 4, 176)
    low, high = each.interval or (each.delta or 0.0, each.delta or 0.0)
    x = scale.at(each.delta or 0.0)
    kind = "fell" if high < 0 else "rose" if low > 0 else "open"
    return drawing(
        180,
        20,
        said,
        line(scale.at(0), 0, scale.at(0), 20, "zero"),
        line(scale.at(-each.tolerance), 3, scale.at(-each.tolerance), 17, "tolerance"),
        line(scale.at(low), 10, scale.at(high), 10, f"interval {kind}"),
        element("circle", cx=x, cy=10, r=4.5, class_=f"estimate {kind}"),
    )

"""The score of an eval over commits: its interval as a band, model swaps and acceptances marked."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from promptci.render.html.figures import percent, span
from promptci.render.html.markup import Markup, element
from promptci.render.html.pictures.drawing import NOW, Scale, drawing, path, share_axis, text
from promptci.render.html.tables import figure, table
from promptci.render.json.page.parts import PageEvalV1, PastCommitV1, PastScoreV1

_HEIGHT, _TOP, _BOTTOM, _LEFT = 190, 26, 150, 48
_SIGNS = (
    ("◆", "model swapped", "model swapped"),
    ("A", "accepted", "losses accepted"),
    ("!", "stale: ", "a stale record, of other files than its commit has"),
)
"""What is above a point, the word among its marks, and what it means."""
_APART = 74
"""Between the names of two commits, at least."""


class _Point(Struct, frozen=True):
    """One score: its column, what to call it, and what happened there."""

    column: int
    name: str
    subject: str
    score: float
    interval: tuple[float, float] | None
    passed: int
    total: int
    marks: tuple[str, ...]
    is_head: bool = False


def score_figure(
    eval_name: str,
    model: str,
    commits: Sequence[PastCommitV1],
    now: PageEvalV1 | None,
    called: str = NOW,
) -> Markup | None:
    """The picture of one eval on a model, on whichever it had if that is empty.

    `now` is the head, and its point so `called`.
    """
    points = list(_points(eval_name, model, commits))
    if now is not None and now.head.score is not None and _is_other(points, now):
        points.append(_now(len(commits), now, called))
    if not points:
        return None
    title = f"{' on '.join(filter(None, (eval_name, model)))}: score over commits"
    said = f"from {percent(points[0].score)} to {percent(points[-1].score)}"
    picture = _picture(points, f"{title}, {said}")
    seen = " ".join(mark for point in points for mark in point.marks)
    note = ", ".join(f"{sign}: {said}" for sign, word, said in _SIGNS if word in seen)
    numbers = _numbers(points, title, f"{eval_name}-{model}-scores")
    return figure(title, picture, numbers, note=note)


def _points(eval_name: str, model: str, commits: Sequence[PastCommitV1]) -> Iterator[_Point]:
    for column, commit in enumerate(commits):
        for each in commit.scores:
            if each.eval == eval_name and model in ("", each.model) and each.score is not None:
                yield _Point(
                    column,
                    commit.commit[:7],
                    commit.subject,
                    each.score,
                    each.interval,
                    each.passed,
                    each.total,
                    tuple(_marks(each)),
                )


def _marks(score: PastScoreV1) -> Iterator[str]:
    if score.stale:
        yield f"stale: other {' and '.join(score.stale)}"
    if score.model_before and score.model_before != score.model_id:
        yield "model swapped"
    if score.accepted:
        yield f"{len(score.accepted)} accepted"
    changed = [part for part in score.changed if part != "model"]
    if changed:
        yield f"{', '.join(changed)} changed"


def _is_other(points: Sequence[_Point], now: PageEvalV1) -> bool:
    """Whether what was evaluated differs from the last that is recorded."""
    last = points[-1] if points else None
    return last is None or (last.passed, last.total) != (now.head.passed, now.head.total)


def _now(column: int, found: PageEvalV1, called: str) -> _Point:
    head = found.head
    assert head.score is not None
    counts = head.passed, head.total
    return _Point(column, called, "this report", head.score, head.interval, *counts, (), True)


def _picture(points: Sequence[_Point], label: str) -> Markup:
    columns = points[-1].column + 1
    step = min(72.0, max(12.0, 500 / columns))
    width = _LEFT + step * columns + 24
    low = min(min(p.score, p.interval[0] if p.interval else 1.0) for p in points)
    scale = Scale(0.5 if low >= 0.5 else 0.0, 1.0, _BOTTOM, _TOP)
    places = [(_LEFT + step * (p.column + 0.5), scale.at(p.score)) for p in points]
    return drawing(
        width,
        _HEIGHT,
        label,
        _axis(scale, width),
        _band(points, scale, step),
        path(places, "curve"),
        [_mark(p, place) for p, place in zip(points, places, strict=True)],
        list(_names(points, places)),
        has_links=True,
    )


def _axis(scale: Scale, width: float) -> list[Markup]:
    if scale.low == 0.0:
        return list(share_axis(scale, _LEFT, width))
    rows = []
    for value in (0.5, 0.75, 1.0):
        y = scale.at(value)
        rows.append(path([(_LEFT, y), (width, y)], "grid"))
        rows.append(text(_LEFT - 6, y + 4, f"{100 * value:.0f}%", kind="axis", anchor="end"))
    return rows


def _band(points: Sequence[_Point], scale: Scale, step: float) -> Markup | None:
    known = [p for p in points if p.interval is not None]
    if not known:
        return None
    x = [_LEFT + step * (p.column + 0.5) for p in known]
    ends = [p.interval or (0.0, 1.0) for p in known]
    upper = [(at, scale.at(high)) for at, (_, high) in zip(x, ends, strict=True)]
    lower = [(at, scale.at(low)) for at, (low, _) in zip(x, ends, strict=True)]
    return path([*upper, *reversed(lower)], "band", is_closed=True)


def _mark(point: _Point, place: tuple[float, float]) -> Markup:
    x, y = place
    said = ", ".join((f"{point.name}: {percent(point.score)}", point.subject, *point.marks))
    shown = "".join(sign for sign, word, _ in _SIGNS if any(word in mark for mark in point.marks))
    signs = text(x, _TOP - 12, shown, kind="sign", anchor="middle") if shown else None
    dot = element("circle", element("title", said), cx=x, cy=y, r=4.5, class_="dot")
    inner = element("g", signs, dot)
    return inner if point.is_head else element("a", inner, href=f"#commit-{point.name}")


def _names(points: Sequence[_Point], places: Sequence[tuple[float, float]]) -> Iterator[Markup]:
    """Names under the points, as many as fit, the last one always."""
    last, end = float("-inf"), places[-1][0]
    for point, (x, _) in zip(points, places, strict=True):
        if x == end or (x - last >= _APART and end - x >= _APART):
            yield text(x, _BOTTOM + 20, point.name, kind="axis", anchor="middle")
            last = x


def _numbers(points: Sequence[_Point], title: str, name: str) -> Markup:
    heads = ("Commit", "Subject", "Score", "95% interval", "Passed", "Marks")
    rows = [
        (
            p.name,
            p.subject,
            percent(p.score),
            span(p.interval),
            f"{p.passed}/{p.total}",
            "; ".join(p.marks),
        )
        for p in points
    ]
    return table(title, heads, rows, name=name)

"""How long answers took on both sides, as counts by duration."""

from collections.abc import Iterator, Sequence

from promptci.render.html.figures import seconds
from promptci.render.html.markup import Markup
from promptci.render.html.pictures.drawing import Scale, drawing, line, rectangle, text
from promptci.render.html.tables import figure, table
from promptci.render.json.page.parts import PageEvalV1

_LEFT, _MIDDLE, _HALF, _BAR = 60, 100, 76, 34


def latency_figure(found: PageEvalV1, bounds: Sequence[float]) -> Markup | None:
    """The head's answers above the line, the base's below; None where nothing was measured."""
    head, base = found.head.latencies, found.base.latencies if found.base else []
    if not sum(head):
        return None
    names = [f"≤ {_short(bound)}" for bound in bounds] + [f"> {_short(bounds[-1])}"]
    both = [h + (base[i] if base else 0) for i, h in enumerate(head)]
    first = next(i for i, n in enumerate(both) if n)
    last = max(i for i, n in enumerate(both) if n)
    shown = range(max(0, first - 1), min(len(names), last + 2))
    title = f"{found.eval} on {found.model}: latency"
    most = max(*head, *(base or [0]))
    picture = drawing(
        _LEFT + _BAR * len(shown) + 120,
        2 * _MIDDLE + 10,
        f"{title}: median {seconds(found.head.p50)}",
        list(_bars(shown, head, base, Scale(0, most, 0, _HALF), names)),
        list(_words(found, len(shown))),
    )
    rows = [(names[i], str(base[i]) if base else "", str(head[i])) for i in shown]
    numbers = table(title, ("Latency", "Base", "Head"), rows, name=f"{found.eval}-latency")
    return figure(title, picture, numbers)


def _bars(
    shown: range, head: Sequence[int], base: Sequence[int], scale: Scale, names: Sequence[str]
) -> Iterator[Markup]:
    yield line(_LEFT, _MIDDLE, _LEFT + _BAR * len(shown), _MIDDLE, "grid")
    for place, index in enumerate(shown):
        x = _LEFT + _BAR * place
        up = scale.at(head[index])
        yield rectangle(
            x + 3, _MIDDLE - up, _BAR - 6, up, "bar head", f"head {names[index]}: {head[index]}"
        )
        if base:
            down = scale.at(base[index])
            yield rectangle(
                x + 3, _MIDDLE, _BAR - 6, down, "bar base", f"base {names[index]}: {base[index]}"
            )
        if place % 2 == 0:
            yield text(x + _BAR / 2, 2 * _MIDDLE, names[index], kind="axis", anchor="middle")


def _words(found: PageEvalV1, count: int) -> Iterator[Markup]:
    x = _LEFT + _BAR * count + 10
    yield text(_LEFT - 8, _MIDDLE - 30, "head", kind="axis", anchor="end")
    yield text(x, _MIDDLE - 38, f"median {seconds(found.head.p50)}", kind="axis")
    yield text(x, _MIDDLE - 20, f"p95 {seconds(found.head.p95)}", kind="axis")
    if found.base:
        yield text(_LEFT - 8, _MIDDLE + 38, "base", kind="axis", anchor="end")
        yield text(x, _MIDDLE + 30, f"median {seconds(found.base.p50)}", kind="axis")
        yield text(x, _MIDDLE + 48, f"p95 {seconds(found.base.p95)}", kind="axis")


def _short(bound: float) -> str:
    return f"{bound:g}s"

"""Cost against accuracy of the variants of an eval, those that nothing beats marked."""

import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from math import floor, log10
from shlex import quote

from msgspec import Struct

from promptci.render.figures import money
from promptci.render.html.figures import percent
from promptci.render.html.markup import Markup, element, worded
from promptci.render.html.pictures.drawing import Scale, drawing, line, share_axis, shorten, text
from promptci.render.html.tables import figure, table
from promptci.render.json.page.parts import PageEvalV1, PageSideV1
from promptci.secrets.safetext import on_one_line

_MOST_CHOICES = 3
"""Evals of which it is said which model to choose."""

_FEW = 12
"""Variants that are named in the picture; where there are more, the table names them."""

_LETTER, _LINE, _RING = 7.0, 14.0, 10.0
"""Room that a label needs, a letter's width and a line's height, and a ring's radius."""

_SHIFTS = (-8, 4, 18, -22, 32)
"""Where a label may be, from the height of its dot; a variant without room has its row alone."""

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 580, 300, 56, 28, 250


class _Variant(Struct, frozen=True):
    """One side of an eval on a model: US dollars for a thousand examples, and its score."""

    eval: str
    model: str
    side: str
    version: str
    cost: float
    score: float

    @property
    def name(self) -> str:
        return f"{self.eval} · {self.model} · {self.side}"


def cost_figure(evals: Sequence[PageEvalV1]) -> Markup | None:
    """All variants whose cost is known, base and head of an eval joined by a line."""
    variants = list(_variants(evals))
    if len(variants) < 2 or not any(each.cost for each in variants):
        return None
    best = {each.name for each in variants if not any(_beats(o, each) for o in variants)}
    title = "Cost against accuracy"
    x = Scale(0.0, 1.08 * max(each.cost for each in variants), _LEFT, _WIDTH - 20)
    y = Scale(0.0, 1.0, _BOTTOM, _TOP)
    picture = drawing(
        _WIDTH,
        _HEIGHT,
        f"{title}: {len(variants)} variants",
        list(share_axis(y, _LEFT, _WIDTH - 20)),
        list(_cost_axis(x)),
        list(_moves(variants, x, y)),
        [_dot(each, x, y, is_best=each.name in best) for each in variants],
        list(_labels(variants, x, y)),
    )
    rows = [
        (
            each.name,
            str(index),
            each.version,
            f"${each.cost:.4f}",
            percent(each.score),
            "yes" if each.name in best else "",
        )
        for index, each in enumerate(variants, 1)
    ]
    heads = ("Variant", "No.", "Version", "US$ per 1,000 examples", "Score", "Not beaten")
    note = " ".join(("◎ marks variants that no other of the same eval beats.", *_choices(variants)))
    numbers = table(title, heads, rows, name="cost-accuracy")
    return figure(title, picture, numbers, note=worded(note))


def _choices(variants: Sequence[_Variant]) -> Iterator[str]:
    """Of evals on several models, which scores best, and which costs least where that is another.

    Of models that score alike the cheapest is the best.
    """
    by_eval: dict[str, list[_Variant]] = {}
    for each in variants:
        if each.side == "head":
            by_eval.setdefault(each.eval, []).append(each)
    several = [(name, found) for name, found in by_eval.items() if len(found) > 1]
    for name, found in several[:_MOST_CHOICES]:
        best = max(found, key=lambda each: (each.score, -each.cost))
        least = min(found, key=lambda each: (each.cost, -each.score))
        said = f"Of {len(found)} models of `{name}`, `{best.model}` scores best: {_figures(best)}"
        if best is least:
            yield f"{said}, and none costs less."
        else:
            names = " ".join(quote(on_one_line(each.model)) for each in (best, least))
            yield f"{said}; `{least.model}` costs least: {_figures(least)}."
            yield f"`promptci compare {names}` says whether chance explains that."


def _figures(each: _Variant) -> str:
    return f"{percent(each.score)} for {money(Decimal(each.cost))} per 1,000 examples"


def _variants(evals: Sequence[PageEvalV1]) -> Iterator[_Variant]:
    for each in evals[:40]:
        sides: tuple[tuple[str, PageSideV1 | None], ...] = (
            ("base", each.base),
            ("head", each.head),
        )
        for name, side in sides:
            if side and side.cost is not None and side.score is not None and side.total:
                cost = 1000 * float(side.cost) / side.total
                yield _Variant(each.eval, side.model, name, side.version, cost, side.score)


def _beats(one: _Variant, other: _Variant) -> bool:
    if one.eval != other.eval:
        return False
    is_as_good = one.cost <= other.cost and one.score >= other.score
    return is_as_good and (one.cost < other.cost or one.score > other.score)


def _cost_axis(x: Scale) -> Iterator[Markup]:
    power = 10.0 ** floor(log10(x.high / 3))
    step = max(power * size for size in (1, 2, 5) if power * size <= x.high / 3)
    for number in range(int(x.high / step) + 1):
        value = number * step
        yield text(x.at(value), _BOTTOM + 18, f"${value:.3g}", kind="axis", anchor="middle")
    words = "US$ per 1,000 examples"
    yield text((_LEFT + _WIDTH) / 2, _BOTTOM + 38, words, kind="axis", anchor="middle")


def _moves(variants: Sequence[_Variant], x: Scale, y: Scale) -> Iterator[Markup]:
    """Lines from the base to the head of the same eval."""
    for one, other in itertools.pairwise(variants):
        if one.eval == other.eval and (one.side, other.side) == ("base", "head"):
            ends = x.at(one.cost), y.at(one.score), x.at(other.cost), y.at(other.score)
            yield line(*ends, "move")


def _labels(variants: Sequence[_Variant], x: Scale, y: Scale) -> Iterator[Markup]:
    """What each variant is, or its number alone, where there is room: none lies on another."""
    dots = [(x.at(each.cost), y.at(each.score)) for each in variants]
    taken = [(height + 4, at - _RING, at + _RING) for at, height in dots]
    for index, each in enumerate(variants, 1):
        at, height = dots[index - 1]
        is_right = at > _WIDTH - 160
        named = f"{index} {shorten(_shown(each, variants), 20)} {each.side}"
        for label in (named, str(index)) if len(variants) <= _FEW else (str(index),):
            width = _LETTER * len(label)
            start = at - 12 - width if is_right else at + 12
            free = _free_line(height, (start, start + width), taken)
            if free is not None:
                taken.append((free, start, start + width))
                place = at - 12 if is_right else at + 12
                yield text(place, free, label, kind="axis", anchor="end" if is_right else None)
                break


def _shown(each: _Variant, variants: Sequence[_Variant]) -> str:
    """The eval of a variant, or its model where the variants of one eval have several."""
    evals = {other.eval for other in variants}
    models = {other.model for other in variants if other.eval == each.eval}
    if len(models) < 2:
        return each.eval
    return each.model if len(evals) == 1 else f"{each.eval} {each.model}"


def _free_line(
    height: float, ends: tuple[float, float], taken: Sequence[tuple[float, float, float]]
) -> float | None:
    """The line nearest to a height on which nothing is between two ends yet."""
    for line_ in (height + shift for shift in _SHIFTS):
        others = [(left, right) for at, left, right in taken if abs(line_ - at) < _LINE]
        if not any(ends[0] < right and left < ends[1] for left, right in others):
            return line_
    return None


def _dot(each: _Variant, x: Scale, y: Scale, *, is_best: bool) -> Markup:
    at = x.at(each.cost), y.at(each.score)
    said = element("title", f"{each.name}: {percent(each.score)}, ${each.cost:.4f} per 1,000")
    ring = element("circle", cx=at[0], cy=at[1], r=10.0, class_="ring") if is_best else None
    dot = element("circle", said, cx=at[0], cy=at[1], r=6.0, class_=f"dot {each.side}")
    return element("g", ring, dot)

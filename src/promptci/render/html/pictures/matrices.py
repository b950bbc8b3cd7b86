"""Confusion matrices of both sides: what was expected against what was given."""

from collections.abc import Iterator, Sequence
from typing import Self

from msgspec import Struct

from promptci.render.html.markup import Markup, element
from promptci.render.html.pictures.drawing import ROOM, drawing, rectangle, shorten, slanted, text
from promptci.render.html.tables import figure, table
from promptci.render.json.measures import ClassesV1
from promptci.render.json.page.parts import PageEvalV1

_MOST_CLASSES = 20
"""Classes that are drawn; of more, `_MOST_PAIRS` rows say which were mixed up."""

_MOST_PAIRS = 20
_CELL, _LETTER = 44, 7
_GIVEN, _HEAD = 64, 28
"""Room for the word `given`, and for the name of a side."""

_MOST_ROW, _MOST_COLUMN = 15, 13
"""Letters of a class beside its row, and above its column."""


class _Frame(Struct, frozen=True):
    """Where the cells of each matrix begin, by the names of its classes."""

    left: float
    top: float

    @classmethod
    def around(cls, labels: Sequence[str]) -> Self:
        longest = max(map(len, labels), default=0)
        rows, columns = min(longest, _MOST_ROW), min(max(longest, len("none")), _MOST_COLUMN)
        return cls(max(_GIVEN, 16 + _LETTER * rows), _HEAD + 12 + 0.82 * _LETTER * columns)


def matrix_figures(found: PageEvalV1) -> Iterator[Markup]:
    """A picture for each metric that sorts answers into classes."""
    before = found.base.classes if found.base else {}
    for metric, head in found.head.classes.items():
        base = before.get(metric)
        title = f"{found.eval} on {found.model}: expected against given ({metric})"
        if len(head.labels) > _MOST_CLASSES:
            yield _mixed_up(title, base, head, f"{found.eval}-{metric}-classes")
            continue
        sides = [("base", base), ("head", head)] if base else [("head", head)]
        frame = _Frame.around(head.labels)
        size = frame.left + _CELL * (len(head.labels) + 1) + 36
        width, height = size * len(sides), frame.top + _CELL * len(head.labels) + 12
        drawn = (
            _matrix(name, each, _Frame(size * i + frame.left, frame.top), base)
            for i, (name, each) in enumerate(sides)
            if each
        )
        numbers = _numbers(title, sides, f"{found.eval}-{metric}-classes")
        picture = drawing(width, height, title, list(drawn))
        yield figure(title, picture, numbers, is_wide=width > ROOM)


def _matrix(side: str, found: ClassesV1, at: _Frame, base: ClassesV1 | None) -> list[Markup]:
    drawn = [text(at.left, 16, f"{side}: {100 * found.accuracy:.1f}% right", kind="strong")]
    names = [*found.labels, "none"]
    for column, label in enumerate(names):
        x = at.left + _CELL * (column + 0.5)
        drawn.append(slanted(x, at.top - 8, shorten(label, _MOST_COLUMN), kind="axis"))
    drawn.append(text(at.left - 8, at.top - 8, "given →", kind="axis", anchor="end"))
    for row, label in enumerate(found.labels):
        y = at.top + _CELL * row
        end = at.left - 8
        drawn.append(text(end, y + 26, shorten(label, _MOST_ROW), kind="axis", anchor="end"))
        total = sum(found.matrix[row]) or 1
        for column, count in enumerate(found.matrix[row]):
            kind = "right" if row == column else "wrong"
            level = min(4, int(5 * count / total)) if count else 0
            x = at.left + _CELL * column
            drawn.append(rectangle(x + 1, y + 1, _CELL - 2, _CELL - 2, f"{kind} h{level}"))
            drawn.append(text(x + 22, y + 22, str(count), kind="cell", anchor="middle"))
            moved = count - _count(base, label, names[column]) if side == "head" and base else 0
            if moved:
                drawn.append(
                    text(x + 22, y + 37, f"{moved:+d}", kind="cell small", anchor="middle")
                )
    return drawn


def _mixed_up(title: str, base: ClassesV1 | None, head: ClassesV1, name: str) -> Markup:
    """Of classes that are too many for a picture, the pairs that were mixed up most often."""
    given = [*head.labels, "none"]
    pairs = [
        (count, label, given[column])
        for row, label in enumerate(head.labels)
        for column, count in enumerate(head.matrix[row])
        if count and row != column
    ]
    pairs.sort(key=lambda pair: (-pair[0], *pair[1:]))
    rows = [
        (label, other, str(_count(base, label, other)) if base else "", str(count))
        for count, label, other in pairs[:_MOST_PAIRS]
    ]
    right = f"{100 * base.accuracy:.1f}% → " if base else ""
    said = f"{len(head.labels):,} classes, {right}{100 * head.accuracy:.1f}% right; "
    left = len(pairs) - len(rows)
    said += f"pairs mixed up most often, {left:,} others left out" if left else "all pairs mixed up"
    numbers = table(f"{title}: {said}", ("Expected", "Given", "Base", "Head"), rows, name=name)
    return element("figure", element("figcaption", title), numbers)


def _count(found: ClassesV1, expected: str, given: str) -> int:
    """How often one class was given where another was expected, on the other side."""
    if expected not in found.labels:
        return 0
    row = found.matrix[found.labels.index(expected)]
    if given in found.labels:
        return row[found.labels.index(given)]
    return row[-1] if given == "none" else 0


def _numbers(title: str, sides: Sequence[tuple[str, ClassesV1 | None]], name: str) -> Markup:
    rows = [
        (f"{side}: {label}", *map(str, found.matrix[index]))
        for side, found in sides
        if found
        for index, label in enumerate(found.labels)
    ]
    labels = next(found.labels for _, found in reversed(sides) if found)
    return table(title, ("Expected", *labels, "none"), rows, name=name)

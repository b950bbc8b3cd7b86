"""What the pictures share: elements of SVG, scales and axes."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from promptci.render.html.markup import Child, Markup, element

ROOM = 600
"""Width of a picture beside which there is room for another."""

NOW, HEAD = "now", "head"
"""What the head is called after the commits: as the files are, and otherwise."""


class Scale(Struct, frozen=True):
    """Maps values from `low` to `high` to pixels from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value."""
        size = self.high - self.low or 1.0
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / size * (self.end - self.start)


def drawing(
    width: float,
    height: float,
    label: str,
    *children: Child,
    has_links: bool = False,
    kind: str = "chart",
) -> Markup:
    """A whole picture, with a label for those who do not see it; with links it is a group.

    A `chart` shrinks to the width that there is, a `map` is moved within it.
    """
    return element(
        "svg",
        element("title", label),
        *children,
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=round(width),
        height=round(height),
        class_=kind,
        role="group" if has_links else "img",
        aria_label=label,
        xmlns="http://www.w3.org/2000/svg",
    )


def text(x: float, y: float, words: str, *, kind: str = "", anchor: str | None = None) -> Markup:
    """A text at a place; `anchor` is `middle` or `end`."""
    return element("text", words, x=x, y=y, class_=kind or None, text_anchor=anchor)


def slanted(x: float, y: float, words: str, *, kind: str) -> Markup:
    """A text that rises from a place, over a column that is narrower than it."""
    turn = f"rotate(-55 {x:.0f} {y:.0f})"
    return element("text", words, x=x, y=y, class_=kind, transform=turn)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def rectangle(
    x: float, y: float, width: float, height: float, kind: str, title: str = ""
) -> Markup:
    """A filled rectangle, with what is said where one points at it."""
    said = element("title", title) if title else None
    return element("rect", said, x=x, y=y, width=width, height=height, class_=kind)


def path(points: Sequence[tuple[float, float]], kind: str, *, is_closed: bool = False) -> Markup:
    """A row of straight lines."""
    moves = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return element("path", d=f"M{moves}{'Z' if is_closed else ''}", class_=kind)


def share_axis(scale: Scale, left: float, right: float) -> Iterator[Markup]:
    """Lines at each quarter, named in percent."""
    for quarter in range(5):
        y = scale.at(quarter / 4)
        yield line(left, y, right, y, "grid")
        yield text(left - 6, y + 4, f"{25 * quarter}%", kind="axis", anchor="end")


def shorten(words: str, most: int = 28) -> str:
    """A name that fits in front of a row."""
    return words if len(words) <= most else f"{words[: most - 1]}…"

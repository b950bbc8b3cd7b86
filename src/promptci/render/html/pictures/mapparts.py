"""What both maps over commits are drawn of: columns named aslant, rows whose names stay."""

from collections.abc import Sequence

from promptci.render.html.markup import Child, Markup, element
from promptci.render.html.pictures.drawing import ROOM, drawing, text
from promptci.render.html.tables import figure
from promptci.render.json.page.parts import PastCommitV1

TOP, ROW = 64, 20
"""Where the first row begins, and the height of each."""

_LETTER, _BESIDE = 8, 40
_PHONE, _PAGE = 340, 1_280
"""Widths that a phone and a page have for a map: a wider one is moved sideways."""

_MOVES = " The cells move sideways, the names stay: older commits are to the left."


def map_picture(
    label: str, heads: Sequence[Markup], rows: Sequence[Sequence[Markup]], width: float
) -> Markup:
    """The cells of a map under the names of its columns."""
    height = TOP + ROW * len(rows) + 8
    return drawing(width + _BESIDE, height, label, heads, rows, has_links=True, kind="map")


def map_figure(
    title: str,
    picture: Markup,
    numbers: Markup,
    note: str,
    names: Sequence[tuple[str, str | None]],
    width: float,
) -> Markup:
    """A map with the names of its rows, some of which lead to an example, and its numbers."""
    beside = 16 + _LETTER * max(len(name) for name, _ in names)
    labels = []
    for index, (name, link) in enumerate(names):
        label = text(beside - 8, TOP + ROW * index + 14, name, kind="axis", anchor="end")
        labels.append(label if link is None else element("a", label, href=f"#{link}"))
    height = TOP + ROW * len(names) + 8
    shown = drawing(beside, height, f"{title}: rows", labels, has_links=True, kind="map")
    whole = beside + width + _BESIDE
    said: Child = note
    if whole > _PHONE:
        kind = "sideways always" if whole > _PAGE else "sideways"
        said = (note, element("span", _MOVES, class_=kind))
    return figure(title, picture, numbers, note=said, names=shown, is_wide=whole > ROOM)


def column_names(commits: Sequence[PastCommitV1], size: int, *, head: str = "") -> list[Markup]:
    """The ids of commits, slanted, each leading to what changed there, and `head` if it has one."""
    found = []
    for column, commit in enumerate(commits):
        short = commit.commit[:7]
        label = _label(column, size, short, commit.subject)
        found.append(element("a", label, href=f"#commit-{short}"))
    if head:
        found.append(element("a", _label(len(commits), size, head), href="#evals"))
    return found


def _label(column: int, size: int, name: str, title: str | None = None) -> Markup:
    """The slanted name of a column."""
    x, y = size * (column + 0.5), TOP - 8
    return element(
        "text",
        element("title", title) if title else None,
        name,
        x=x,
        y=y,
        class_="axis",
        transform=f"rotate(-55 {x:.0f} {y})",
    )

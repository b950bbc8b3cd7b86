"""Tables, and the figure that holds a picture with its numbers."""

from collections.abc import Sequence

from promptci.render.html.markup import Child, Markup, element


def table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[Child]], *, name: str = ""
) -> Markup:
    """A table whose first column heads its rows; numbers are set to the right by the style."""
    body = [
        element("tr", element("th", row[0], scope="row"), (_cell(each) for each in row[1:]))
        for row in rows
    ]
    return element(
        "div",
        element(
            "table",
            element("caption", caption),
            element("thead", element("tr", (element("th", h, scope="col") for h in heads))),
            element("tbody", body),
            data_csv=name or None,
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=f"{caption}: numbers",
    )


def figure(
    title: str,
    picture: Markup,
    numbers: Markup,
    *,
    note: Child = None,
    names: Markup | None = None,
    is_wide: bool = False,
    anchor: str | None = None,
) -> Markup:
    """A picture under its title, with its numbers folded beneath.

    The `names` of its rows stay where they are when it is moved sideways; a wide one has the width
    of the page. A link leads to its `anchor`.
    """
    moved = element("div", picture, class_="picture", tabindex=0, role="region", aria_label=title)
    return element(
        "figure",
        element("figcaption", title),
        element("div", names, moved, class_="rows") if names else moved,
        element("p", note, class_="note") if note else None,
        element("details", element("summary", "Numbers"), numbers),
        class_="wide" if is_wide else None,
        id=anchor,
    )


def _cell(child: Child) -> Markup:
    is_number = isinstance(child, str) and child[:1] in "+-±$0123456789<" and len(child) < 24
    return element("td", child, class_="n" if is_number and child else None)

"""How sure a judge is against how often people agree: on the diagonal it means what it says."""

from promptci.render.html.figures import percent, span
from promptci.render.html.labels import judge_anchor
from promptci.render.html.markup import Markup, element
from promptci.render.html.pictures.drawing import Scale, drawing, line, path, share_axis, text
from promptci.render.html.tables import figure, table
from promptci.render.json.page.parts import JudgedBinV1, PageJudgeV1

_SIZE, _LEFT, _TOP = 320, 56, 16


def reliability_figure(found: PageJudgeV1) -> Markup:
    """The curve of one judge."""
    title = f"Judge {found.name}: its scores against people's"
    x = Scale(0.0, 1.0, _LEFT, _SIZE)
    y = Scale(0.0, 1.0, _SIZE - 56, _TOP)
    picture = drawing(
        _SIZE + 20,
        _SIZE,
        f"{title}; agrees on {found.agreed} of {found.judged}",
        list(share_axis(y, _LEFT, _SIZE)),
        line(x.at(0), y.at(0), x.at(1), y.at(1), "move"),
        path([(x.at(each.judge), y.at(each.people)) for each in found.bins], "curve"),
        [_bin(each, x, y) for each in found.bins],
        [text(x.at(v), _SIZE - 36, f"{v:.0%}", kind="axis", anchor="middle") for v in (0, 0.5, 1)],
        text((_LEFT + _SIZE) / 2, _SIZE - 14, "judge's score", kind="axis", anchor="middle"),
    )
    rows = [
        (
            f"{each.low:.1f}-{each.high:.1f}",
            str(each.n),
            percent(each.judge),
            percent(each.people),
            span(each.interval),
        )
        for each in found.bins
    ]
    heads = ("Judge's score", "Outputs", "Judge's mean", "People's mean", "95% interval")
    lacking = found.outputs - found.judged
    note = f"Agrees with people on {found.agreed:,} of {found.judged:,} outputs."
    note += f" {lacking:,} have no stored verdict." if lacking else ""
    numbers = table(title, heads, rows, name=f"judge-{found.name}")
    return figure(title, picture, numbers, note=note, anchor=judge_anchor(found.name))


def _bin(each: JudgedBinV1, x: Scale, y: Scale) -> Markup:
    at = x.at(each.judge), y.at(each.people)
    said = f"{each.n} outputs: judge {percent(each.judge)}, people {percent(each.people)}"
    whisker = None
    if each.interval is not None:
        whisker = line(at[0], y.at(each.interval[0]), at[0], y.at(each.interval[1]), "whisker")
    radius = min(12.0, 4.0 + each.n**0.5)
    dot = element("circle", element("title", said), cx=at[0], cy=at[1], r=radius, class_="dot")
    return element("g", whisker, dot)

"""The report of a prompt's sensitivity to its format."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from promptci.compare.sensitivity import FormatScore, SensitivityResult
from promptci.render import figures
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text


def report(found: Sequence[SensitivityResult], look: Look) -> str:
    """Spread, worst and axes, then a line for each format, for each model, as text."""
    return draw((part for each in found for part in _parts(each)), look)


def _parts(found: SensitivityResult) -> Iterator[RenderableType]:
    own = found.formats[0].score
    count = len(found.formats)
    yield text(f"{found.eval} on {found.model}: {count} formats of the prompt", "bold")
    low, high = figures.share(found.worst.score), figures.share(found.best.score)
    middle = f"mean {figures.share(found.mean)}, as it is {figures.share(own)}"
    spread = figures.plain_points(found.spread)
    yield text(f"spread {spread} points: from {low} to {high}, {middle}")
    yield text(
        f"sensitivity {found.pss:.3f}: what an example's score differs by between two formats"
    )
    for axis, effect in found.axes.items():
        yield text(f"{axis}: its values differ by {figures.plain_points(effect)} points")
    if found.exit_code == 1 and found.most_spread is not None:
        allowed = figures.plain_points(found.most_spread)
        yield text(f"the spread is over the {allowed} points that are allowed", "red")
    yield ""
    yield _table(found)


def _table(found: SensitivityResult) -> RenderableType:
    columns = {"score": "right", "separator": "left", "case": "left", "spacing": "left"}
    rows = table({**columns, "order": "left", "": "left"})
    for each in sorted(found.formats, key=lambda one: one.score):
        rows.add_row(*map(text, _cells(each, is_own=each is found.formats[0])))
    return rows


def _cells(each: FormatScore, *, is_own: bool) -> tuple[str, ...]:
    missing = f"{each.errors:,} without an answer" if each.errors else ""
    said = "as it is" if is_own else missing
    return figures.share(each.score), *each.form.parts.values(), said

"""One comparison at length: what it is called, its verdict, and both sides' figures."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from promptci.compare.compared import Compared
from promptci.render.flowsentences import compared_ways
from promptci.render.named import model_names
from promptci.render.sentences import verdict_sentence
from promptci.render.terminal.compare.changes import VERDICTS, blocked, claim
from promptci.render.terminal.lines import Line
from promptci.render.terminal.screen import text
from promptci.render.terminal.tables import sides, tags


def headline(found: Compared) -> Iterator[Text | Line]:
    """What an eval is called, its verdict, what blocks, and the sentence about it."""
    word = claim(found)
    title = text(f"{found.title} on {model_names(found)}: ", "bold")
    if found.blocks and word not in ("regressed", "no verdict"):
        title.append_text(text("blocked", "bold red"))
        word = f"; beyond these examples {word}"
    yield title.append_text(text(word, VERDICTS.get(word, "bold")))
    yield from blocked(block.why for block in found.blocks)
    yield Line(verdict_sentence(found))
    yield from map(Line, compared_ways(found))


def moved_figures(found: Compared, names: tuple[str, str]) -> Iterator[RenderableType]:
    """Both sides' scores and what they took, and which classes and tags moved, on which model."""
    for rows in (sides(found, names), tags(found, names)):
        if rows is not None and rows.row_count:
            yield ""
            yield rows

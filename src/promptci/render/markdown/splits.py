"""Expected values and tags that moved, in GitHub's Markdown."""

from collections.abc import Iterable

from promptci.compare.outcomes.splits import ResultSplit
from promptci.records.record import Tally
from promptci.render import figures
from promptci.render.markdown.page import Page
from promptci.secrets.safetext import as_markdown_code

MOST_OPEN = 8
"""Parts that fell and are shown without a fold."""

_TABLE = (
    "| eval | model | expected or tag | base | head | change | |",
    "|:--|:--|:--|--:|--:|--:|:--|",
)


def add_splits(page: Page, found: Iterable[tuple[str, str, Iterable[ResultSplit]]]) -> None:
    """What fell beyond the tolerance for all to see, what else moved folded.

    Each item is an eval, its model and its splits.
    """
    moved = [(name, model, each) for name, model, all_ in found for each in all_ if each.delta]
    fallen = [item for item in moved if item[2].has_fallen]
    rest = [item for item in moved if not item[2].has_fallen]
    is_long = len(fallen) > MOST_OPEN
    if is_long:
        page.add(f"<details><summary>{len(fallen)} expected values and tags fell</summary>")
    page.add_lines(_TABLE, map(_row, fallen), "part that fell", total=len(fallen), share=0.1)
    if is_long:
        page.add("</details>")
    if rest:
        page.add("<details><summary>Other expected values and tags</summary>")
        page.add_lines(_TABLE, map(_row, rest), "part", total=len(rest), share=0.1)
        page.add("</details>")


def _row(item: tuple[str, str, ResultSplit]) -> str:
    name, model, found = item
    code = as_markdown_code(found.value)
    cells = (
        as_markdown_code(name),
        as_markdown_code(model),
        f"expected {code}" if found.kind == "expected" else code,
        _cell(found.base),
        _cell(found.head),
        figures.points(found.delta or 0.0),
        "hidden by the total" if found.is_hidden else "",
    )
    return f"| {' | '.join(cells)} |"


def _cell(found: Tally | None) -> str:
    return "" if found is None else f"{found.passed}/{found.total} {figures.share(found.score)}"

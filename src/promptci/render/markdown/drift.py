"""The text of an issue about drift."""

from collections.abc import Iterator

from promptci.history.drift import DriftResult
from promptci.render import figures
from promptci.render.driftsentences import NEXT, drift_lines, drift_mark, drift_sentence
from promptci.render.markdown.page import MOST_COMMENT, Page
from promptci.secrets.safetext import as_markdown_code, for_markdown

DRIFT_MARKER = "<!-- promptci drift -->"
"""The first line, by which the issue is found again."""

_TABLE = ("| eval | model | score | measured | verdict |", "|:--|:--|--:|--:|:--|")


def drift(result: DriftResult) -> Iterator[str]:
    """An issue, under a forge's limit."""
    page = Page(MOST_COMMENT)
    page.add(DRIFT_MARKER)
    page.add(f"**{for_markdown(drift_sentence(result))}**")
    page.add_lines(_TABLE, _rows(result), "eval", total=len(result.found), share=0.4)
    told = [each for each in result.found if any(drift_lines(each))]
    blocks = (
        "\n".join(
            (
                f"- {as_markdown_code(each.now.eval)} on {as_markdown_code(each.now.model)}",
                *(f"  - {for_markdown(line)}" for line in drift_lines(each)),
            )
        )
        for each in told
    )
    page.add_blocks(blocks, "eval", total=len(told))
    page.add_lines((), _left_out(result), "eval", total=len(result.left_out), share=0.2)
    if result.exit_code == 1:
        page.add(NEXT)
    yield page.text()


def _left_out(result: DriftResult) -> Iterator[str]:
    for name, why in result.left_out.items():
        yield f"- not asked: {as_markdown_code(name)}: {for_markdown(why)}"


def _rows(result: DriftResult) -> Iterator[str]:
    for each in result.found:
        score = figures.share(each.now.score) if each.now.scores else "none"
        names = as_markdown_code(each.now.eval), as_markdown_code(each.now.model)
        yield f"| {' | '.join((*names, score, str(each.count), drift_mark(each)))} |"

"""The evals of a comparison in GitHub's Markdown: what moved, worst first, the rest folded."""

from collections.abc import Iterable, Iterator, Sequence

from promptci.compare.compared import Compared
from promptci.compare.outcome import EvalOutcome
from promptci.compare.splits import ResultSplit
from promptci.render.figures import counted
from promptci.render.flowsentences import compared_ways
from promptci.render.markdown.page import Page
from promptci.render.markdown.splits import add_splits
from promptci.render.sentences import is_moved, verdict_sentence
from promptci.render.terminal.breakdown import splits
from promptci.render.terminal.changes import compared_cells, fresh_cells, worst_first
from promptci.secrets.safetext import as_markdown_code, for_markdown

MOST_ROWS = 20
"""Evals that are in the table for all to see."""
MOST_TOLD = 6
"""Evals whose verdict is."""
MOST_NAMES = 300
"""Evals that did not move and are named."""

_TABLE = (
    "| | eval | model | base | head | change | lost | won | flaky | verdict |",
    "|:-:|:--|:--|--:|--:|--:|--:|--:|--:|:--|",
)


def add_table(page: Page, found: Sequence[Compared], fresh: Sequence[EvalOutcome]) -> None:
    """The evals that moved or are new; those that did not are a fold of names."""
    moved = _moved(found)
    cells = [*map(compared_cells, moved), *map(fresh_cells, fresh)]
    rows = [_row(each) for each in sorted(cells, key=lambda each: not each[0])]
    page.add_lines(_TABLE, rows[:MOST_ROWS], "eval", total=len(rows[:MOST_ROWS]), share=0.15)
    rest = rows[MOST_ROWS:]
    if rest:
        page.add(_summary(f"{counted(len(rest), 'more eval')} that moved or are new"))
        page.add_lines(_TABLE, rest, "eval", total=len(rest), share=0.1)
        page.add("</details>")
    still = [each for each in found if not _is_told(each)]
    if still:
        names = ", ".join(as_markdown_code(each.title) for each in still[:MOST_NAMES])
        page.add(_summary(f"{counted(len(still), 'eval')} without a change in any example"))
        page.add_lines((), [names], "name", total=1, share=0.1)
        page.add("</details>")


def add_verdicts(page: Page, found: Sequence[Compared], fresh: Sequence[EvalOutcome]) -> None:
    """The verdict on each eval that moved, what new evals miss, and the parts that fell."""
    told = _moved(found)
    shown = told[:MOST_TOLD]
    page.add_lines((), map(_verdict, shown), "eval", total=len(shown), share=0.15)
    missed = [failure for outcome in fresh for failure in outcome.failures]
    lines = (f"- ✗ {for_markdown(failure)}" for failure in missed)
    page.add_lines((), lines, "remark", total=len(missed), share=0.05)
    rest = told[MOST_TOLD:]
    if rest:
        page.add(_summary(f"The verdict on {counted(len(rest), 'more eval')}"))
        page.add_lines((), map(_verdict, rest), "eval", total=len(rest), share=0.15)
        page.add("</details>")
    add_splits(page, _splits(told))


def _splits(found: Iterable[Compared]) -> Iterator[tuple[str, str, Iterable[ResultSplit]]]:
    for each in found:
        yield each.name, each.pair.head.model.name, splits(each)


def _moved(found: Sequence[Compared]) -> list[Compared]:
    return worst_first([each for each in found if _is_told(each)])


def _is_told(found: Compared) -> bool:
    return bool(found.blocks) or found.is_undecided or is_moved(found)


def _row(cells: Sequence[str]) -> str:
    mark, name, model, *rest = cells
    return f"| {' | '.join((mark, as_markdown_code(name), as_markdown_code(model), *rest))} |"


def _verdict(found: Compared) -> str:
    """The verdict on an eval, what blocks, and what is to say of the steps of a flow."""
    sentence = f"- {as_markdown_code(found.title)}: {for_markdown(verdict_sentence(found))}"
    blocks = (f"  - ✗ {for_markdown(block.why)}" for block in found.blocks)
    steps = (f"  - {for_markdown(line)}" for line in compared_ways(found))
    return "\n".join((sentence, *blocks, *steps))


def _summary(said: str) -> str:
    return f"<details><summary>{said}</summary>"

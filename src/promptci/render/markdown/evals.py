"""The evals of a comparison in GitHub's Markdown: what moved, worst first, the rest folded."""

from collections.abc import Iterable, Iterator, Sequence

from promptci.compare.compared import Compared
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.outcomes.splits import ResultSplit
from promptci.render.figures import counted
from promptci.render.flowsentences import compared_ways
from promptci.render.markdown.page import Page
from promptci.render.markdown.splits import add_splits
from promptci.render.named import on_model
from promptci.render.sentences import is_moved, verdict_sentence
from promptci.render.terminal.breakdown import splits
from promptci.render.terminal.compare.changes import compared_cells, fresh_cells, worst_first
from promptci.secrets.safetext import as_markdown_code, for_markdown

MOST_ROWS = 12
"""Evals that are in the table for all to see: with the folds below it, a screen."""
MOST_TOLD = 4
"""Evals whose verdict is; where there are more, all verdicts are folded."""
MOST_NAMES = 300
"""Evals that did not move and are named."""

_COLUMNS = {
    "": ":-:",
    "eval": ":--",
    "model": ":--",
    "base": "--:",
    "head": "--:",
    "change": "--:",
    "lost": "--:",
    "won": "--:",
    "flaky": "--:",
    "verdict": ":--",
}
"""What the columns are called, and to which side their cells go."""
_MODEL, _FLAKY = 2, 8


def add_table(page: Page, found: Sequence[Compared], fresh: Sequence[EvalOutcome]) -> None:
    """The evals that moved or are new; those that did not are a fold of names."""
    moved = _moved(found)
    cells = [*map(compared_cells, moved), *map(fresh_cells, fresh)]
    cells.sort(key=lambda each: not each[0])
    head, rows = _table(cells[:MOST_ROWS])
    page.add_lines(head, rows, "eval", total=len(rows), share=0.15)
    rest = cells[MOST_ROWS:]
    if rest:
        blocked = sum(bool(each[0]) for each in rest)
        which = "all" if blocked == len(rest) else f"{blocked}"
        more = f", {which} of them blocked" if blocked else ""
        page.add(_summary(f"{counted(len(rest), 'more eval')} that moved or are new{more}"))
        head, rows = _table(rest)
        page.add_lines(head, rows, "eval", total=len(rows), share=0.1)
        page.add("</details>")
    still = [each for each in found if not _is_told(each)]
    if still:
        names = ", ".join(_name(each, found) for each in still[:MOST_NAMES])
        page.add(_summary(f"{counted(len(still), 'eval')} without a change in any example"))
        page.add_lines((), [names], "name", total=1, share=0.1)
        page.add("</details>")


def add_verdicts(page: Page, found: Sequence[Compared], fresh: Sequence[EvalOutcome]) -> None:
    """The verdict on each eval that moved, what new evals miss, and the parts that fell."""
    told = _moved(found)
    shown = told if len(told) <= MOST_TOLD else []
    page.add_lines(
        (), (_verdict(each, found) for each in shown), "eval", total=len(shown), share=0.15
    )
    missed = [failure for outcome in fresh for failure in outcome.failures]
    lines = (f"- ✗ {for_markdown(failure)}" for failure in missed)
    page.add_lines((), lines, "remark", total=len(missed), share=0.05)
    rest = told[len(shown) :]
    if rest:
        page.add(_summary(f"The verdict on {counted(len(rest), 'eval')}"))
        page.add_lines(
            (), (_verdict(each, found) for each in rest), "eval", total=len(rest), share=0.15
        )
        page.add("</details>")
    add_splits(page, _splits(told))


def _splits(found: Iterable[Compared]) -> Iterator[tuple[str, str, Iterable[ResultSplit]]]:
    for each in found:
        yield each.name, each.pair.head.model.name, splits(each)


def _moved(found: Sequence[Compared]) -> list[Compared]:
    return worst_first([each for each in found if _is_told(each)])


def _is_told(found: Compared) -> bool:
    return bool(found.blocks) or found.is_undecided or is_moved(found)


def _table(rows: Sequence[Sequence[str]]) -> tuple[tuple[str, str], list[str]]:
    """The head of a table and its rows, as narrow as a comment.

    One model for all is named in the header, and flaky examples have a column where there are any.
    """
    models = list(dict.fromkeys(row[_MODEL] for row in rows))
    left_out = {_MODEL} if len(models) == 1 else set[int]()
    if all(row[_FLAKY] in ("", "0") for row in rows):
        left_out.add(_FLAKY)
    kept = [at for at in range(len(_COLUMNS)) if at not in left_out]
    names = dict(enumerate(_COLUMNS))
    if len(models) == 1:
        names[1] = f"eval on {as_markdown_code(models[0])}"
    head = f"| {' | '.join(names[at] for at in kept)} |".replace("|  |", "| |")
    sides = f"|{'|'.join(list(_COLUMNS.values())[at] for at in kept)}|"
    return (head, sides), [_row(row, kept) for row in rows]


def _row(cells: Sequence[str], kept: Sequence[int]) -> str:
    mark, name, model, *rest = cells
    written = (mark, as_markdown_code(name), as_markdown_code(model), *rest)
    return f"| {' | '.join(written[at] for at in kept)} |"


def _name(found: Compared, among: Sequence[Compared]) -> str:
    return on_model(found, among, as_markdown_code, title=found.title)


def _verdict(found: Compared, among: Sequence[Compared]) -> str:
    """The verdict on an eval, what blocks, and what is to say of the steps of a flow."""
    sentence = f"- {_name(found, among)}: {for_markdown(verdict_sentence(found))}"
    blocks = (f"  - ✗ {for_markdown(block.why)}" for block in found.blocks)
    steps = (f"  - {for_markdown(line)}" for line in compared_ways(found))
    return "\n".join((sentence, *blocks, *steps))


def _summary(said: str) -> str:
    return f"<details><summary>{said}</summary>"

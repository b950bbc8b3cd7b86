"""The report of a check: whether somebody must act, why, and what to do about it."""

from collections.abc import Iterator, Sequence
from shlex import quote

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.render.acceptance import accept_commands
from promptci.render.firstsentence import overall_sentence
from promptci.render.named import model_beside
from promptci.render.remarks import HIDDEN, base_sentence, hidden_falls, remarks, reused_sentence
from promptci.render.sentences import is_moved
from promptci.render.terminal.compare.changes import (
    blocked,
    changes_parts,
    headline,
    in_brief,
    worst_first,
)
from promptci.render.terminal.look import Look
from promptci.render.terminal.lost import lost_parts
from promptci.render.terminal.screen import draw, text
from promptci.render.terminal.tables import sides, tags
from promptci.secrets.safetext import on_one_line

NAMES = "base", "head"

MOST_WHOLE = 5
"""Evals that are shown with their figures and lost examples; of more what blocks."""

MOST_LISTED = 50
"""Remarks of one kind that are shown."""


def report(checked: Checked, look: Look) -> str:
    """The whole report as text."""
    return draw(_parts(checked, look), look).rstrip("\n") + "\n"


def _parts(checked: Checked, look: Look) -> Iterator[RenderableType]:
    yield text(overall_sentence(checked), "bold" if checked.exit_code == 0 else "bold red")
    yield ""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_row("base", text(base_sentence(checked)))
    if checked.names:
        grid.add_row("reused", text(reused_sentence(checked)))
    yield grid
    if checked.compared or checked.fresh:
        yield ""
        yield from changes_parts(checked.compared, checked.fresh)
    told = [c for c in worst_first(checked.compared) if c.blocks or c.is_undecided or is_moved(c)]
    for each in told[:MOST_WHOLE]:
        yield ""
        yield from headline(each)
        yield from _figures(each)
    if len(told) > MOST_WHOLE:
        yield ""
        yield from in_brief(told[MOST_WHOLE:], "--report markdown=FILE and --json have all of them")
    failures = [failure for outcome in checked.fresh for failure in outcome.failures]
    if failures:
        yield ""
        yield from blocked(failures)
    marked = {line for each in told[:MOST_WHOLE] for line in hidden_falls(each)}
    for kind, lines in remarks(checked).items():
        yield from _remarks(kind, [line for line in lines if kind != HIDDEN or line not in marked])
    for each in told[:MOST_WHOLE]:
        model = model_beside(each, checked.compared)
        of = f" --model {quote(model)}" if model else ""
        yield from lost_parts(each, f"`promptci show {each.name}{of}` lists what fails")
    yield from _acceptance(checked.compared)


def _figures(found: Compared) -> Iterator[RenderableType]:
    """Both sides' scores and what they took, and which classes and tags moved, on which model."""
    for rows in (sides(found, NAMES), tags(found, NAMES)):
        if rows is not None and rows.row_count:
            yield ""
            yield rows


def _remarks(kind: str, lines: Sequence[str]) -> Iterator[RenderableType]:
    if lines:
        yield ""
        yield text(kind, "bold")
    for line in lines[:MOST_LISTED]:
        yield Padding(text(on_one_line(line, 400)), (0, 0, 0, 2))
    if len(lines) > MOST_LISTED:
        yield text(f"  … {len(lines) - MOST_LISTED:,} more")


def _acceptance(found: Sequence[Compared]) -> Iterator[RenderableType]:
    commands = accept_commands(worst_first(found))
    if commands:
        yield ""
        yield text("If a loss is wanted, accept it and commit:", "bold")
        yield from (Padding(text(command), (0, 0, 0, 2)) for command in commands)

"""The report of a check: whether somebody must act, why, and what to do about it."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from shlex import quote
from types import ModuleType
from typing import TYPE_CHECKING

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.render.acceptance import accept_commands, copied_lines
from promptci.render.firstsentence import overall_sentence
from promptci.render.named import model_beside
from promptci.render.remarks import HIDDEN, base_sentence, hidden_falls, remarks, reused_sentence
from promptci.render.sentences import is_moved
from promptci.render.terminal.compare.changes import blocked, changes_parts, in_brief, worst_first
from promptci.render.terminal.lines import Line, Pairs, written
from promptci.render.terminal.look import Look
from promptci.secrets.safetext import on_one_line

if TYPE_CHECKING:
    from promptci.render.terminal.screen import Shown

NAMES = "base", "head"

MOST_WHOLE = 5
"""Evals that are shown with their figures and lost examples; of more what blocks."""

_COMMAND = 78
"""Columns of a command to be copied: what a narrow terminal folds by itself is two commands."""

MOST_LISTED = 50
"""Remarks of one kind that are shown."""

_EMPTY = Line("")


def report(checked: Checked, look: Look) -> str:
    """The whole report as text."""
    return written(_parts(checked), look).rstrip("\n") + "\n"


def _parts(checked: Checked) -> "Iterator[Shown]":
    yield Line(overall_sentence(checked), "bold" if checked.exit_code == 0 else "bold red")
    yield _EMPTY
    reused = [("reused", reused_sentence(checked))] if checked.names else []
    yield Pairs([("base", base_sentence(checked)), *reused])
    if checked.compared or checked.fresh:
        yield _EMPTY
        yield from changes_parts(checked.compared, checked.fresh)
    told = [c for c in worst_first(checked.compared) if c.blocks or c.is_undecided or is_moved(c)]
    for each in told[:MOST_WHOLE]:
        yield _EMPTY
        yield from _loaded("compare.headline").headline(each)
        yield from _loaded("compare.headline").moved_figures(each, NAMES)
    if len(told) > MOST_WHOLE:
        yield _EMPTY
        yield from in_brief(told[MOST_WHOLE:], "--report markdown=FILE and --json have all of them")
    failures = [failure for outcome in checked.fresh for failure in outcome.failures]
    if failures:
        yield _EMPTY
        yield from blocked(failures)
    marked = {line for each in told[:MOST_WHOLE] for line in hidden_falls(each)}
    for kind, lines in remarks(checked).items():
        yield from _remarks(kind, [line for line in lines if kind != HIDDEN or line not in marked])
    for each in told[:MOST_WHOLE]:
        model = model_beside(each, checked.compared)
        of = f" --model {quote(model)}" if model else ""
        see = f"`promptci show {each.name}{of}` lists what fails"
        yield from _loaded("lost").lost_parts(each, see)
    yield from _acceptance(checked.compared)


def _loaded(module: str) -> ModuleType:
    """What draws with `rich`, which a change needs that moved something."""
    return import_module(f"promptci.render.terminal.{module}")


def _remarks(kind: str, lines: Sequence[str]) -> Iterator[Line]:
    if lines:
        yield _EMPTY
        yield Line(kind, "bold")
    for line in lines[:MOST_LISTED]:
        yield Line(on_one_line(line, 400), indent=2)
    if len(lines) > MOST_LISTED:
        yield Line(f"  … {len(lines) - MOST_LISTED:,} more")


def _acceptance(found: Sequence[Compared]) -> Iterator[Line]:
    commands = accept_commands(worst_first(found))
    if commands:
        yield _EMPTY
        yield Line("If a loss is wanted, accept it and commit:", "bold")
        lines = (line for command in commands for line in copied_lines(command, _COMMAND))
        yield from (Line(line, indent=2) for line in lines)

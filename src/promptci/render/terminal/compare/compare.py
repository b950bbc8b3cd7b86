"""The report of a comparison: the verdict of each eval, its figures, then what was lost."""

from collections.abc import Iterator
from shlex import quote

from promptci.compare.compared import Compared
from promptci.compare.results import CompareResult
from promptci.render.comparesentence import comparison_sentence, is_told_apart, unchanged_names
from promptci.render.prompttext import prompt_text
from promptci.render.remarks import missing_answers
from promptci.render.terminal.classes import compared_classes
from promptci.render.terminal.compare.changes import changes_parts, in_brief, worst_first
from promptci.render.terminal.compare.contests import contest_parts
from promptci.render.terminal.compare.headline import headline
from promptci.render.terminal.look import Look
from promptci.render.terminal.lost import lost_parts
from promptci.render.terminal.screen import Shown, diff_line, draw, text
from promptci.render.terminal.tables import fates, metrics, sides, tags
from promptci.render.textdiff import unified

MOST_EVALS = 5
"""Evals of a comparison that are all told at length; of more only those that matter."""


def report(result: CompareResult, look: Look, *, prompts: bool = False) -> str:
    """The whole report as text. With `prompts` it shows how the prompts differ."""
    found, names = result.found, (result.base.name, result.head.name)
    is_long = len(found) > MOST_EVALS
    told = [each for each in worst_first(found) if not is_long or _needs_telling(each)]
    whole, brief = told[:MOST_EVALS], told[MOST_EVALS:]
    evals = (part for each in whole for part in _eval(each, look, names=names, prompts=prompts))
    see = f"`promptci compare {names[0]} {names[1]} --eval NAME` shows one"
    quiet = sum(not each.is_untouched for each in found) - len(told)
    folded = _folded(quiet if is_long else 0, see)
    parts = (*_opening(result), *evals, *in_brief(brief, see), *folded)
    return draw(parts, look).rstrip("\n") + "\n"


def _needs_telling(found: Compared) -> bool:
    """Whether something in a comparison is worse, was lost, or could not be found out."""
    is_quiet = found.judgement.verdict in ("no worse", "improved", "underpowered")
    return bool(found.blocks or found.lost or found.is_undecided) or not is_quiet


def _folded(count: int, see: str) -> Iterator[Shown]:
    if count:
        more = "1 more eval has" if count == 1 else f"{count:,} more evals have"
        yield text(f"{more} no lost example and no verdict against the head: {see}")


def _opening(result: CompareResult) -> Iterator[Shown]:
    """All evals at a glance, where there are several or the sides are judged otherwise."""
    found, obstacles = result.found, result.obstacles
    are_several = len(found) + len(obstacles) + len(unchanged_names(result)) > 1
    if are_several or is_told_apart(result):
        yield text(comparison_sentence(result), "bold")
        yield ""
    if are_several and (rows := list(changes_parts(found))):
        yield from (*rows, "")
    for name, why in sorted(obstacles.items()):
        yield text(f"{name}: not compared: {why}", "yellow")
    if obstacles:
        yield ""


def _eval(found: Compared, look: Look, *, names: tuple[str, str], prompts: bool) -> Iterator[Shown]:
    """One eval: its verdict, figures and lost examples."""
    yield from headline(found)
    for outcome in (found.base, found.head):
        yield from (text(line, "yellow") for line in missing_answers(outcome))
    if found.pair.is_same:
        yield text("Both sides ask exactly the same.")
    for rows in (sides(found, names), fates(found), tags(found, names), metrics(found, names)):
        if rows is not None and rows.row_count:
            yield ""
            yield rows
    yield from compared_classes(found, names)
    yield from contest_parts(found)
    if prompts:
        yield ""
        yield from _prompts(found, names)
    yield from lost_parts(found, f"`promptci report {' '.join(map(quote, names))}` shows them")
    yield ""


def _prompts(found: Compared, names: tuple[str, str]) -> Iterator[Shown]:
    """How the prompts differ, as a unified diff."""
    base, head = found.pair.base.prompt, found.pair.head.prompt
    titles = f"{base.name} in {names[0]}", f"{head.name} in {names[1]}"
    lines = unified(prompt_text(base), prompt_text(head), titles)
    if not lines:
        yield text("the prompts are the same")
    for line in lines:
        yield diff_line(line, _line_style(line), 2)


def _line_style(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "bold"
    return {"-": "red", "+": "green", "@": "cyan"}.get(line[:1], "")

"""Reports as GitHub's Markdown, for a comment and for the job summary."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.results import CompareResult
from promptci.render import figures
from promptci.render.acceptance import accept_commands, command_in
from promptci.render.comparesentence import comparison_sentence
from promptci.render.figures import counted
from promptci.render.firstsentence import (
    overall_sentence,
)
from promptci.render.markdown.evals import add_table, add_verdicts
from promptci.render.markdown.lost import add_lost
from promptci.render.markdown.marker import marker
from promptci.render.markdown.page import MOST_COMMENT, Page
from promptci.render.markdown.remarklists import add_remarks
from promptci.render.remarks import HIDDEN, MOVED, base_sentence, remarks, reused_sentence
from promptci.render.stepoutputs import VERDICTS
from promptci.render.terminal.breakdown import spent
from promptci.render.terminal.compare.changes import worst_first
from promptci.secrets.safetext import (
    as_markdown_code,
    as_markdown_fence,
    for_markdown,
)

MOST_SUMMARY = 900_000
"""Bytes of a job summary; beyond 1 MiB GitHub drops all of it."""
MOST_SENTENCE = 3_000
"""Characters of the verdict, which may name evals."""
MOST_COMMANDS = 4_000
"""Characters of all commands shown."""
MOST_OPEN = 5
"""Commands that are shown without a fold."""

_ACCEPT = "promptci accept EVAL EXAMPLE -m WHY"
_SPENT = ("| eval | model | tokens | cost | p50 | p95 |", "|:--|:--|--:|--:|--:|--:|")


def verdict_line(exit_code: int) -> str:
    """The hidden line by which a later report knows the verdict of this one."""
    return f"<!-- verdict: {VERDICTS.get(exit_code, 'no-verdict')} -->"


def check(checked: Checked) -> Iterator[str]:
    """A comment on a pull request."""
    yield comment(checked)


def comment(checked: Checked) -> str:
    """A comment on a pull request."""
    page = Page(MOST_COMMENT)
    page.add(f"{marker(checked.folder)}\n{verdict_line(checked.exit_code)}")
    return _written(page, checked)


def compare(found: CompareResult) -> Iterator[str]:
    """A comparison, as a comment."""
    page = Page(MOST_COMMENT)
    sentence = comparison_sentence(found)
    page.add(f"**{for_markdown(sentence, MOST_SENTENCE)}**")
    sides = f"{for_markdown(found.base.name)} against {for_markdown(found.head.name)}"
    page.add(f"Compared: {sides}.")
    add_table(page, found.found, ())
    add_verdicts(page, found.found, ())
    why = (
        f"- {as_markdown_code(name)}: {for_markdown(why)}"
        for name, why in sorted(found.obstacles.items())
    )
    page.add_lines(("**not compared**", ""), why, "eval", total=len(found.obstacles), share=0.1)
    _add_folds(page, found.found, ())
    yield page.text()


def summary(checked: Checked) -> str:
    """A job summary."""
    return _written(Page(MOST_SUMMARY), checked)


def _written(page: Page, checked: Checked) -> str:
    sentence = overall_sentence(checked)
    page.add(f"**{for_markdown(sentence, MOST_SENTENCE)}**")
    page.add(_basis(checked))
    add_table(page, checked.compared, checked.fresh)
    add_verdicts(page, checked.compared, checked.fresh)
    below_verdicts = len(page.blocks)
    _add_next(page, worst_first(checked.compared), checked.folder)
    for kind, lines in remarks(checked).items():
        if kind == HIDDEN or (kind == MOVED and all(line in sentence for line in lines)):
            continue  # is in the sentence and in the table of parts that fell
        add_remarks(page, kind, lines)
    _add_folds(page, checked.compared, checked.fresh, at=below_verdicts)
    return page.text()


def _basis(checked: Checked) -> str:
    where = f"In {as_markdown_code(checked.folder)}, compared" if checked.folder else "Compared"
    compared = f"{where} with {for_markdown(base_sentence(checked))}."
    return f"{compared} Reused: {reused_sentence(checked)}." if checked.names else compared


def _add_next(page: Page, found: Sequence[Compared], folder: str) -> None:
    """What to do about losses: what to paste to accept them, as much as may be read."""
    commands = accept_commands(found, folder)
    if not commands:
        return
    lengths = accumulate(map(len, commands))
    shown = [c for c, length in zip(commands, lengths, strict=True) if length < MOST_COMMANDS]
    fence = as_markdown_fence("\n".join(shown) or _ACCEPT, "sh")
    run = as_markdown_code(command_in(folder, "run"))
    said = f"**Next:** fix it, {run} and commit; or accept what is wanted and commit"
    if len(commands) <= MOST_OPEN:
        page.add(f"{said}:\n\n{fence}")
        return
    page.add(f"{said}.")
    number = counted(len(commands), "eval")
    page.add(f"<details><summary>Commands that accept the losses of {number}</summary>")
    page.add(fence)
    page.add("</details>")


def _add_folds(
    page: Page, found: Sequence[Compared], fresh: Sequence[EvalOutcome], at: int | None = None
) -> None:
    """The losses, and below all what the answers took, for which room is kept.

    Losses get the room that is left, but come before the block `at` where it is given.
    """
    took = Page(max(0, min(page.limit // 10, page.limit - page.size)))
    _add_spent(took, found, fresh)
    page.limit -= took.size
    end = len(page.blocks)
    add_lost(page, found)
    page.limit += took.size
    if at is not None:
        page.blocks[at:] = [*page.blocks[end:], *page.blocks[at:end]]
    for block in took.blocks:
        page.add(block)


def _add_spent(page: Page, found: Sequence[Compared], fresh: Sequence[EvalOutcome]) -> None:
    """What the answers took, folded."""
    rows = [row for each in found if (row := _spent(each))]
    rows += [_spent_fresh(outcome) for outcome in fresh]
    if rows:
        page.add("<details><summary>Tokens, cost and latency</summary>")
        page.add_lines(_SPENT, rows, "eval", total=len(rows), share=1.0)
        page.add("</details>")


def _spent(found: Compared) -> str:
    """Both sides in a row, `-` for one whose record is used; empty where that is so for both."""
    sides = spent(found)
    if sides == (None, None):
        return ""
    tokens = [_tokens(each.input_tokens, each.output_tokens) if each else "-" for each in sides]
    costs = [figures.money(each.cost) if each else "-" for each in sides]
    times = [
        [figures.seconds(s.latencies[at]) if s and s.latencies else "-" for s in sides]
        for at in (0, 1)
    ]
    cells = [" → ".join(values) for values in (tokens, costs, *times)]
    names = as_markdown_code(found.name), as_markdown_code(found.pair.head.model.name)
    return f"| {' | '.join((*names, *cells))} |"


def _spent_fresh(outcome: EvalOutcome) -> str:
    took = outcome.spent
    times = [figures.seconds(time) for time in took.latencies or ()] or ["-", "-"]
    tokens = _tokens(took.input_tokens, took.output_tokens)
    names = as_markdown_code(outcome.record.eval), as_markdown_code(outcome.record.model)
    return f"| {' | '.join((*names, tokens, figures.money(took.cost), *times))} |"


def _tokens(asked: int, said: int) -> str:
    return f"{figures.count(asked)}+{figures.count(said)}"

"""The report of a run as GitHub's Markdown."""

from collections import Counter
from collections.abc import Iterator

from promptci.compare.outcomes.outcome import EvalOutcome, LostAnswer, lost_ids
from promptci.compare.results import RunResult
from promptci.render import figures
from promptci.render.firstsentence import run_sentence
from promptci.render.markdown.page import MOST_COMMENT, Page
from promptci.render.markdown.splits import add_splits
from promptci.render.terminal.breakdown import run_splits
from promptci.secrets.safetext import (
    as_html_code,
    as_markdown_code,
    as_markdown_fence,
    for_markdown,
    for_terminal,
)
from promptci.templates.template import as_text

_TABLE = (
    "| | eval | model | score | 95% | passed | change | lost | won | tokens | cost |",
    "|:-:|:--|:--|--:|--:|--:|--:|--:|--:|--:|--:|",
)
_MOST_ANSWER = 2_000


def run(found: RunResult) -> Iterator[str]:
    """A run, as a comment: its scores, what its gate says and what was lost."""
    page = Page(MOST_COMMENT)
    page.add(f"**{run_sentence(found.outcomes)}**")
    count = len(found.outcomes)
    page.add_lines(_TABLE, map(_row, found.outcomes), "eval", total=count, share=0.3)
    failures = [failure for outcome in found.outcomes for failure in outcome.failures]
    lines = (f"- ✗ {for_markdown(failure)}" for failure in failures)
    page.add_lines((), lines, "remark", total=len(failures), share=0.2)
    add_splits(page, ((each.title, each.record.model, run_splits(each)) for each in found.outcomes))
    page.add_lines(
        (), _unconfirmed(found), "remark", total=len(list(_unconfirmed(found))), share=0.1
    )
    missing = list(_missing(found))
    page.add_lines(("**no answer**", ""), missing, "remark", total=len(missing), share=0.1)
    lost = sum(len(lost_ids(outcome)) for outcome in found.outcomes)
    models = Counter(outcome.record.eval for outcome in found.outcomes)
    blocks = (_lost(each, is_one=models[each.eval] == 1) for each in found.lost)
    page.add_blocks(blocks, "lost example", total=lost)
    yield page.text()


def _row(outcome: EvalOutcome) -> str:
    record, spent, change = outcome.record, outcome.spent, outcome.comparison
    is_known = record.total > record.errors
    is_compared = change is not None and not change.obstacle
    moved = ("", "", "")
    if change is not None and is_compared:
        counts = (str(len(change.ids("lost"))), str(len(change.ids("won"))))
        moved = (figures.points(change.delta or 0.0), *counts)
    cells = (
        "✗" if outcome.failures else "",
        as_markdown_code(outcome.title),
        as_markdown_code(record.model),
        figures.share(record.score) if is_known else "-",
        figures.interval(outcome.interval),
        f"{record.passed}/{record.total}",
        *moved,
        f"{figures.count(spent.input_tokens)}+{figures.count(spent.output_tokens)}",
        figures.money(spent.cost),
    )
    return f"| {' | '.join(cells)} |"


def _unconfirmed(found: RunResult) -> Iterator[str]:
    """What was not asked again of what flipped, by eval and model."""
    for outcome in found.outcomes:
        if outcome.unconfirmed:
            where = f"{as_markdown_code(outcome.title)} on {as_markdown_code(outcome.record.model)}"
            yield f"- {where}: lost and won examples {for_markdown(outcome.unconfirmed)}"


def _missing(found: RunResult) -> Iterator[str]:
    """Why answers are missing, by eval and model."""
    for outcome in found.outcomes:
        where = f"{as_markdown_code(outcome.title)} on {as_markdown_code(outcome.record.model)}"
        for why, count in sorted(outcome.errors.items()):
            yield f"- {where}: {figures.counted(count, 'example')}: {for_markdown(why, 300)}"


def _lost(lost: LostAnswer, *, is_one: bool) -> str:
    """A lost example, folded, with its model unless its eval has but one."""
    on = "" if is_one else f" on {as_html_code(lost.model)}"
    title = f"lost: {as_html_code(lost.eval)}{on} / {as_html_code(lost.example.id)}"
    parts = [f"<details><summary>{title}</summary>"]
    if lost.example.has_expected:
        parts.append(f"Expected {as_markdown_code(as_text(lost.example.expected), 300)}")
    if lost.why:
        parts.append(for_markdown(lost.why, 300))
    answer = for_terminal(lost.output)[:_MOST_ANSWER] or "(empty, or not stored)"
    parts.append(as_markdown_fence(answer, "text"))
    parts.append("</details>")
    return "\n\n".join(parts)

"""The lost examples in GitHub's Markdown: folded, each with both answers as a diff."""

from collections.abc import Sequence

from promptci.compare.compared import Compared
from promptci.compare.lostexamples import LostExample
from promptci.render.figures import counted
from promptci.render.markdown.page import Page
from promptci.render.named import on_model
from promptci.render.terminal.compare.changes import worst_first
from promptci.render.terminal.lost import inputs
from promptci.render.textdiff import line_diff
from promptci.secrets.safetext import (
    as_html_code,
    as_markdown_code,
    as_markdown_fence,
    for_markdown,
    for_terminal,
)
from promptci.templates.template import as_text

MOST_LOST = 10
"""Lost examples that are not folded by eval."""
MOST_LOSING = 5
"""Evals with lost examples that are not folded as a whole."""
MOST_ANSWER = 2_000
"""Characters of one answer shown."""


def add_lost(page: Page, found: Sequence[Compared]) -> None:
    """The lost examples, folded one by one, and eval by eval where there are many."""
    counts = [(each, len(each.confirmed.comparison.ids("lost"))) for each in worst_first(found)]
    left = sum(count for _, count in counts)
    if left <= MOST_LOST:
        blocks = (
            _lost(each, lost, name)
            for each, _ in counts
            for name in [on_model(each, found, as_html_code)]
            for lost in each.lost
        )
        page.add_blocks(blocks, "lost example", total=left)
        return
    counts = [(each, count) for each, count in counts if count]
    is_long = len(counts) > MOST_LOSING
    if is_long:
        said = f"{counted(left, 'lost example')} of {counted(len(counts), 'eval')}"
        page.add(f"<details><summary>{said}</summary>")
    for each, count in counts:
        if page.is_full:
            continue
        name = on_model(each, found, as_html_code)
        said = f"{counted(count, 'lost example')} of {name}"
        page.add(f"<details><summary>{said}</summary>")
        blocks = (_lost(each, lost, name) for lost in each.lost)
        page.add_blocks(blocks, "lost example", total=count, share=1 / 3)
        page.add("</details>")
        left -= count
    if left:
        page.add(f"… {counted(left, 'more lost example')}")
    if is_long:
        page.add("</details>")


def _lost(found: Compared, lost: LostExample, name: str) -> str:
    """A lost example of the eval so called."""
    id_ = lost.example.id
    accepted = ", accepted" if id_ in found.pair.accepted else ""
    title = f"lost{accepted}: {name} / {as_html_code(id_)}"
    parts = [f"<details><summary>{title}</summary>"]
    if lost.example.vars:
        parts.append(f"Input {as_markdown_code(inputs(lost.example), 300)}")
    if lost.example.has_expected:
        parts.append(f"Expected {as_markdown_code(as_text(lost.example.expected), 300)}")
    if lost.why:
        parts.append(for_markdown(lost.why, 300))
    parts.append(_answers(lost))
    parts.append("</details>")
    return "\n\n".join(parts)


def _answers(lost: LostExample) -> str:
    """Both answers as a diff in a fence."""
    base, head = (_cut(for_terminal(answer)) for answer in (lost.base, lost.head))
    if lost.base == lost.head:
        return as_markdown_fence(head, "text")
    return as_markdown_fence(line_diff(base, head), "diff")


def _cut(answer: str) -> str:
    if len(answer) <= MOST_ANSWER:
        return answer or "(empty, or not stored)"
    return f"{answer[:MOST_ANSWER]}\n… {len(answer) - MOST_ANSWER:,} more characters"

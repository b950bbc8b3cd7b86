"""Reports as GitHub's Markdown, for a comment and for the job summary."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from promptci.check.checked import Checked
from promptci.compare.compared import Compared
from promptci.compare.lostexamples import LostExample
from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.results import CompareResult
from promptci.parsing.template import as_text
from promptci.render import figures
from promptci.render.acceptance import accept_commands
from promptci.render.comparesentence import comparison_sentence
from promptci.render.figures import counted
from promptci.render.firstsentence import (
    overall_sentence,
)
from promptci.render.markdown.evals import add_table, add_verdicts
from promptci.render.markdown.marker import marker
from promptci.render.markdown.page import MOST_COMMENT, Page
from promptci.render.markdown.remarklists import add_remarks
from promptci.render.named import on_model
from promptci.render.remarks import HIDDEN, MOVED, base_sentence, remarks, reused_sentence
from promptci.render.stepoutputs import VERDICTS
from promptci.render.terminal.breakdown import spent
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

MOST_SUMMARY = 900_000
"""Bytes of a job summary; beyond 1 MiB GitHub drops all of it."""
MOST_SENTENCE = 3_000
"""Characters of the verdict, which may name evals."""
MOST_COMMANDS = 4_000
"""Characters of all commands shown."""
MOST_OPEN = 5
"""Commands that are shown without a fold."""
MOST_LOST = 10
"""Lost examples that are not folded by eval."""
MOST_LOSING = 5
"""Evals with lost examples that are not folded as a whole."""
MOST_ANSWER = 2_000
"""Characters of one answer shown."""

_ACCEPT = "promptci accept EVAL EXAMPLE -m WHY"
_SPENT = ("| eval | model | tokens | cost | p50 | p95 |", "|:--|:--|--:|--:|--:|--:|")


def _state(exit_code: int) -> str:
    """The hidden line by which a later report knows the verdict of this one."""
    return f"<!-- verdict: {VERDICTS.get(exit_code, 'no-verdict')} -->"


def check(checked: Checked) -> Iterator[str]:
    """A comment on a pull request."""
    yield comment(checked)


def comment(checked: Checked) -> str:
    """A comment on a pull request."""
    page = Page(MOST_COMMENT)
    page.add(f"{marker(checked.folder)}\n{_state(checked.exit_code)}")
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
    _add_commands(page, accept_commands(worst_first(checked.compared), checked.folder))
    add_verdicts(page, checked.compared, checked.fresh)
    for kind, lines in remarks(checked).items():
        if kind == HIDDEN or (kind == MOVED and all(line in sentence for line in lines)):
            continue  # stands in the sentence and in the table of parts that fell
        add_remarks(page, kind, lines)
    _add_folds(page, checked.compared, checked.fresh)
    return page.text()


def _basis(checked: Checked) -> str:
    where = f"In {as_markdown_code(checked.folder)}, compared" if checked.folder else "Compared"
    compared = f"{where} with {for_markdown(base_sentence(checked))}."
    return f"{compared} Reused: {reused_sentence(checked)}." if checked.names else compared


def _add_commands(page: Page, commands: Sequence[str]) -> None:
    """What to paste to accept losses, as much as may be read."""
    if commands:
        lengths = accumulate(map(len, commands))
        shown = [c for c, length in zip(commands, lengths, strict=True) if length < MOST_COMMANDS]
        is_long = len(commands) > MOST_OPEN
        said = "If a loss is wanted, accept it and commit"
        page.add(f"<details><summary>{said}</summary>" if is_long else f"{said}:")
        page.add(as_markdown_fence("\n".join(shown) or _ACCEPT, "sh"))
        if is_long:
            page.add("</details>")


def _add_folds(page: Page, found: Sequence[Compared], fresh: Sequence[EvalOutcome]) -> None:
    """The losses, and below them what the answers took, for which room is kept."""
    took = Page(max(0, min(page.limit // 10, page.limit - page.size)))
    _add_spent(took, found, fresh)
    page.limit -= took.size
    _add_lost(page, found)
    page.limit += took.size
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
    """Both sides in a row, `-` where a record stands for one; empty where they do for both."""
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


def _add_lost(page: Page, found: Sequence[Compared]) -> None:
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

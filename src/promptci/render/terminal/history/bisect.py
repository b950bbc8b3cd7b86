"""The report of a search: the commit, what it changed, and what was lost by that."""

from collections.abc import Iterator, Sequence
from shlex import quote

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from promptci.git.lineage import Commit
from promptci.history.culprit import Culprit, Measured
from promptci.render import figures
from promptci.render.idlist import named
from promptci.render.named import model_names
from promptci.render.promptdiff import prompt_diff
from promptci.render.terminal.look import Look
from promptci.render.terminal.lost import MOST, lost_parts, named_first
from promptci.render.terminal.screen import diff_line, draw, text
from promptci.secrets.safetext import on_one_line
from promptci.spending.limits import Taken

MOST_COMMITS = 20
"""Commits named where it may be any of several."""
_STYLES = {"-": "red", "+": "green", "@": "cyan"}


def report(found: Culprit, candidates: Sequence[Commit], look: Look) -> str:
    """The whole report as text. `candidates` are the commits that may have broken it, the culprit
    last."""
    return draw(_parts(found, candidates, look), look).rstrip("\n") + "\n"


def measured(found: Measured) -> str:
    """One evaluation, for stderr."""
    return f"{found.finding:4}  {found.point.revision.short}  {figures.share(found.score):>6}"


def closing(found: Culprit, taken: Taken) -> str:
    """The last line, for stderr: what was searched, and what that took."""
    commits = figures.counted(len(found.timeline.revisions), "commit")
    states = figures.counted(len(found.timeline.points), "state")
    searched = f"{commits} with {states} of prompt and model, {found.evaluated} evaluated"
    return f"{searched}; {figures.taken(taken)}"


def _parts(found: Culprit, candidates: Sequence[Commit], look: Look) -> Iterator[RenderableType]:
    if found.between:
        yield from _several(found, candidates)
    else:
        yield text(f"first bad: {found.first.revision.short}", "bold red")
        yield _line(candidates[-1])
    yield ""
    yield text(_meaning(found))
    yield from (text(note, "yellow") for note in _notes(found))
    yield ""
    yield from _changes(found)
    yield from lost_parts(found.compared, f"{_compare_command(found)} shows them")
    if len(named_first(found.compared.lost)[:MOST]) == len(_lost_ids(found)):
        yield ""
        yield text(f"{_compare_command(found)} has all figures")


def _several(found: Culprit, candidates: Sequence[Commit]) -> Iterator[RenderableType]:
    """Every commit that it may be, and why there is no telling."""
    count = len(candidates)
    yield text(
        f"first bad: one of {count:,} commits, {count - 1:,} of which could not be evaluated",
        "bold red",
    )
    shown = list(zip(candidates, found.between, strict=False))
    for commit, point in shown[:MOST_COMMITS]:
        yield text(f"{commit.revision.short}  ") + _line(commit)
        yield Padding(text(on_one_line(point.obstacle, 300), "yellow"), (0, 0, 0, 9))
    if len(shown) > MOST_COMMITS:
        yield text(f"… {len(shown) - MOST_COMMITS:,} more")
    yield text(f"{found.first.revision.short}  ") + _line(candidates[-1])
    yield Padding(text("the first one known to be bad"), (0, 0, 0, 9))


def _line(commit: Commit) -> Text:
    author = on_one_line(commit.author, 40)
    return text(f"{commit.date[:10]}  {author}  {on_one_line(commit.subject, 100)}")


def _meaning(found: Culprit) -> str:
    """What good and bad are, and what was found on both sides."""
    compared, before = found.compared, found.before.revision.short
    where = f"{compared.name} on {model_names(compared)}"
    if found.limit is None:
        return f"{where}: `{found.example}` passes at {before} and fails at {_short(found)}."
    scores = [outcome.record.score for outcome in (compared.base, compared.head)]
    base, head = map(figures.share, scores)
    limit = f"below {figures.share(found.limit)} is bad"
    return f"{where}: the score is {base} at {before} and {head} at {_short(found)}; {limit}."


def _notes(found: Culprit) -> Iterator[str]:
    """What one should know before blaming somebody."""
    if found.note:
        yield f"{found.note[0].upper()}{found.note[1:]}."
    if not found.is_firm:
        yield "Nothing that was lost stayed lost when it was asked again: this may be chance."
    elif found.compared.confirmed.was_asked:
        yield f"What was lost was {found.compared.confirmed.note.removeprefix('each ')}."
    flaky = found.compared.confirmed.comparison.ids("flaky")
    if flaky and found.limit is not None:
        kept = "records keep the verdict that they had, so `log` may show other scores"
        yield f"{figures.counted(len(flaky), 'example')} flaky ({named(flaky, 5)}): {kept}."
    absent = sum(not point.has_eval for point in found.timeline.points)
    if absent:
        states = f"{absent:,} of {figures.counted(len(found.timeline.points), 'state')}"
        yield f"The eval is not there in {states}: those were asked what it asks now."


def _changes(found: Culprit) -> Iterator[RenderableType]:
    """How prompt and model differ."""
    base, head = found.compared.pair.base, found.compared.pair.head
    if base.model.identity != head.model.identity:
        yield text(f"model: {base.model.name} → {head.model.name}", "bold")
        if base.model.name == head.model.name:
            yield text(f"  {base.model.identity}\n  {head.model.identity}")
    for line in prompt_diff(found):
        style = "bold" if line.startswith(("---", "+++")) else _STYLES.get(line[:1], "")
        yield diff_line(line, style)


def _compare_command(found: Culprit) -> str:
    ends = f"{found.before.revision.short} {_short(found)}"
    return f"`promptci compare {ends} --eval {quote(on_one_line(found.compared.name))}`"


def _lost_ids(found: Culprit) -> Sequence[str]:
    return found.compared.confirmed.comparison.ids("lost")


def _short(found: Culprit) -> str:
    return found.first.revision.short

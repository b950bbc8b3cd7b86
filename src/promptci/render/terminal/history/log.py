"""The history of an eval's scores: a line per commit, and a curve of each model."""

from collections.abc import Iterator, Sequence

from promptci.history.recordlog import Entry, RecordLog
from promptci.render import figures
from promptci.render.judgediff import judge_diff
from promptci.render.splitsentence import split_sentence
from promptci.render.terminal.columns import (
    ROOM,
    Cell,
    Column,
    fitted,
    kept,
    lay_out,
    painted,
)
from promptci.render.terminal.history.entrywords import what
from promptci.render.terminal.history.sparkline import ends, sparkline
from promptci.render.terminal.look import Look
from promptci.secrets.safetext import on_one_line

_NAMED = 3
"""Falls and former names that are given; of more falls the count."""
_COLUMNS = (
    Column("commit"),
    Column("branch", most=16),
    Column("date"),
    Column("author", most=16),
    Column("label", most=12),
    Column("model", most=16, keeps_end=True),
    Column("score", is_right=True),
    Column("passed", is_right=True),
    Column("change", is_right=True),
    Column("lost", is_right=True),
    Column("won", is_right=True),
    Column("what changed"),
)
_TITLES = [column.title for column in _COLUMNS]
_NARROW = {"branch": 10, "author": 8, "label": 6, "model": 10}
"""How wide some columns may get on a terminal of fewer than 100 columns."""
_DISPENSABLE = ("author", "label", "branch", "passed", "date")
"""Columns that give way to the last one, in this order."""
_WORD = 24
"""Columns that a long word, such as a model's id, gets in the last column before it is broken."""
_DEEPEST = 3
"""How far a branch of a branch is set in."""


def history(log: RecordLog, look: Look) -> str:
    """The curves and the lines, as text."""
    return "".join(
        (
            *_curves(_title(log), log.entries, look),
            "\n",
            _table(log.entries, look),
            *_fallen(log.entries),
            *_judges(log.entries),
        )
    )


def _title(log: RecordLog) -> str:
    """What the eval is called, and was."""
    return f"{log.eval} (was {', '.join(log.former[:_NAMED])})" if log.former else log.eval


def _fallen(entries: Sequence[Entry]) -> Iterator[str]:
    """The expected values and tags that fell, commit by commit."""
    for entry in entries:
        lines = [f"{entry.model}: {split_sentence(each)}" for each in entry.fallen[:_NAMED]]
        if (more := len(entry.fallen) - _NAMED) > 0:
            lines.append(f"{entry.model}: {more:,} more fell: see --json")
        for index, line in enumerate(lines):
            front = "" if index else "\n"
            yield f"{front}{entry.step.revision.short}  {on_one_line(line, 200)}\n"


def _judges(entries: Sequence[Entry]) -> Iterator[str]:
    """How judges changed, commit by commit."""
    for entry in entries:
        for each in entry.judges:
            first, *lines = judge_diff(each, "the record before")
            yield f"\n{entry.step.revision.short}  {on_one_line(first, 400)}\n"
            yield from (f"  {on_one_line(line, 400)}\n" for line in lines)


def _curves(name: str, entries: Sequence[Entry], look: Look) -> Iterator[str]:
    """A curve for each model, or one for all where there was never more than one at a time.

    It goes along the main line: commits of branches are beside each other, not in a row.
    """
    yield f"{painted(Cell(on_one_line(name), 'bold'), look)}\n"
    entries = [entry for entry in entries if not entry.place.depth]
    curves: dict[str, list[float]] = {}
    is_single = _has_one_at_a_time(entries)
    for entry in reversed(entries):
        if entry.score is not None:
            curves.setdefault("" if is_single else entry.model, []).append(entry.score)
    titles = {model: on_one_line(model, 30) for model in sorted(curves)}
    wide = max((len(title) + 2 for title in titles.values() if title), default=0)
    for model, title in titles.items():
        curve = sparkline(curves[model], max(10, look.width - wide - 20))
        shown = curves[model][-len(curve) :]
        yield f"  {title:<{wide}}{painted(Cell(curve, 'cyan'), look)}  {ends(shown)}\n"


def _has_one_at_a_time(entries: Sequence[Entry]) -> bool:
    """Whether no commit touched more than one record."""
    places = [(entry.step.revision.id, entry.is_later) for entry in entries]
    return len(set(places)) == len(places)


def _table(entries: Sequence[Entry], look: Look) -> str:
    """A line per entry; without the columns that say nothing or for which there is no room."""
    rows = [_row(entry) for entry in entries]
    hidden = set(_silent(entries, rows, look))
    said = (row[-1].text for row, entry in zip(rows, entries, strict=True) if not entry.damage)
    longest = max((len(word) for each in said for word in each.split()), default=0)
    room = max(ROOM, min(longest, _WORD))
    columns = fitted(_COLUMNS, rows, look, narrow=_NARROW, hidden=hidden, least=room)
    said_already = ("model",) if _has_one_at_a_time(entries) else ()
    shown = kept(columns, rows, look, (*said_already, *_DISPENSABLE), hidden, room)
    return lay_out([columns[i] for i in shown], [[row[i] for i in shown] for row in rows], look)


def _silent(entries: Sequence[Entry], rows: Sequence[Sequence[Cell]], look: Look) -> Iterator[str]:
    """The columns that say nothing, or nothing that the last column does not say."""
    label, model = (_TITLES.index(title) for title in ("label", "model"))
    if not any(entry.place.depth for entry in entries):
        yield "branch"
    if not any(row[label].text for row in rows):
        yield "label"
    is_single = len({row[model].text for row in rows} - {""}) < 2
    if is_single or (look.width < 100 and _has_one_at_a_time(entries)):
        yield "model"


def _row(entry: Entry) -> list[Cell]:
    step, record = entry.step, entry.record
    return [
        Cell(f"{_inset(entry.place.depth)}{step.revision.short}", "yellow"),
        Cell(entry.place.branch),
        Cell(step.date[:10]),
        Cell(step.author),
        Cell(record.version if record else ""),
        Cell(entry.model),
        Cell("" if record is None else "-" if entry.score is None else figures.share(entry.score)),
        Cell(f"{record.passed}/{record.total}" if record else ""),
        *_change(entry),
        Cell(what(entry), "red" if entry.damage or entry.stale else ""),
    ]


def _inset(depth: int) -> str:
    """The mark of a commit that a merge brought in."""
    return f"└{'─' * (min(depth, _DEEPEST) - 1)} " if depth else ""


def _change(entry: Entry) -> tuple[Cell, Cell, Cell]:
    """The change of the score, and how many were lost and won."""
    if entry.record is None or entry.base is None:
        return Cell(""), Cell(""), Cell("")
    if entry.delta is None:
        return Cell("n/c"), Cell(""), Cell("")
    change = figures.points(entry.delta)
    style = {"+": "green", "-": "red"}.get(change[0], "")
    lost, won = len(entry.lost), len(entry.won)
    return (
        Cell(change, style),
        Cell(str(lost), "red" if lost else ""),
        Cell(str(won), "green" if won else ""),
    )

"""The history of an eval's scores: a line per commit, and a curve of each model."""

from collections.abc import Iterator, Sequence

from promptci.compare.comparison import ExampleEdits, reused_label
from promptci.history.recordlog import Entry, RecordLog
from promptci.records.record import Record
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
from promptci.render.terminal.history.sparkline import ends, sparkline
from promptci.render.terminal.look import Look
from promptci.secrets.safetext import on_one_line

_NAMED = 3
"""Accepted losses that are named; of more only the count is given."""
_COLUMNS = (
    Column("commit"),
    Column("branch", most=16),
    Column("date"),
    Column("author", most=16),
    Column("label", most=12),
    Column("model", most=16),
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
_DEEPEST = 3
"""How far a branch of a branch is set in."""


def history(log: RecordLog, look: Look) -> str:
    """The curves and the lines, as text."""
    return "".join(
        (
            *_curves(log.eval, log.entries, look),
            "\n",
            _table(log.entries, look),
            *_fallen(log.entries),
            *_judges(log.entries),
        )
    )


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
    columns = fitted(_COLUMNS, rows, look, narrow=_NARROW, hidden=hidden, least=ROOM)
    shown = kept(columns, rows, look, _DISPENSABLE, hidden)
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


def what(entry: Entry) -> str:
    """What changed, in a few words: parts of the fingerprint, accepted losses, how it is known."""
    stale = f"stale: other {' and '.join(entry.stale)}" if entry.stale else ""
    parts = (stale, _was(entry), _kind(entry), _accepted(entry), _source(entry), _merge(entry))
    return "; ".join(part for part in parts if part)


def _was(entry: Entry) -> str:
    split, joined = (", ".join(on_one_line(n, 40) for n in s) for s in (entry.split, entry.joined))
    if split:
        return f"split: {on_one_line(entry.was or entry.eval, 40)} → {split}"
    was = f"was {on_one_line(entry.was, 40)}" if entry.was else ""
    return "; ".join(each for each in (was, f"took in {joined}" if joined else "") if each)


def _merge(entry: Entry) -> str:
    said = ["merge"] if len(entry.step.parents) > 1 else []
    if entry.measured:
        said.append(f"{entry.measured:,} measured that a merge left open")
    if entry.unmeasured and entry.record:
        said.append(f"{entry.unmeasured:,} of {entry.record.total:,} not measured yet")
    return ", ".join(said)


def _kind(entry: Entry) -> str:
    if entry.damage:
        return f"damaged record: {on_one_line(entry.damage, 60)}"
    if entry.record is None:
        return "removed"
    if entry.base is None:
        return "history is cut short here" if entry.is_cut else "new"
    if entry.what:
        said = ", ".join(_part(part, entry, entry.base, entry.record) for part in entry.what)
        is_reused = bool(reused_label(entry.base, entry.record))
        return f"{said}; label {on_one_line(entry.record.version, 20)} again" if is_reused else said
    if entry.measured:
        return ""
    if entry.delta or entry.lost or entry.won:
        return "drift: only the answers"
    if entry.accepted:
        return ""
    return "label" if entry.base.version != entry.record.version else "nothing of effect"


def _part(part: str, entry: Entry, base: Record, head: Record) -> str:
    """A part's name, with what it was and is where that is a model.

    Of examples how many are others, of scorers the judge that changed.
    """
    if part == "examples":
        return _examples(entry.edits, base.total, head.total)
    if part == "scorers" and entry.judges:
        return f"judge {', '.join(each.label for each in entry.judges)}"
    if part != "model":
        return part
    before, after = _known_as(base), _known_as(head)
    return f"model {before} → {after}" if before != after else "endpoint"


def _examples(edits: ExampleEdits, before: int, after: int) -> str:
    """How many examples there were and are, and how many of them are others where that differs."""
    counts = {"edited": edits.edited, "added": edits.added, "removed": edits.removed}
    said = [f"{count:,} {what}" for what, count in counts.items() if count]
    name = f"examples {before:,} → {after:,}" if before != after else "examples"
    is_plain = before != after and len(said) == 1 and not edits.edited
    return f"{name} ({', '.join(said)})" if said and not is_plain else name


def _known_as(record: Record) -> str:
    """The model's id without the address of its endpoint."""
    return record.model_id.partition(" ")[2] or record.model_id


def _accepted(entry: Entry) -> str:
    ids = [loss.id for loss in entry.accepted]
    if not ids:
        return ""
    return f"accepted {', '.join(ids)}" if len(ids) <= _NAMED else f"accepted {len(ids)} losses"


def _source(entry: Entry) -> str:
    return "computed later" if entry.is_later else ""

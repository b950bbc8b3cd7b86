"""What a commit did to an eval's record, in a few words."""

from promptci.compare.comparison import ExampleEdits, reused_label
from promptci.history.recordlog import Entry
from promptci.records.record import Record
from promptci.secrets.safetext import on_one_line

_NAMED = 3
"""Accepted losses that are named; of more the count is given."""


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

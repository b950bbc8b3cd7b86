"""How committed scores differ: a row per eval and model, then the examples that moved."""

from collections.abc import Iterator, Sequence

from promptci.check.baserevision import Base
from promptci.compare.comparison import ChangeFate
from promptci.history.recordchanges import DiffRow, RecordDiff
from promptci.records.record import Accepted, Record
from promptci.render import figures
from promptci.render.basetitle import base_name
from promptci.render.costsentence import cost_sentence
from promptci.render.idlist import named, split_lines
from promptci.render.splitsentence import split_sentence
from promptci.render.terminal.columns import (
    Cell,
    Column,
    fitted,
    folded_lines,
    labelled,
    lay_out,
    painted,
    sentences,
)
from promptci.render.terminal.history.accept import reason
from promptci.render.terminal.look import Look
from promptci.secrets.safetext import on_one_line

_COLUMNS = (
    Column("eval", most=32, keeps_end=True),
    Column("model", most=16),
    Column("score", is_right=True),
    Column("passed", is_right=True),
    Column("change", is_right=True),
    Column("lost", is_right=True),
    Column("won", is_right=True),
    Column("examples"),
    Column("verdict"),
)
_NARROW = {"eval": 18, "model": 15}
"""How wide some columns may get on a terminal of fewer than 100 columns."""
_MOST_SPLITS = 6
"""Expected values and tags that are named."""
_MOST_OLDER = 5
"""Sentences about records older than their files that are said."""
_STYLES = {"regressed": "red", "improved": "green"}
_MARKS: tuple[tuple[ChangeFate, str], ...] = (("changed", "~"), ("new", "+"), ("removed", "-"))
_DETAILS: tuple[ChangeFate, ...] = ("lost", "won", "changed", "new", "removed")

_TITLES: dict[ChangeFate, str] = {"changed": "edited"}


def report(found: RecordDiff, basis: Base, head: str, look: Look) -> str:
    """The whole difference as text."""
    opening = f"{on_one_line(head)} against {base_name(basis)}"
    older = "".join(sentences(found.older[:_MOST_OLDER], look))
    if (more := len(found.older) - _MOST_OLDER) > 0:
        older += f"and {more:,} more like these\n"
    if found.is_empty:
        but = ", but not all are of these files\n" if older else "\n"
        return f"{_folded(f'{opening}: no record differs{but}', look)}{older}"
    parts = (_table(found, look), *_details(found, look))
    return f"{_folded(opening, look)}{older}\n{''.join(parts).lstrip(chr(10))}"


def _folded(line: str, look: Look) -> str:
    return "".join(f"{piece}\n" for piece in folded_lines(line.rstrip("\n"), look.width))


def _table(found: RecordDiff, look: Look) -> str:
    """A row per eval and model that both sides have, then those that only one side has."""
    rows = [_row(row) for row in found.rows]
    rows += [_lone(record, "new record") for record in found.added]
    rows += [_lone(record, "removed") for record in found.removed]
    kept = [
        i for i, c in enumerate(_COLUMNS) if c.title != "examples" or any(r[i].text for r in rows)
    ]
    whole = [_COLUMNS[index] for index in kept]
    cells = [[row[i] for i in kept] for row in rows]
    columns = fitted(whole, cells, look, narrow=_NARROW)
    return lay_out(columns, cells, look) if rows else ""


def _row(row: DiffRow) -> list[Cell]:
    change, lost, won = "n/c", "", ""
    verdict = figures.verdict_word(row.judgement.verdict, is_untouched=row.is_untouched)
    if row.is_comparable:
        change = figures.points(row.comparison.delta or 0.0)
        lost, won = (str(len(row.comparison.ids(fate))) for fate in ("lost", "won"))
    return [
        Cell(row.title),
        Cell(_models(row)),
        Cell(_score(row.head)),
        Cell(_passed(row.head)),
        Cell(change),
        Cell(lost, "red" if lost.strip("0") else ""),
        Cell(won, "green" if won.strip("0") else ""),
        Cell(_moves(row)),
        Cell(verdict, _STYLES.get(verdict, "")),
    ]


def _models(row: DiffRow) -> str:
    """The model, or both where one took the other's place."""
    base, head = row.base.model, row.head.model
    return head if base == head else f"{base} → {head}"


def _lone(record: Record, verdict: str) -> list[Cell]:
    shown = record.eval, record.model, _score(record), _passed(record)
    cells = (*shown, "", "", "", "", verdict)
    return [Cell(cell) for cell in cells]


def _score(record: Record) -> str:
    return figures.share(record.score) if record.errors < record.total else "-"


def _passed(record: Record) -> str:
    return f"{record.passed}/{record.total}"


def _moves(row: DiffRow) -> str:
    """Examples that were edited, added and removed: `~1 +2 -3`."""
    counts = ((mark, len(row.comparison.ids(fate))) for fate, mark in _MARKS)
    return " ".join(f"{mark}{count}" for mark, count in counts if count)


def _details(found: RecordDiff, look: Look) -> Iterator[str]:
    """The examples of each row that moved, and what could not be compared."""
    for row in found.rows:
        pairs = list(_pairs(row))
        if pairs:
            title = on_one_line(f"{row.title} on {_models(row)}")
            yield f"\n{painted(Cell(title, 'bold'), look)}\n{labelled(pairs, look)}"
    if found.renamed or found.joined:
        pairs = [("split", line) for line in split_lines(found.split)]
        pairs += [("joined", f"{was} into {into}") for was, into in sorted(found.joined.items())]
        pairs += [
            ("renamed", f"{name} (was {was})")
            for name, was in sorted(found.renamed.items())
            if was not in found.split
        ]
        yield f"\n{labelled(pairs, look)}"
    if found.damaged:
        damaged = [("damaged", f"{d.path} in {d.where}: {d.why}") for d in found.damaged]
        yield f"\n{labelled(damaged, look)}"


def _pairs(row: DiffRow) -> Iterator[tuple[str, str]]:
    if row.judgement.obstacle:
        yield "not comparable", row.judgement.obstacle
    elif row.what:
        yield "changed parts", ", ".join(row.what)
    if row.is_comparable and row.compared < max(row.base.total, row.head.total):
        both = f"the {row.compared:,} examples that both sides have unchanged"
        yield "compared", f"{both}; the base passed {_passed(row.base)}"
    if row.cost is not None:
        yield "cost", cost_sentence(row.cost, "at the base")
    for fate in _DETAILS:
        ids = row.comparison.ids(fate)
        is_shown = row.is_comparable or fate not in ("lost", "won")
        if ids and is_shown:
            yield _TITLES.get(fate, fate), named(ids)
    yield from _unanswered(row)
    moved = [each for each in row.splits if each.delta]
    if moved:
        more = f"; and {len(moved) - _MOST_SPLITS:,} more" if len(moved) > _MOST_SPLITS else ""
        yield "by part", "; ".join(map(split_sentence, moved[:_MOST_SPLITS])) + more
    for loss in _accepted(row):
        yield "accepted", f"{on_one_line(loss.id, 60)}: {reason(loss)}"


def _unanswered(row: DiffRow) -> Iterator[tuple[str, str]]:
    """The examples that a side has no answer to, those apart that no branch of a merge asked."""
    sides = ((" at the base", row.base), ("", row.head))
    open_ = {
        where: [r.id for r in side.results if r.is_unmeasured] if side.unmeasured else []
        for where, side in sides
    }
    for where, ids in open_.items():
        if ids:
            yield f"not measured{where}", named(ids)
    known = {each for ids in open_.values() for each in ids}
    if rest := [each for each in row.comparison.ids("error") if each not in known]:
        yield "no answer", named(rest)


def _accepted(row: DiffRow) -> Sequence[Accepted]:
    """Losses accepted by the head: those of now, and those that the base did not accept yet."""
    return [
        loss for loss in row.head.accepted if loss in row.accepted or loss not in row.base.accepted
    ]

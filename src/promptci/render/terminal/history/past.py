"""What `run --rev` computed for commits that had no record."""

from collections.abc import Iterator, Sequence

from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.git.revision import Revision
from promptci.history.missingrecords import Gap
from promptci.render import figures
from promptci.render.terminal.columns import Cell, Column, lay_out
from promptci.render.terminal.look import Look
from promptci.secrets.safetext import on_one_line

_COLUMNS = (
    Column("commit"),
    Column("eval", most=32),
    Column("model", most=24),
    Column("score", is_right=True),
    Column("passed", is_right=True),
    Column(""),
)

Filled = tuple[Revision, EvalOutcome]
"""A commit, and the result of one eval on one model there."""


def report(filled: Sequence[Filled], skipped: Sequence[Gap], look: Look) -> str:
    """A line per commit, eval and model."""
    rows = [_row(revision, outcome) for revision, outcome in filled]
    rows += [_skipped(gap) for gap in skipped]
    return lay_out(_COLUMNS, rows, look) if rows else ""


def closing(
    span: str, filled: Sequence[Filled], skipped: Sequence[Gap], *, asked: int, cached: int
) -> str:
    """The last line, for stderr."""
    if not filled and not skipped:
        return f"every commit in {on_one_line(span)} has its record"
    kept = figures.counted(sum(not outcome.is_undecided for _, outcome in filled), "record")
    return (
        f"{asked} asked, {cached} from the cache; computed {kept}, which `promptci log` shows on "
        "this machine alone: to commit one, check its commit out and run there"
    )


def _row(revision: Revision, outcome: EvalOutcome) -> list[Cell]:
    record = outcome.record
    score = figures.share(record.score) if record.errors < record.total else "-"
    return [
        Cell(revision.short, "yellow"),
        Cell(record.eval),
        Cell(record.model),
        Cell(score),
        Cell(f"{record.passed}/{record.total}"),
        Cell("; ".join(_remarks(outcome)), "red"),
    ]


def _remarks(outcome: EvalOutcome) -> Iterator[str]:
    """Why a record was not kept."""
    if outcome.is_undecided:
        yield "answers are missing, so it was not kept"
        yield from sorted(outcome.errors)


def _skipped(gap: Gap) -> list[Cell]:
    blank = [Cell("")] * 4
    return [Cell(gap.revision.short, "yellow"), *blank, Cell(f"skipped: {gap.obstacle}", "red")]

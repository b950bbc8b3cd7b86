"""What searches of an eval have tried so far, out of their ledger."""

from collections.abc import Iterator, Sequence

from promptci.errors import NothingToRunError
from promptci.parsing.source import excerpt
from promptci.project.naming import named_eval
from promptci.project.project import Project
from promptci.project.promptsearch.ledger import (
    LedgerRow,
    LookRow,
    SearchLedger,
    SearchRow,
    TrialRow,
)
from promptci.promptsearch.searchresult import TriedLook, TriedSearch
from promptci.promptsearch.trials import Trial


def read_tried(project: Project, name: str) -> tuple[TriedSearch, ...]:
    """The searches of an eval, in the order in which they were begun.

    Raises `NothingToRunError` where there was none.
    """
    found = named_eval(project, name)
    rows = SearchLedger(project.workspace.state, found).rows
    tried = tuple(_tried(row, rows) for row in rows if isinstance(row, SearchRow))
    if not tried:
        cure = f"`promptci search {excerpt(found)}` begins one"
        raise NothingToRunError(f"nothing was searched for `{excerpt(found)}` here: {cure}")
    return tried


def _tried(begun: SearchRow, rows: Sequence[LedgerRow]) -> TriedSearch:
    return TriedSearch(
        search=begun.search,
        step=begun.step,
        by=begun.by,
        model=begun.model,
        writer=begun.writer,
        seed=begun.seed,
        trials=tuple(_trials(begun.search, rows)),
        looks=tuple(_looks(begun.search, rows)),
    )


def _trials(search: str, rows: Sequence[LedgerRow]) -> Iterator[Trial]:
    """The last that is known of each text, by number."""
    mine = {e.number: e for e in rows if isinstance(e, TrialRow) and e.search == search}
    for _, row in sorted(mine.items()):
        yield Trial(
            number=row.number,
            text=row.text,
            round=row.round,
            parents=row.parents,
            fault=row.fault,
            train=row.train,
            select=row.select,
            errors=row.errors,
        )


def _looks(search: str, rows: Sequence[LedgerRow]) -> Iterator[TriedLook]:
    mine = {e.look: e for e in rows if isinstance(e, LookRow) and e.search == search}
    for _, row in sorted(mine.items()):
        yield TriedLook(row.trial, row.look, row.level, row.p, row.verdict, row.why, row.branch)

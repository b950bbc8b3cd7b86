"""The tables of a run: scores and what they took, of many evals those that moved."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table

from promptci.compare.outcomes.outcome import EvalOutcome, lost_ids
from promptci.render import figures
from promptci.render.terminal.evaluate.runremarks import change_cells
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import fits, table, text

MOST_ROWS = 20
"""Evals that are all shown; of more those that moved, or else those with the lowest scores."""

_NAMES = {"eval": "left", "model": "left"}
_SCORES = dict.fromkeys(("score", "95%", "passed", "change", "lost", "won"), "right")
_SPENT = dict.fromkeys(("tokens", "cost", "p50", "p95", "asked", "cached"), "right")
_STYLES = {"lost": "red", "won": "green", "errors": "red"}


def telling(outcomes: Sequence[EvalOutcome]) -> tuple[EvalOutcome, ...]:
    """The evals that are worth a row each: all, or of many those that tell most, in their order."""
    if len(outcomes) <= MOST_ROWS:
        return tuple(outcomes)
    moved = [each for each in outcomes if has_moved(each)] or outcomes
    chosen = {id(each) for each in sorted(moved, key=_place)[:MOST_ROWS]}
    return tuple(each for each in outcomes if id(each) in chosen)


def has_moved(outcome: EvalOutcome) -> bool:
    """Whether there is anything to say of an eval that was not so at the last commit."""
    found = outcome.comparison
    if found is None or found.obstacle or outcome.failures or outcome.open_question:
        return True
    return bool(outcome.record.errors or lost_ids(outcome) or found.ids("won") or found.delta)


def _place(outcome: EvalOutcome) -> tuple[bool, int, float, float]:
    """What blocks first, then what lost most, fell most, and has the lowest score."""
    found = outcome.comparison
    fell = found.delta if found and not found.obstacle and found.delta else 0.0
    is_blocked = bool(outcome.failures or outcome.open_question or outcome.is_undecided)
    return not is_blocked, -len(lost_ids(outcome)), fell, outcome.record.score


def run_tables(outcomes: Sequence[EvalOutcome], look: Look) -> Iterator[RenderableType]:
    """Scores and what they took, in one table where it fits, else one below the other."""
    shown = telling(outcomes)
    yield from _shown_tables(shown, look)
    if len(shown) < len(outcomes):
        chosen = set(map(id, shown))
        yield text(_rest([each for each in outcomes if id(each) not in chosen]))


def _rest(outcomes: Sequence[EvalOutcome]) -> str:
    """What is said of the evals without a row."""
    passed = sum(each.record.passed for each in outcomes)
    total = sum(each.record.total for each in outcomes)
    is_still = not any(map(has_moved, outcomes))
    how = ", as at the last commit" if is_still else ""
    number = figures.counted(len(outcomes), "more eval")
    return f"… {number}: {passed:,} of {total:,} passed{how} (--json has all)"


def _shown_tables(outcomes: Sequence[EvalOutcome], look: Look) -> Iterator[RenderableType]:
    names = [(outcome.title, outcome.task.model_names) for outcome in outcomes]
    scores = [_scores(outcome) for outcome in outcomes]
    spent = [_spent(outcome) for outcome in outcomes]
    columns = dict(_SCORES)
    if any(outcome.record.errors for outcome in outcomes):
        columns["errors"] = "right"
        scores = [(*row, str(o.record.errors)) for row, o in zip(scores, outcomes, strict=True)]
    rows = zip(names, scores, spent, strict=True)
    if all(_is_free(outcome) for outcome in outcomes):
        yield _table(_NAMES | columns, [(*a, *b) for a, b in zip(names, scores, strict=True)])
        return
    whole = _table(_NAMES | columns | _SPENT, [(*a, *b, *c) for a, b, c in rows])
    if fits(whole, look):
        yield whole
        return
    yield _table(_NAMES | columns, [(*a, *b) for a, b in zip(names, scores, strict=True)])
    yield ""
    yield _table(_NAMES | _SPENT, [(*a, *c) for a, c in zip(names, spent, strict=True)])


def _table(columns: dict[str, str], rows: Sequence[tuple[str, ...]]) -> Table:
    made = table(columns)
    for row in rows:
        cells = zip(columns, row, strict=True)
        made.add_row(*(text(cell, _style(title, cell)) for title, cell in cells))
    return made


def _style(title: str, cell: str) -> str:
    """Colour only where something happened."""
    if title == "change":
        return {"-": "red", "+": "green"}.get(cell[:1], "")
    return "" if cell in ("", "0") else _STYLES.get(title, "")


def _scores(outcome: EvalOutcome) -> tuple[str, ...]:
    record = outcome.record
    return (
        figures.share(record.score) if record.total > record.errors else "none",
        figures.interval(outcome.interval),
        f"{record.passed}/{record.total}",
        *change_cells(outcome),
    )


def _is_free(outcome: EvalOutcome) -> bool:
    """Whether nothing was taken that could be shown: outputs obtained elsewhere, and no judge."""
    spent = outcome.spent
    return not (spent.is_known or spent.asked or spent.cached)


def _spent(outcome: EvalOutcome) -> tuple[str, ...]:
    spent = outcome.spent
    if not spent.is_known:
        return "", "", "", "", str(spent.asked), str(spent.cached)
    p50, p95 = map(figures.seconds, spent.latencies) if spent.latencies else ("", "")
    tokens = figures.tokens(spent.input_tokens, spent.output_tokens)
    return tokens, figures.money(spent.cost), p50, p95, str(spent.asked), str(spent.cached)

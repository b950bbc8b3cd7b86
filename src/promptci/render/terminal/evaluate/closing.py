"""The last lines of a run, for stderr: what was asked, what it cost, what to do next."""

from collections.abc import Collection, Sequence
from shlex import quote

from promptci.compare.outcomes.outcome import EvalOutcome, lost_ids
from promptci.render import figures
from promptci.spending.limits import Progress, Taken

MOST_WRITTEN = 6
"""Records that are all named; of more the first few."""
_FEW = 3


def so_far(progress: Progress) -> str:
    """How far a run came that ended before its end."""
    return f"{progress.done:,} of {progress.total:,} examples done; {_asked(progress)}"


def closing(
    progress: Progress,
    written: Sequence[str],
    outcomes: Sequence[EvalOutcome],
    *,
    keeps: bool,
    tried: Collection[tuple[str, str]] = (),
) -> str:
    """The last lines, for stderr: what was asked, what it cost, what was written, what next.

    `keeps` says whether records were to be written at all. `tried` holds evals with a model that
    they do not name: of these no record is kept.
    """
    kept = "no record changed" if keeps else "no record was written"
    if written:
        kept = f"wrote {_named(written)}"
    elif keeps and tried:
        names = ", ".join(f"`{model}`" for model in dict.fromkeys(model for _, model in tried))
        kept = f"no record was written of {names}, which these evals do not name"
    return f"{_asked(progress)}; {kept}{_hint(outcomes, tried)}"


def _named(paths: Sequence[str]) -> str:
    """Files by their names, of many the first few."""
    if len(paths) <= MOST_WRITTEN:
        return ", ".join(paths)
    return f"{', '.join(paths[:_FEW])} and {figures.counted(len(paths) - _FEW, 'more record')}"


def _asked(progress: Progress) -> str:
    cost = None if progress.has_unknown_cost else progress.cost
    said = figures.taken(Taken(progress.asked, progress.cached, cost, progress.calls))
    if not progress.read_tokens:
        return said
    read, sent = figures.count(progress.read_tokens), figures.count(progress.input_tokens)
    return f"{said}; of {sent} input tokens {read} came from the provider's cache"


def _hint(outcomes: Sequence[EvalOutcome], tried: Collection[tuple[str, str]]) -> str:
    """How to see what fails, where any answer here does: what was lost first, then the worst."""
    stored = (each for each in outcomes if each.spent.is_known)
    for record in (each.record for each in sorted(stored, key=_order)):
        if record.passed < record.total:
            is_tried = (record.eval, record.model) in tried
            option = f" --model {quote(record.model)}" if is_tried else ""
            return f"\n`promptci show {record.eval}{option}` shows what fails, and why"
    return ""


def _order(outcome: EvalOutcome) -> tuple[bool, int, float]:
    """Sorts the worst first."""
    share = outcome.record.passed / max(outcome.record.total, 1)
    return not outcome.failures, -len(lost_ids(outcome)), share

"""The last lines of a run, for stderr: what was asked, what it cost, what to do next."""

from collections.abc import Sequence

from promptci.compare.outcome import EvalOutcome
from promptci.render import figures
from promptci.spending.limits import Progress, Taken


def so_far(progress: Progress) -> str:
    """How far a run came that ended before its end."""
    return f"{progress.done:,} of {progress.total:,} examples done; {_asked(progress)}"


def closing(
    progress: Progress, written: Sequence[str], outcomes: Sequence[EvalOutcome], *, keeps: bool
) -> str:
    """The last lines, for stderr: what was asked, what it cost, what was written, what next.

    `keeps` says whether records were to be written at all.
    """
    kept = "no record changed" if keeps else "no record was written"
    if written:
        kept = f"wrote {', '.join(written)}"
    return f"{_asked(progress)}; {kept}{_hint(outcomes)}"


def _asked(progress: Progress) -> str:
    cost = None if progress.has_unknown_cost else progress.cost
    said = figures.taken(Taken(progress.asked, progress.cached, cost, progress.calls))
    if not progress.read_tokens:
        return said
    read, sent = figures.count(progress.read_tokens), figures.count(progress.input_tokens)
    return f"{said}; of {sent} input tokens {read} came from the provider's cache"


def _hint(outcomes: Sequence[EvalOutcome]) -> str:
    """How to see what fails, where anything does."""
    names = dict.fromkeys(o.record.eval for o in outcomes if o.record.passed < o.record.total)
    return f"\n`promptci show {next(iter(names))}` shows what fails, and why" if names else ""

"""Batches that were sent: a row each."""

from collections.abc import Iterator, Sequence

from promptci.batching.receipt import ASSUMED, CANCELLING, OPEN, Receipt
from promptci.render.terminal.look import Look
from promptci.render.terminal.screen import draw, table, text

_COLUMNS = {
    "batch": "left",
    "endpoint": "left",
    "model": "left",
    "requests": "right",
    "answered": "right",
    "is": "left",
}

_STAGES = {"planned": "not known to be sent", "sent": "under way", "failed": "not begun"}


def batches(found: Sequence[Receipt], look: Look) -> str:
    """A table of batches, or a sentence where there are none."""
    if not found:
        return draw((text("no batches: `promptci run --batch` sends one"),), look)
    made = table(_COLUMNS)
    for each in found:
        made.add_row(*map(text, _row(each)))
    return draw((made, *map(text, _next(found))), look)


def _next(found: Sequence[Receipt]) -> Iterator[str]:
    """What to do about batches that have not been collected, and with the answers of others."""
    open_ = sum(each.stage in OPEN for each in found)
    if open_:
        are = "batch is" if open_ == 1 else "batches are"
        yield (
            f"{open_:,} {are} not collected: `promptci batch collect` "
            "stores the answers of those that have ended, `promptci batch cancel` ends the others."
        )
    elif any(each.answered for each in found):
        yield "Their answers are stored: the command that sent them finds them there."


def _row(each: Receipt) -> tuple[str, ...]:
    answered = f"{each.answered:,}" if each.stage == "collected" else ""
    state = _STAGES.get(each.stage, f"collected ({each.state})")
    if each.stage == "sent" and each.state == CANCELLING:
        state = "being cancelled"
    elif each.stage == "sent" and each.state == ASSUMED:
        state = "under way, or another's"
    return each.name, each.endpoint, each.model, f"{each.count:,}", answered, state

"""How the examples with one tag or expected value moved, in a sentence."""

from typing import TYPE_CHECKING

from promptci.render.figures import points

if TYPE_CHECKING:
    from promptci.compare.outcomes.splits import ResultSplit


def split_sentence(found: "ResultSplit") -> str:
    """How the examples with one tag, or of which one value is expected, moved."""
    passed = [f"{t.passed:,}/{t.total:,}" for t in (found.base, found.head) if t is not None]
    moved = "" if found.delta is None else f", {points(found.delta)} points"
    return f"{found.kind} `{found.value}` {' → '.join(passed)}{moved}"

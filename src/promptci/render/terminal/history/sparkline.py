"""A curve in a line of text, and where it begins and ends."""

from collections.abc import Sequence

from promptci.render import figures

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(scores: Sequence[float], width: int) -> str:
    """The last scores as bars between the lowest and the highest of them, oldest first."""
    shown = scores[-width:]
    low, high = min(shown), max(shown)
    if high == low:
        return _BARS[len(_BARS) // 2] * len(shown)
    top = len(_BARS) - 1
    return "".join(_BARS[round((score - low) / (high - low) * top)] for score in shown)


def ends(scores: Sequence[float]) -> str:
    """The first and the last score, once where they are the same."""
    first, last = figures.share(scores[0]), figures.share(scores[-1])
    return first if first == last else f"{first} to {last}"

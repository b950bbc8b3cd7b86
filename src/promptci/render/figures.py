"""Figures as people read them: shares, money, tokens, seconds."""

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING

from promptci.spending.limits import Taken

if TYPE_CHECKING:
    from promptci.stats.uncertainty import Interval

LEAST_P = 1e-300
"""Below this only the logarithm of a p value is to be trusted."""


def share(value: float) -> str:
    """A share in percent with one decimal."""
    return f"{100 * value:.1f}%"


def metric(value: float) -> str:
    """A metric: in percent if it can be a share, which a derived one need not be."""
    return share(value) if 0 <= value <= 1 else f"{value:,.4g}"


def points(value: float) -> str:
    """A difference of shares in percentage points, always with its sign."""
    rounded = round(100 * value, 1)
    return f"{rounded:+.1f}" if rounded else "±0.0"


def interval(value: "Interval | None") -> str:
    """An interval of shares in whole percent; in tenths where the ends would read the same."""
    if value is None:
        return ""
    low, high = (f"{100 * end:.0f}" for end in (value.low, value.high))
    tenths = [f"{100 * end:.1f}" for end in (value.low, value.high)]
    return f"{low}-{high}%" if low != high or tenths[0] == tenths[1] else "{}-{}%".format(*tenths)


def money(value: Decimal | None) -> str:
    """US dollars; `?` if no price is known."""
    if value is None:
        return "?"
    if not value:
        return "$0"
    if value < Decimal("0.0001"):
        return "<$0.0001"
    return f"${value:.2f}" if value >= 1 else f"${value:.4f}"


def count(value: int) -> str:
    """A count of tokens, shortened from ten thousand on."""
    if value < 10_000:
        return str(value)
    return f"{value / 1000:.0f}k" if value < 1_000_000 else f"{value / 1_000_000:.1f}M"


def tokens(sent: int, received: int) -> str:
    """Tokens of questions and answers, as in `1570+12`."""
    return f"{count(sent)}+{count(received)}"


def seconds(value: float) -> str:
    """A duration."""
    if value < 10:
        return f"{value:.2f}s"
    if value < 120:
        return f"{value:.0f}s"
    return f"{value // 60:.0f}m{value % 60:02.0f}s"


def p_value(value: float) -> str:
    """A p value with three figures that matter; one too small for a double as such."""
    if value < LEAST_P:
        return f"< {LEAST_P:.0e}"
    return f"{value:.1e}" if value < 0.001 else f"{value:.3f}".rstrip("0").rstrip(".")


def plain_points(value: float) -> str:
    """A size in percentage points without a sign and without a needless decimal: `18`, `2.5`."""
    return f"{abs(100 * value):.1f}".removesuffix(".0")


def counted(count: int, noun: str) -> str:
    """A count with its noun: `1 eval`, `2 evals`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def verdict_word(verdict: str, *, is_untouched: bool) -> str:
    """A verdict; `unchanged` where nothing differs that more examples could tell of."""
    return "unchanged" if verdict == "underpowered" and is_untouched else verdict


def relative(base: float, head: float) -> str:
    """A change in whole percent, empty where the base is nothing."""
    if not base:
        return ""
    rounded = round(100 * (head - base) / base)
    return f"{rounded:+}%" if rounded else "±0%"


def taken(found: Taken) -> str:
    """How many answers were asked for, what that cost, and how many were stored.

    Where more calls were sent than answered, their number is given as well.
    """
    price = " at an unknown cost" if found.cost is None else f" for {money(found.cost)}"
    said = f"{found.asked:,} asked"
    if found.calls > found.asked:
        said = f"{found.asked:,} answered of {counted(found.calls, 'call')}"
    return f"{said}{price if found.asked else ''}, {found.cached:,} from the cache"


def verb_of(several: Collection[object], one: str, many: str) -> str:
    """The form of a verb for so many."""
    return one if len(several) == 1 else many

"""Scripts that compute a number from the length of an output: which lengths pass.

promptfoo lets a number pass that is above zero, or reaches the assertion's threshold.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from promptci.parsing.expression import Expression, ExpressionError

_LENGTH = re.compile(r"\boutput\.length\b|\blen\(output\)")
_FURTHEST = 20_000
"""Lengths are tried up to here: answers are rarely longer, and formulas change before."""


@lru_cache(maxsize=256)
def lengths_that_pass(code: str, threshold: float | None) -> Mapping[str, int] | None:
    """The bounds of `length` that say what a formula says; None for all other code.

    The formula may hold numbers, `output.length`, + - * /, brackets, and the least or the greatest
    of several. None too where what passes is no single run of lengths.
    """
    text = re.sub(r"\bMath\.(min|max)\(", r"\1(", _LENGTH.sub("n", code.strip().rstrip(";")))
    if "n" not in re.findall(r"[A-Za-z_]\w*", text):
        return None
    try:
        formula = Expression.parse(text)
        if formula.names != {"n"}:
            return None
        passing = [_passes(formula.value({"n": n}), threshold) for n in range(_FURTHEST + 1)]
    except ExpressionError:
        return None
    return _bounds(passing)


def _passes(value: float, threshold: float | None) -> bool:
    return value > 0 if threshold is None else value >= threshold


def _bounds(passing: list[bool]) -> Mapping[str, int] | None:
    """The one run of places that pass, as its first and last, open where the list ends."""
    if True not in passing:
        return None
    first = passing.index(True)
    last = len(passing) - 1 - passing[::-1].index(True)
    if not all(passing[first : last + 1]):
        return None
    if last == len(passing) - 1:
        return {"min": first}
    return {"max": last} if first == 0 else {"min": first, "max": last}

"""Requests of which one list or another is asked: what takes no less than either."""

from collections.abc import Sequence

from promptci.specs.request import Request
from promptci.spending.estimate import estimate


def either_of(one: Sequence[Request], other: Sequence[Request]) -> list[Request]:
    """Requests that take no less than either list, largest beside largest.

    Of two on one model the one that takes no less of anything counts for both; else both count.
    """
    found: list[Request] = []
    left, right = (sorted(each, key=_size, reverse=True) for each in (one, other))
    for mine, its in zip(left, right, strict=False):
        larger = [a for a, b in ((mine, its), (its, mine)) if _covers(a, b)]
        found += larger[:1] or (mine, its)
    both = min(len(left), len(right))
    return [*found, *left[both:], *right[both:]]


def _covers(one: Request, other: Request) -> bool:
    a, b = estimate(one), estimate(other)
    is_same = one.settings.model.identity == other.settings.model.identity
    is_no_less = a.input_tokens >= b.input_tokens and a.output_tokens >= b.output_tokens
    return is_same and is_no_less


def _size(request: Request) -> tuple[int, int]:
    usage = estimate(request)
    return usage.output_tokens, usage.input_tokens

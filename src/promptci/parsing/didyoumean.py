"""A name that is not known: which one may be meant, and how to say so."""

from collections.abc import Iterable

MOST_LISTED = 30
"""Names that a sentence lists."""

_BEGUN = 2
"""Letters at the beginning of a name that tell which one is meant."""


def nearest_name(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known name in small letters that a name is most like, at least `cutoff`; else empty."""
    from difflib import get_close_matches  # late: few commands need it

    return next(iter(get_close_matches(name[:80].lower(), known, n=1, cutoff=cutoff)), "")


def meant_name(name: str, known: Iterable[str]) -> str:
    """The known name that is probably meant: the nearest, or the one it begins; else empty."""
    by_lower = {each.lower(): each for each in sorted(known)}
    near = nearest_name(name, by_lower)
    if not near and len(name) >= _BEGUN and len(by_lower) > 1:
        begun = [each for each in by_lower if each.startswith(name.lower())]
        near = begun[0] if len(begun) == 1 else ""
    return by_lower.get(near, "")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Advice about a name that is not known: the one that is probably meant, or all known."""
    names = sorted(known)
    if near := meant_name(name, names):
        return f"did you mean `{near}`?"
    listed = ", ".join(f"`{each}`" for each in names[:MOST_LISTED])
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return f"known are {listed}{more}" if names else "none is known"

"""Which part of a split an example falls into: by its digest, so that it stays there."""

from promptci.digest import digest

_SPACE = 16**16


def split_place(identity: str, seed: int) -> float:
    """A number in [0, 1) that depends on nothing but an identity and a seed."""
    return int(digest([seed, identity])[:16], 16) / _SPACE

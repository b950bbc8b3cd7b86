"""Equal content, equal address: canonical JSON and its SHA-256."""

import hashlib
import json

_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")
)

LONG = 32
"""Hex digits kept of a digest that is compared in the place of what it stands for: 128 bits."""

SHORT = 12
"""Hex digits of a name made from content, where equal names are seen and told apart or refused.

Records of format 1 had digests of this length where there are `LONG` ones now.
"""


class ContentDigest(str):
    """The digest of a file or a text inside a larger value, which a longer digest covers.

    Its type tells it from any text that merely looks like one.
    """

    __slots__ = ()


def canonical_json(value: object) -> str:
    """JSON with sorted keys, no white space and ASCII only: one text for one value.

    Takes what JSON can hold. Raises `ValueError` for NaN and infinities and `TypeError` for
    anything that is not JSON. Escapes instead of raw Unicode, so that a lone surrogate from a
    broken file has an address too.
    """
    return _ENCODER.encode(value)


def digest(value: object) -> str:
    """The SHA-256 of a value's canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def long_digest(value: object) -> str:
    """The first `LONG` hex digits of a value's digest, to be compared instead of the value."""
    return digest(value)[:LONG]


def content_digest(value: object) -> ContentDigest:
    """The same, for a place inside a value that has a digest itself."""
    return ContentDigest(long_digest(value))


def short_digest(value: object) -> str:
    """The first `SHORT` hex digits of a value's digest: a name for it, no proof of equality."""
    return digest(value)[:SHORT]

"""Equal content, equal address: canonical JSON and its SHA-256."""

import hashlib
import json

_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")
)

SHORT = 12
"""Hex digits kept where a digest tells apart the parts of one file: 48 bits."""


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


def short_digest(value: object) -> str:
    """The first `SHORT` hex digits of a value's digest."""
    return digest(value)[:SHORT]

"""Equal content, equal address: canonical JSON and its SHA-256."""

import hashlib
import json
from json import encoder

_ENCODER = json.JSONEncoder(
    sort_keys=True, ensure_ascii=True, allow_nan=False, separators=(",", ":")
)

_QUOTE = encoder.encode_basestring_ascii

_MAKE = getattr(encoder, "c_make_encoder", None)
_CHUNKS = _MAKE and _MAKE(None, _ENCODER.default, _QUOTE, None, ":", ",", True, False, False)
"""What `JSONEncoder` makes for every value again, which takes as long as what it is made for."""

LONG = 32
"""Hex digits kept of a digest that is compared in place of what it was made from: 128 bits."""

SHORT = 12
"""Hex digits of a name made from content, where equal names are seen and told apart or refused.

Records of format 1 had digests of this length where there are `LONG` ones now.
"""


SAID_BYTES = 8
"""Bytes of the digest by which it is told whether two answers have the same words."""


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
    return _ENCODER.encode(value) if _CHUNKS is None else "".join(_CHUNKS(value, 0))


def canonical_text(text: str) -> str:
    """The same of a text, in a tenth of the time."""
    return _QUOTE(text)


def digest(value: object) -> str:
    """The SHA-256 of a value's canonical JSON, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def said_digest(text: str) -> bytes:
    """The digest of what was answered, in `SAID_BYTES`: for many at once, each held beside."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=SAID_BYTES).digest()


def long_digest(value: object) -> str:
    """The first `LONG` hex digits of a value's digest, to be compared instead of the value."""
    return digest(value)[:LONG]


def content_digest(value: object) -> ContentDigest:
    """The same, for a place inside a value that has a digest itself."""
    return ContentDigest(long_digest(value))


def short_digest(value: object) -> str:
    """The first `SHORT` hex digits of a value's digest: a name for it, no proof of equality."""
    return digest(value)[:SHORT]

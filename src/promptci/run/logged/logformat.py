"""The lines of a run log: what each may hold, written and read."""

import json

import msgspec

FORMAT = 1


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One example of one run. `scores` holds label, value, passed and why of each scorer."""

    eval: str
    model: str
    example: str
    attempt: int
    fate: str
    score: float
    key: str = ""
    scores: tuple[tuple[str, float, bool, str], ...] = ()
    why: str = ""


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """The first line of a log: its format and when the run began (RFC 3339, UTC).

    `evals` are those that the run was to evaluate, `total` their examples on all models; earlier
    versions wrote neither.
    """

    format: int
    began: str
    evals: tuple[str, ...] = ()
    total: int = 0


class End(msgspec.Struct, frozen=True):
    """The last line of the log of a run that ended; others were cut short."""

    done: int


class Same(msgspec.Struct, frozen=True):
    """So many results more are as earlier logs have them."""

    same: int


_encode = msgspec.json.Encoder().encode
_decode_head = msgspec.json.Decoder(Head).decode
_decode_same = msgspec.json.Decoder(Same).decode
_decode_end = msgspec.json.Decoder(End).decode
_decode = msgspec.json.Decoder(Line).decode


def read_head(raw: bytes) -> Head | None:
    """The head of a log of our format."""
    try:
        head = _decode_head(raw)
    except ValueError:
        return None
    return head if head.format == FORMAT else None


def count_results(raw: bytes) -> int:
    """How many results a line has."""
    if read_line(raw) is not None:
        return 1
    try:
        return _decode_same(raw).same
    except ValueError:
        return 0


def is_end(raw: bytes) -> bool:
    try:
        _decode_end(raw)
    except ValueError:
        return False
    return True


def read_line(raw: bytes) -> Line | None:
    try:
        return _decode(raw)
    except ValueError:
        return None


def encode_line(value: Line | Head | Same | End) -> bytes:
    try:
        return _encode(value)
    except UnicodeEncodeError:  # half a character, in a reason that quotes an answer
        return json.dumps(msgspec.to_builtins(value), ensure_ascii=False).encode("utf-8", "replace")

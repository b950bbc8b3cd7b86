"""An answer as a row of the cache, with a checksum: what was changed since is no answer."""

import zlib
from collections.abc import Sequence
from decimal import Decimal
from math import inf, isnan
from typing import Any, TypeAlias

from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage

FIELDS = (
    "key, text, outcome, finish_reason, input_tokens, output_tokens, latency, served_model, "
    "system_fingerprint, tool_calls, sampling, cost, seal, is_verbatim, thoughts, thought_tokens"
)
COUNT = FIELDS.count(",") + 1
"""How many values a row has."""

_TEXTS = {
    *("key", "text", "outcome", "finish_reason", "served_model"),
    *("system_fingerprint", "tool_calls", "sampling", "cost", "thoughts"),
}
COLUMNS = ", ".join(f"CAST({n} AS BLOB)" if n in _TEXTS else n for n in FIELDS.split(", "))
"""What to select: texts as bytes, since SQLite gives up a whole query for a single bad one."""

CacheRow: TypeAlias = tuple[Any, ...]

_ALTERED = b"[redacted]"
"""What earlier versions put in the place of a secret in an answer."""

_NOT_MEASURED = "nan"
"""A latency that is NaN: as a number SQLite would take it for NULL."""

_MOST_COST = 10**9
"""US dollars; no answer costs more."""


def row(key: str, completion: Completion) -> CacheRow:
    """An answer, ready to be written."""
    address, usage, cost = bytes.fromhex(key), completion.usage, completion.cost
    values = (
        completion.text,
        completion.outcome,
        completion.finish_reason,
        usage.input_tokens,
        usage.output_tokens,
        _NOT_MEASURED if isnan(completion.latency) else float(completion.latency),
        completion.served_model,
        completion.system_fingerprint,
        completion.tool_calls,
        completion.sampling,
        None if cost is None else str(cost),
    )
    seal = zlib.crc32(b"\x1f%b" % "\x1f".join(map(str, values)).encode(), zlib.crc32(address))
    return address, *values, seal, True, _sealed(completion.thoughts), usage.thought_tokens or None


def answer(values: Sequence[Any]) -> Completion | None:
    """The answer in a row that was read; None for one that is not as it was written.

    Rows of earlier versions have no checksum and are taken if they can be read at all. Others of
    these held what was left of an answer once secrets had been taken out: it is not what the model
    said. Thoughts have a checksum of their own, since earlier versions know nothing of them.
    """
    *fields, seal, is_verbatim, thoughts, thought_tokens = values
    if seal is not None and seal != _seal(fields):
        return None
    if not is_verbatim and any(_ALTERED in each for each in _raw(fields)):
        return None
    try:
        return _read([*fields, thoughts], int(thought_tokens or 0))
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        return None


def _read(fields: Sequence[Any], thought_tokens: int) -> Completion:
    decoded: list[Any] = [f.decode() if type(f) is bytes else f for f in fields[1:]]
    *decoded, cost, thoughts = decoded
    text, outcome, finish, asked, said, latency, model, fingerprint, calls, sampling = decoded
    price = None if cost is None else Decimal(cost)
    if price is not None and not (price.is_finite() and 0 <= price < _MOST_COST):
        raise ValueError(cost)
    return Completion(
        text=text,
        outcome=outcome,
        finish_reason=finish,
        usage=Usage(int(asked), int(said), thought_tokens=min(thought_tokens, int(said))),
        latency=_seconds(latency),
        served_model=model,
        system_fingerprint=fingerprint,
        tool_calls=calls,
        sampling=sampling,
        cost=price,
        thoughts=_unsealed(thoughts),
    )


def _seconds(latency: Any) -> float:
    """A latency, which may be NaN for not measured."""
    seconds = float(latency)
    if seconds == inf or seconds < 0:
        raise ValueError(latency)
    return seconds


def _sealed(thoughts: str) -> str | None:
    """Thoughts behind their own checksum; null where there are none."""
    return f"{_seal([thoughts]):08x}{thoughts}" if thoughts else None


def _unsealed(stored: str | None) -> str:
    if stored is None:
        return ""
    thoughts = stored[8:]
    if stored != _sealed(thoughts):
        raise ValueError(stored)
    return thoughts


def _seal(fields: Sequence[Any]) -> int:
    """CRC-32 of a row: it finds every change of up to 32 neighbouring bits."""
    return zlib.crc32(b"\x1f".join(_raw(fields)))


def _raw(fields: Sequence[Any]) -> list[bytes]:
    """The same bytes for texts before they are written and after they are read."""
    return [
        each if type(each) is bytes else (each if type(each) is str else repr(each)).encode()
        for each in fields
    ]

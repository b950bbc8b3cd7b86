"""Bodies of OTLP as protocol buffers, which every receiver takes; not all take JSON.

https://github.com/open-telemetry/opentelemetry-proto, v1.9.0: the messages that exports use, and
https://protobuf.dev/programming-guides/encoding for how they are written.
"""

import struct
from collections.abc import Mapping
from typing import Any

_ANY_VALUE = {
    "stringValue": (1, "text"), "boolValue": (2, "varint"), "intValue": (3, "varint"),
    "doubleValue": (4, "double"), "arrayValue": (5, "ArrayValue"),
}  # fmt: skip
_RESOURCE = {
    "resource": (1, "Resource"),
    "scopeSpans": (2, "ScopeSpans"),
    "scopeLogs": (2, "ScopeLogs"),
}
_MESSAGES: Mapping[str, Mapping[str, tuple[int, str]]] = {
    "Request": {"resourceSpans": (1, "ResourceOf"), "resourceLogs": (1, "ResourceOf")},
    "ResourceOf": _RESOURCE,
    "Resource": {"attributes": (1, "KeyValue")},
    "ScopeSpans": {"scope": (1, "Scope"), "spans": (2, "Span")},
    "ScopeLogs": {"scope": (1, "Scope"), "logRecords": (2, "LogRecord")},
    "Scope": {"name": (1, "text"), "version": (2, "text")},
    "Span": {
        "traceId": (1, "hex"), "spanId": (2, "hex"), "name": (5, "text"), "kind": (6, "varint"),
        "startTimeUnixNano": (7, "fixed"), "endTimeUnixNano": (8, "fixed"),
        "attributes": (9, "KeyValue"), "status": (15, "Status"),
    },
    "Status": {"message": (2, "text"), "code": (3, "varint")},
    "LogRecord": {
        "timeUnixNano": (1, "fixed"), "severityNumber": (2, "varint"),
        "attributes": (6, "KeyValue"), "traceId": (9, "hex"), "spanId": (10, "hex"),
        "eventName": (12, "text"),
    },
    "KeyValue": {"key": (1, "text"), "value": (2, "AnyValue")},
    "AnyValue": _ANY_VALUE,
    "ArrayValue": {"values": (1, "AnyValue")},
}  # fmt: skip
"""The fields of each message by their names in JSON: number and type."""


def otlp_bytes(body: Mapping[str, Any]) -> bytes:
    """The body of an OTLP/JSON request as a protocol buffer. Raises `KeyError` for other fields."""
    return _message(body, "Request")


def _message(values: Mapping[str, Any], name: str) -> bytes:
    """Its fields in the order of their numbers; what is as if it were not there is left out."""
    fields = _MESSAGES[name]
    out = bytearray()
    for key in sorted(values, key=lambda key: fields[key][0]):
        number, kind = fields[key]
        value = values[key]
        if name != "AnyValue" and value in _UNSET:
            continue
        for each in value if isinstance(value, list) else [value]:
            out += _field(number, kind, each)
    return bytes(out)


_UNSET = ("", "0", 0)


def _field(number: int, kind: str, value: Any) -> bytes:
    """One field: its number and wire type, then what it holds."""
    if kind == "varint":
        return _varint(number << 3) + _varint(int(value) & 0xFFFF_FFFF_FFFF_FFFF)
    if kind == "fixed":
        return _varint(number << 3 | 1) + struct.pack("<Q", int(value))
    if kind == "double":
        return _varint(number << 3 | 1) + struct.pack("<d", value)
    data = _SCALARS[kind](value) if kind in _SCALARS else _message(value, kind)
    return _varint(number << 3 | 2) + _varint(len(data)) + data


_SCALARS = {"text": str.encode, "hex": bytes.fromhex}


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the highest bit says that more follow."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)

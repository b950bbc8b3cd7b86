"""OTLP as protocol buffers: the bytes that opentelemetry-proto 1.45.2 makes of the same request."""

import pytest

from promptci.exporters.otlpbytes import otlp_bytes

SPAN = {
    "traceId": "0af7651916cd43dd8448eb211c80319c",
    "spanId": "b7ad6b7169203331",
    "name": "chat é",
    "kind": 3,
    "startTimeUnixNano": "1767323045000000000",
    "endTimeUnixNano": "1767323045030648064",
    "attributes": [
        {"key": "n", "value": {"intValue": "-5"}},
        {"key": "z", "value": {"intValue": "0"}},
        {"key": "t", "value": {"doubleValue": 0.5}},
        {"key": "b", "value": {"boolValue": False}},
        {"key": "l", "value": {"arrayValue": {"values": [{"stringValue": "stop"}]}}},
    ],
    "status": {"code": 2, "message": "filtered"},
}
RECORDED = (
    "0abf010a1c0a1a0a0c736572766963652e6e616d65120a0a0870726f6d70746369129e010a0d0a0870726f6d70746369"
    "120131128c010a100af7651916cd43dd8448eb211c80319c1208b7ad6b71692033312a076368617420c3a93003390032"
    "961cf2ca86184100d9691ef2ca86184a100a016e120b18fbffffffffffffffff014a070a017a120218004a0e0a017412"
    "0921000000000000e03f4a070a0162120210004a0f0a016c120a2a080a060a0473746f707a0c120866696c7465726564"
    "1802"
)


def body(*spans):
    attributes = [{"key": "service.name", "value": {"stringValue": "promptci"}}]
    scope = {"name": "promptci", "version": "1"}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": attributes},
                "scopeSpans": [{"scope": scope, "spans": list(spans)}],
            }
        ]
    }


def test_the_bytes_are_those_of_the_official_library():
    assert otlp_bytes(body(SPAN)).hex() == RECORDED


def test_the_order_of_keys_changes_nothing():
    assert otlp_bytes(body(dict(reversed(SPAN.items())))).hex() == RECORDED


def test_a_field_that_is_not_known_is_no_silent_loss():
    with pytest.raises(KeyError):
        otlp_bytes(body({**SPAN, "links": []}))

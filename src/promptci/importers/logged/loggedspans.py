"""Calls of models in OTLP/JSON: messages in attributes of spans, in their events, in a log."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from promptci.importers.logged.flatspans import MODELS, flat_turns
from promptci.importers.logged.vercelspans import step_turns
from promptci.parsing.logged.loggedturns import sent_turns
from promptci.parsing.logged.loggedvalues import fields_in, json_text, list_in, parts_of, unpacked
from promptci.parsing.source import Plain

_Event = tuple[str, Mapping[str, Plain]]
"""The name of an event, and what it carries: its attributes, and the fields of its body."""


class SpannedCall(Struct, frozen=True):
    """What a span says of a call: the turns, the answer as it is there, and the model."""

    turns: list[Plain]
    answer: Plain
    model: Plain


def spanned_calls(row: Mapping[str, Plain]) -> Iterator[SpannedCall]:
    """The calls in what an exporter of OTLP/JSON wrote at once: spans, or records of a log."""
    for span in _inner(row, "resourceSpans", "scopeSpans", "spans"):
        attributes = _attributes(span)
        events = [(str(each.get("name")), _attributes(each)) for each in _objects(span, "events")]
        logged = [_logfire(each) for each in map(fields_in, list_in(attributes.get("events")))]
        yield from _calls(attributes, [*events, *logged])
    by_span: dict[tuple[str, str], list[_Event]] = {}
    for record in _inner(row, "resourceLogs", "scopeLogs", "logRecords"):
        key = (str(record.get("traceId", "")), str(record.get("spanId", "")))
        by_span.setdefault(key, []).append(_of_record(record))
    for of_span in by_span.values():
        yield from _calls({}, of_span)


def _objects(fields: Mapping[str, Plain], key: str) -> Iterator[dict[str, Plain]]:
    yield from map(fields_in, list_in(fields.get(key)))


def _inner(row: Mapping[str, Plain], *keys: str) -> Iterator[Mapping[str, Plain]]:
    """What is nested under some keys, each of them a list."""
    if not keys:
        yield row
        return
    for each in _objects(row, keys[0]):
        yield from _inner(each, *keys[1:])


def _attributes(holder: Mapping[str, Plain]) -> dict[str, Plain]:
    return {
        str(each.get("key")): _value(each.get("value")) for each in _objects(holder, "attributes")
    }


def _value(given: Plain) -> Plain:
    """A value of OTLP/JSON: a text, or lists and mappings of such; None for all else."""
    parts = fields_in(given)
    if "arrayValue" in parts:
        return [_value(each) for each in list_in(fields_in(parts["arrayValue"]).get("values"))]
    if "kvlistValue" in parts:
        pairs = map(fields_in, list_in(fields_in(parts["kvlistValue"]).get("values")))
        return {str(pair.get("key")): _value(pair.get("value")) for pair in pairs}
    return parts.get("stringValue")


def _of_record(record: Mapping[str, Plain]) -> _Event:
    attributes = _attributes(record)
    body = _value(record.get("body"))
    name = record.get("eventName") or attributes.get("event.name")
    return str(name), {**attributes, **fields_in(body)}


def _logfire(event: Mapping[str, Plain]) -> _Event:
    return str(event.get("event.name")), event


def _calls(attributes: Mapping[str, Plain], events: list[_Event]) -> Iterator[SpannedCall]:
    details = [carried for name, carried in events if name == _DETAILS]
    for holder in [attributes, *details]:
        sent, said = _of_attributes(holder)
        if sent and said:
            yield SpannedCall(sent, said[0], _model({**attributes, **holder}))
            return
    sent, said = _of_events(events)
    if sent and said:
        yield SpannedCall(sent, said[0], _model(attributes))


_DETAILS = "gen_ai.client.inference.operation.details"


def _model(attributes: Mapping[str, Plain]) -> Plain:
    return next((attributes[name] for name in MODELS if attributes.get(name)), None)


def _of_attributes(holder: Mapping[str, Plain]) -> tuple[list[Plain], list[Plain]]:
    """The messages of the conventions of 2025 and later, else those that are one by one."""
    sent = sent_turns(holder.get("gen_ai.input.messages"))
    said = list_in(holder.get("gen_ai.output.messages"))
    if not sent and not said:
        one_by_one = flat_turns(holder)
        return one_by_one if one_by_one[0] else step_turns(holder)
    system = parts_of(list_in(holder.get("gen_ai.system_instructions"))).text
    return [{"role": "system", "content": system}, *sent] if system else sent, said


def _of_events(events: list[_Event]) -> tuple[list[Plain], list[Plain]]:
    """The messages of the conventions before: an event for each, `gen_ai.choice` for an answer."""
    sent: list[Plain] = []
    said: list[Plain] = []
    for name, carried in events:
        inner = {**carried, **fields_in(carried.get("gen_ai.event.content"))}
        role = _ROLE_OF.get(name)
        if role is not None:
            sent += sent_turns([{"role": role, **_message(inner)}])
        elif name == "gen_ai.choice":
            said.append(
                {"role": "assistant", **_message({**inner, **fields_in(inner.get("message"))})}
            )
        elif name == "gen_ai.content.prompt":
            sent += sent_turns(inner.get("gen_ai.prompt"))
        elif name == "gen_ai.content.completion":
            said.append(_first(inner.get("gen_ai.completion")))
    return sent, said


_ROLE_OF = {f"gen_ai.{role}.message": role for role in ("system", "user", "assistant", "tool")}


def _message(fields: Mapping[str, Plain]) -> dict[str, Plain]:
    """The fields of a message among an event's; a content in parts may be a JSON text."""
    content = fields.get("content", fields.get("message"))
    parts = unpacked(content)
    said = parts if isinstance(parts, list) and all(isinstance(e, dict) for e in parts) else content
    kept = {key: unpacked(fields[key]) for key in ("tool_calls", "id") if fields.get(key)}
    role: dict[str, Plain] = {"role": fields["role"]} if fields.get("role") else {}
    return {
        **role,
        "content": said if said is None or isinstance(said, list) else json_text(said),
        **kept,
    }


def _first(given: Plain) -> Plain:
    inner = unpacked(given)
    return inner[0] if isinstance(inner, list) and inner else given

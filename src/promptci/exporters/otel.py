"""Answers and their scores as OpenTelemetry in OTLP/JSON, by the conventions for generative AI.

https://github.com/open-telemetry/semantic-conventions-genai, v0.1.0: a span for each answer, and
the event `gen_ai.evaluation.result` for each score. Ids are hexadecimal, as OTLP/JSON wants them.
"""

import json
from collections.abc import Iterator

from promptci.digest import digest
from promptci.exporters.exported import (
    Exported,
    ExportedAnswer,
    ExportedEval,
    Exporter,
    ExportOptions,
    message_body,
)
from promptci.parsing.source import Plain
from promptci.specs.completion import Completion
from promptci.version import __version__

_NANO = 1_000_000_000
_BATCH = 500
"""Spans in one line."""


def write_otel(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """`traces.jsonl` and `logs.jsonl`: each line is a body for `/v1/traces` or `/v1/logs`."""
    return Exported(
        {
            "traces.jsonl": lambda: _batches(
                evals, options, "resourceSpans", "scopeSpans", "spans"
            ),
            "logs.jsonl": lambda: _batches(
                evals, options, "resourceLogs", "scopeLogs", "logRecords"
            ),
        }
    )


def _batches(
    evals: tuple[ExportedEval, ...], options: ExportOptions, outer: str, scoped: str, inner: str
) -> Iterator[bytes]:
    resource = {
        "attributes": _attributes(
            {"service.name": "promptci", "vcs.ref.head.revision": options.commit}
        )
    }
    scope = {"name": "promptci", "version": __version__}
    records: list[dict[str, object]] = []
    for record in _records(evals, options, inner):
        records.append(record)
        if len(records) == _BATCH:
            yield _line(outer, scoped, inner, resource, scope, records)
            records = []
    if records:
        yield _line(outer, scoped, inner, resource, scope, records)


def _line(
    outer: str, scoped: str, inner: str, resource: object, scope: object, records: object
) -> bytes:
    body = {outer: [{"resource": resource, scoped: [{"scope": scope, inner: records}]}]}
    return json.dumps(body, ensure_ascii=False).encode() + b"\n"


def _records(
    evals: tuple[ExportedEval, ...], options: ExportOptions, inner: str
) -> Iterator[dict[str, object]]:
    for each in evals:
        for answer in each.answers():
            if inner == "logRecords":
                yield from _events(each, answer, options)
            elif answer.completion is not None:
                yield _span(each, answer, answer.completion, options)


def _ids(each: ExportedEval, answer: ExportedAnswer) -> tuple[str, str]:
    """Ids of a trace and its span: the same for the same answer of the same example."""
    found = digest([each.name, answer.example.id, answer.request.key])
    return found[:32], found[32:48]


def _span(
    each: ExportedEval, answer: ExportedAnswer, completion: Completion, options: ExportOptions
) -> dict[str, object]:
    trace, span = _ids(each, answer)
    latency = completion.latency if completion.latency == completion.latency else 0.0
    start = options.time * _NANO
    has_failed = completion.outcome not in ("ok", "truncated", "refused", "empty")
    return {
        "traceId": trace,
        "spanId": span,
        "name": f"chat {each.task.model.model_id}",
        "kind": 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + int(latency * _NANO)),
        "attributes": _attributes(_span_attributes(each, answer, completion, options)),
        "status": {"code": 2, "message": completion.outcome} if has_failed else {"code": 1},
    }


def _span_attributes(
    each: ExportedEval, answer: ExportedAnswer, completion: Completion, options: ExportOptions
) -> dict[str, Plain]:
    parameters = answer.request.settings.parameters
    usage = completion.usage
    found: dict[str, Plain] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": each.task.model.endpoint.name,
        "gen_ai.request.model": each.task.model.model_id,
        "gen_ai.response.model": completion.served_model,
        "gen_ai.response.finish_reasons": [completion.finish_reason],
        "gen_ai.usage.input_tokens": usage.input_tokens or None,
        "gen_ai.usage.output_tokens": usage.output_tokens or None,
        "gen_ai.request.temperature": parameters.get("temperature"),
        "gen_ai.request.top_p": parameters.get("top_p"),
        "gen_ai.request.seed": parameters.get("seed"),
        "gen_ai.request.max_tokens": parameters.get("max_tokens"),
        "error.type": None if completion.outcome == "ok" else completion.outcome,
        "promptci.eval": each.name,
        "promptci.example": answer.example.id,
        "promptci.prompt": each.task.prompt.name,
        "promptci.request.key": answer.request.key,
    }
    if options.with_content:
        found["gen_ai.input.messages"] = json.dumps(_parts(answer), ensure_ascii=False)
        output = [{"role": "assistant", "parts": [{"type": "text", "content": completion.text}],
                   "finish_reason": completion.finish_reason}]  # fmt: skip
        found["gen_ai.output.messages"] = json.dumps(output, ensure_ascii=False)
    return found


def _parts(answer: ExportedAnswer) -> list[Plain]:
    return [
        {"role": turn["role"], "parts": [{"type": "text", "content": turn["content"]}]}
        for turn in message_body(answer.request)
        if isinstance(turn, dict)
    ]


def _events(
    each: ExportedEval, answer: ExportedAnswer, options: ExportOptions
) -> Iterator[dict[str, object]]:
    """An event for the example's verdict and one for each of its scores."""
    result = answer.result
    if result is None:
        return
    trace, span = _ids(each, answer)
    scores = [("promptci", result.score), *result.scores]
    for name, value in scores:
        label = result.fate if name == "promptci" else None
        attributes: dict[str, Plain] = {
            "gen_ai.evaluation.name": name,
            "gen_ai.evaluation.score.value": float(value),
            "gen_ai.evaluation.score.label": label,
            "promptci.eval": each.name,
            "promptci.example": answer.example.id,
        }
        yield {
            "timeUnixNano": str(options.time * _NANO),
            "eventName": "gen_ai.evaluation.result",
            "severityNumber": 9,
            "traceId": trace,
            "spanId": span,
            "attributes": _attributes(attributes),
        }


def _attributes(values: dict[str, Plain]) -> list[dict[str, object]]:
    """Attributes that have a value, each with its type."""
    return [
        {"key": key, "value": _any_value(value)}
        for key, value in values.items()
        if value not in (None, "")
    ]


def _any_value(value: Plain) -> dict[str, object]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any_value(each) for each in value]}}
    return {"stringValue": value if isinstance(value, str) else json.dumps(value)}


OTEL = Exporter("otel", "Answers and scores as OpenTelemetry (OTLP/JSON)", write_otel)

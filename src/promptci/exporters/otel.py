"""Answers and their scores as OpenTelemetry in OTLP/JSON, by the conventions for generative AI.

https://github.com/open-telemetry/semantic-conventions-genai, v0.1.0: a span for each answer, and
the event `gen_ai.evaluation.result` for each score. Ids are hexadecimal, as OTLP/JSON wants them.
"""

import json
from collections.abc import Callable, Iterator
from itertools import chain, groupby, islice
from typing import TypeAlias

from promptci.digest import digest
from promptci.errors import NothingToRunError
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


Body: TypeAlias = dict[str, object]
"""One request in OTLP/JSON."""


def write_otel(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Exported:
    """`traces.jsonl` and `logs.jsonl`: each line is a body for `/v1/traces` or `/v1/logs`."""

    def lines(bodies: Iterator[Body]) -> Iterator[bytes]:
        for body in bodies:
            yield json.dumps(body, ensure_ascii=False).encode() + b"\n"

    remarks = unanswered_remarks(evals)
    return Exported(
        {
            "traces.jsonl": lambda: lines(trace_bodies(evals, options)),
            "logs.jsonl": lambda: lines(log_bodies(evals, options)),
        },
        remarks,
    )


def unanswered_remarks(evals: tuple[ExportedEval, ...]) -> list[str]:
    """What there is to say of examples without a stored answer, which have no span.

    Raises `NothingToRunError` where nothing is stored of any example.
    """
    remarks: list[str] = []
    is_anything = False
    for each in evals:
        missing = total = 0
        for answer in each.answers():
            total += 1
            missing += answer.completion is None
            is_anything |= answer.completion is not None or answer.result is not None
        if missing:
            place = f" at {each.commit[:8]}" if each.commit != evals[-1].commit else ""
            remarks.append(
                f"`{each.name}` on `{each.task.model.name}`{place}: {missing:,} of {total:,} "
                "examples have no stored answer and so no span: `promptci run` asks for them"
            )
    if not is_anything:
        raise NothingToRunError(
            "no answer and no score is stored of these examples: `promptci run` asks for them"
        )
    return remarks


def trace_bodies(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Iterator[Body]:
    """Spans for `/v1/traces`: one of each answer, though several commits have it."""
    seen: set[tuple[str, str]] = set()

    def spans(each: ExportedEval) -> Iterator[Body]:
        for answer in each.answers():
            ids = _ids(each, answer)
            if answer.completion is not None and ids not in seen:
                seen.add(ids)
                yield _span(each, answer, answer.completion, options)

    return _batches(evals, spans, ("resourceSpans", "scopeSpans", "spans"))


def log_bodies(evals: tuple[ExportedEval, ...], options: ExportOptions) -> Iterator[Body]:
    """Events for `/v1/logs`: the verdict and each score, at each commit."""
    del options

    def events(each: ExportedEval) -> Iterator[Body]:
        for answer in each.answers():
            yield from _events(each, answer)

    return _batches(evals, events, ("resourceLogs", "scopeLogs", "logRecords"))


def _batches(
    evals: tuple[ExportedEval, ...],
    records: Callable[[ExportedEval], Iterator[Body]],
    names: tuple[str, str, str],
) -> Iterator[Body]:
    """Some hundred records at a time, those of a commit by themselves."""
    outer, scoped, inner = names
    scope = {"name": "promptci", "version": __version__}
    for commit, several in groupby(evals, key=lambda each: each.commit):
        attributes = {"service.name": "promptci", "vcs.ref.head.revision": commit}
        resource = {"attributes": _attributes(dict(attributes))}
        found = chain.from_iterable(map(records, several))
        while some := list(islice(found, _BATCH)):
            yield {outer: [{"resource": resource, scoped: [{"scope": scope, inner: some}]}]}


def records_in(body: Body) -> int:
    """How many spans or events a request holds."""
    [outer] = body.values()
    assert isinstance(outer, list)
    [[scoped]] = [each for each in outer[0].values() if isinstance(each, list)]
    return next(len(each) for each in scoped.values() if isinstance(each, list))


def _ids(each: ExportedEval, answer: ExportedAnswer) -> tuple[str, str]:
    """Ids of a trace and its span: the same for the same answer of the same example."""
    found = digest([each.name, answer.example.id, answer.request.key])
    return found[:32], found[32:48]


def _span(
    each: ExportedEval, answer: ExportedAnswer, completion: Completion, options: ExportOptions
) -> Body:
    trace, span = _ids(each, answer)
    latency = completion.latency if completion.latency == completion.latency else 0.0
    start = each.time * _NANO
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
        "gen_ai.request.top_k": parameters.get("top_k"),
        "gen_ai.request.frequency_penalty": parameters.get("frequency_penalty"),
        "gen_ai.request.presence_penalty": parameters.get("presence_penalty"),
        "gen_ai.request.stop_sequences": _as_list(parameters.get("stop")),
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


def _as_list(value: Plain) -> Plain:
    return [value] if isinstance(value, str) else value


def _parts(answer: ExportedAnswer) -> list[Plain]:
    return [
        {"role": turn["role"], "parts": [{"type": "text", "content": turn["content"]}]}
        for turn in message_body(answer.request)
        if isinstance(turn, dict)
    ]


def _events(each: ExportedEval, answer: ExportedAnswer) -> Iterator[Body]:
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
            "timeUnixNano": str(each.time * _NANO),
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
    if isinstance(value, int) and -(2**63) <= value < 2**63:
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [_any_value(each) for each in value]}}
    text = value if isinstance(value, str) else json.dumps(value)
    return {"stringValue": text.encode("utf-8", "replace").decode()}  # lone surrogates are no text


_TITLE = "Answers and scores as OpenTelemetry (OTLP/JSON)"
OTEL = Exporter("otel", _TITLE, write_otel, of_commits=True)

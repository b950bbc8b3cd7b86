"""Logs of calls to models: OpenAI-style JSONL, LiteLLM, OTLP/JSON spans, traces of Langfuse."""

import json
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from promptci.errors import Fault
from promptci.importers.flatspans import MODELS, flat_turns
from promptci.importers.rows import read_rows, turns_of
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark, Plain


class LoggedCall(Struct, frozen=True):
    """One call: the turns that were sent, the answer, and who answered."""

    turns: list[Plain]
    answer: str
    model: str
    mark: Mark


def read_log(sources: Sources, path: str, losses: list[Fault]) -> Iterator[LoggedCall]:
    """The calls in a log, in order; lines that hold none are losses."""
    for row, mark in read_rows(sources, path, losses):
        found = list(_calls(row, mark))
        if not found:
            losses.append(mark.fault("there is no call with messages and an answer in it"))
        yield from found


def _calls(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall]:
    for matches, read in _FORMS:
        if matches(row):
            yield from (call for call in read(row, mark) if call is not None)
            return


def _object(value: Plain) -> dict[str, Plain]:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _list(value: Plain) -> list[Plain]:
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []


def _call(turns: Plain, answer: Plain, model: Plain, mark: Mark) -> LoggedCall | None:
    kept = turns_of(_list(turns), mark, [])
    text = _answer(answer)
    if kept is None or text is None:
        return None
    return LoggedCall(kept, text, model if isinstance(model, str) else "", mark)


def _answer(value: Plain) -> str | None:
    """The text of an answer, in whichever form it was logged."""
    if isinstance(value, str) and value.lstrip()[:1] not in ("{", "["):
        return value
    parts = _object(value)
    spoken = [each for each in _list(parts.get("output")) if _object(each).get("type") == "message"]
    if spoken:  # of the Responses API
        parts = _object(spoken[-1])
    choices = _list(parts.get("choices"))
    if choices and isinstance(choices[0], dict):
        message = _object(choices[0].get("message"))
        parts = message or choices[0]
    content = parts.get("content", parts.get("text", parts.get("output_text")))
    if isinstance(content, list):
        content = "".join(str(each.get("text", "")) for each in content if isinstance(each, dict))
    if isinstance(content, str):
        return content
    return value if isinstance(value, str) and not parts else None


def _pairs(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A request with its response, as proxies and batch files have them."""
    request = _object(row.get("request", row.get("body", row)))
    request = _object(request.get("body", request))
    response = row.get("response", row.get("output", row.get("completion", row.get("answer"))))
    body = _object(response).get("body", response)
    turns = request.get("messages", row.get("messages")) or _responses_turns(request)
    yield _call(turns, body, request.get("model", row.get("model")), mark)


def _responses_turns(request: dict[str, Plain]) -> list[Plain]:
    """What a request of the Responses API sends: its instructions, and a text or turns."""
    given = request.get("input")
    turns = [_object(each) for each in _list(given)]
    if not turns and given:
        turns = [{"role": "user", "content": given}]
    if request.get("instructions"):
        turns.insert(0, {"role": "developer", "content": request["instructions"]})
    return [{**turn, "content": _plain_content(turn.get("content"))} for turn in turns if turn]


def _plain_content(content: Plain) -> Plain:
    """The text of a turn whose parts are all texts."""
    parts = [_object(each).get("text") for each in _list(content)]
    return "".join(map(str, parts)) if parts and None not in parts else content


def _is_responses(row: dict[str, Plain]) -> bool:
    """Whether a response of the Responses API was logged with its request's input beside."""
    return "input" in row and any(
        _object(each).get("type") == "message" for each in _list(row.get("output"))
    )


def _responses(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    yield _call(_responses_turns(row), row, row.get("model"), mark)


def _callback(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """What a callback of LiteLLM is given: the request as `kwargs`, the response beside it."""
    rest = {key: value for key, value in row.items() if key not in ("kwargs", "response_obj")}
    answer = row.get("response_obj", row.get("response"))
    yield from _pairs({**rest, "request": row["kwargs"], "response": answer}, mark)


def _chat(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A whole conversation: the last turn is the answer."""
    turns = _list(row.get("messages"))
    last = _object(turns[-1]) if turns else {}
    if last.get("role") == "assistant":
        yield _call(turns[:-1], last.get("content"), row.get("model"), mark)


def _traces(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A trace or observation of Langfuse, or several of them."""
    for each in _and_inner(row):
        given, said = each.get("input"), each.get("output")
        turns = _object(given).get("messages") or given
        if isinstance(turns, str) and not _list(turns):
            turns = [{"role": "user", "content": turns}]
        if given is not None and said is not None:
            yield _call(turns, said, each.get("model"), mark)


def _and_inner(row: dict[str, Plain]) -> Iterator[dict[str, Plain]]:
    """A trace with the observations in it, or the traces and observations of a page."""
    yield row
    for part in _list(row.get("data")):
        if isinstance(part, dict):
            yield part
            yield from map(_object, _list(part.get("observations")))
    yield from map(_object, _list(row.get("observations")))


def _spans(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """Spans of generative AI in OTLP/JSON, with their messages."""
    for resource in _list(row.get("resourceSpans")):
        for scope in _list(_object(resource).get("scopeSpans")):
            for span in _list(_object(scope).get("spans")):
                yield _span(_attributes(_object(span)), mark)


def _attributes(span: Mapping[str, Plain]) -> dict[str, Plain]:
    found: dict[str, Plain] = {}
    for each in _list(span.get("attributes")):
        parts = _object(each)
        found[str(parts.get("key"))] = _value(parts.get("value"))
    return found


def _value(given: Plain) -> Plain:
    """A value of OTLP/JSON: a text, or lists and mappings of such; None for all else."""
    parts = _object(given)
    if "arrayValue" in parts:
        return [_value(each) for each in _list(_object(parts["arrayValue"]).get("values"))]
    if "kvlistValue" in parts:
        pairs = map(_object, _list(_object(parts["kvlistValue"]).get("values")))
        return {str(pair.get("key")): _value(pair.get("value")) for pair in pairs}
    return parts.get("stringValue")


def _span(attributes: Mapping[str, Plain], mark: Mark) -> LoggedCall | None:
    sent = [_of_parts(each) for each in _list(attributes.get("gen_ai.input.messages"))]
    system = _list(attributes.get("gen_ai.system_instructions"))
    if system:
        sent.insert(0, {"role": "system", "content": _texts(system)})
    answers = [_of_parts(each) for each in _list(attributes.get("gen_ai.output.messages"))]
    if not sent and not answers:
        sent, answers = flat_turns(attributes)
    if not sent or not answers:
        return None
    model = next((attributes[name] for name in MODELS if attributes.get(name)), None)
    return _call(sent, _object(answers[0]), model, mark)


def _of_parts(message: Plain) -> Plain:
    """A message whose content is in parts, as the conventions have it."""
    parts = _object(message)
    return {"role": str(parts.get("role", "user")), "content": _texts(_list(parts.get("parts")))}


def _texts(parts: list[Plain]) -> str:
    return "".join(str(_object(each).get("content", "")) for each in parts)


_FORMS: tuple[
    tuple[
        Callable[[dict[str, Plain]], bool],
        Callable[[dict[str, Plain], Mark], Iterator[LoggedCall | None]],
    ],
    ...,
] = (
    (lambda row: "resourceSpans" in row, _spans),
    (lambda row: isinstance(row.get("kwargs"), dict), _callback),
    (_is_responses, _responses),
    (lambda row: bool({"response", "completion", "answer"} & set(row)), _pairs),
    (lambda row: "messages" in row and "output" in row, _pairs),
    (lambda row: "messages" in row, _chat),
    (lambda row: bool({"input", "observations", "data"} & set(row)), _traces),
)

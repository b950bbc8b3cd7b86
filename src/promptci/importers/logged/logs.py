"""Logs of calls to models: OpenAI-style JSONL, proxies, OTLP/JSON, Langfuse, LangSmith, Weave."""

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from promptci.errors import Fault
from promptci.importers.logged.loggedspans import spanned_calls
from promptci.importers.rows import read_rows, turns_of
from promptci.importers.sources import Sources
from promptci.parsing.logged.loggedanswers import (
    Answered,
    answered,
    as_said,
    calls_in,
)
from promptci.parsing.logged.loggedturns import sent_turns
from promptci.parsing.logged.loggedvalues import fields_in, first_of, list_in, unpacked_text
from promptci.parsing.source import Mark, Plain


class LoggedCall(Struct, frozen=True):
    """One call: the turns that were sent, the answer, its calls of tools, and who answered."""

    turns: list[Plain]
    answer: str
    model: str
    mark: Mark
    calls: tuple[Plain, ...] = ()

    @property
    def since_asked(self) -> list[Plain]:
        """The turns behind what the user said last: of an agent's later steps those before."""
        places = (n for n, t in enumerate(self.turns, 1) if fields_in(t).get("role") == "user")
        return self.turns[max(places, default=0) :]

    @property
    def trajectory(self) -> tuple[Plain, ...]:
        """All calls of tools since the user spoke last, those of this answer included."""
        return (*calls_in(self.since_asked), *self.calls)


def read_log(sources: Sources, path: str, losses: list[Fault]) -> Iterator[LoggedCall]:
    """The calls in a log, in order; lines that hold none are losses."""
    for row, mark in read_rows(sources, path, losses):
        found = list(_calls(row, mark))
        if not found and not is_other_step(row):
            losses.append(mark.fault("there is no call with messages and an answer in it"))
        yield from found


def _calls(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall]:
    for matches, read in _FORMS:
        if matches(row):
            yield from (call for call in read(row, mark) if call is not None)
            return


def _call(
    turns: list[Plain], answer: Answered | None, model: Plain, mark: Mark
) -> LoggedCall | None:
    kept = turns_of(turns, mark, [])
    if kept is None or answer is None:
        return None
    name = model if isinstance(model, str) else ""
    return LoggedCall(kept, answer.text, name, mark, answer.calls)


def _pairs(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A request with its response, as proxies and batch files have them."""
    request = fields_in(row.get("request", row.get("body", row)))
    request = fields_in(request.get("body", request))
    response = first_of(row, "response", "output", "completion", "answer")
    body = fields_in(response).get("body", response)
    sent = first_of(request, *_REQUESTS) is not None
    turns = sent_turns(request if sent else {"messages": row.get("messages")})
    model = first_of(request, "model") or row.get("model") or fields_in(body).get("model")
    yield _call(turns, answered(body), model, mark)


_REQUESTS = ("messages", "input", "contents", "prompt")


def _is_responses(row: dict[str, Plain]) -> bool:
    """Whether a response of the Responses API was logged with its request's input beside."""
    return "input" in row and any(
        fields_in(each).get("type") in ("message", "function_call")
        for each in list_in(row.get("output"))
    )


def _responses(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    yield _call(sent_turns(row), answered(row), row.get("model"), mark)


def _callback(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """What a callback of LiteLLM is given: the request as `kwargs`, the response beside it."""
    rest = {key: value for key, value in row.items() if key not in ("kwargs", "response_obj")}
    answer = row.get("response_obj", row.get("response"))
    whole = fields_in(row["kwargs"]).get("standard_logging_object")
    if answer is None and isinstance(whole, dict):
        yield from _pairs(whole, mark)
        return
    yield from _pairs({**rest, "request": row["kwargs"], "response": answer}, mark)


def _spent(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A row of LiteLLM's spend logs, whose `messages` are empty but in calls in real time."""
    asked = fields_in(unpacked_text(row["proxy_server_request"]))
    answer = unpacked_text(row.get("response"))
    yield from _pairs({**row, "request": asked, "response": answer}, mark)


def _kept_bodies(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A row of Helicone: the bodies of a request and of what came back."""
    asked, answer = unpacked_text(row["request_body"]), unpacked_text(row["response_body"])
    yield from _pairs({"model": row.get("model"), "request": asked, "response": answer}, mark)


def _chat(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A whole conversation: the last turn is the answer."""
    turns = sent_turns(row)
    if turns and fields_in(turns[-1]).get("role") == "assistant":
        yield _call(turns[:-1], answered(turns[-1]), row.get("model"), mark)


def _traces(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """Traces or observations of Langfuse: only the calls of models, where it tells them apart."""
    parts = list(_and_inner(row))
    told = [each for each in parts if each.get("type") == "GENERATION"]
    for each in told or parts:
        given, said = each.get("input"), each.get("output")
        if given is not None and said is not None and not is_other_step(each):
            turns = sent_turns(given)
            system = first_of(fields_in(said), "instructions")  # a response repeats its request's
            if (
                isinstance(system, str)
                and fields_in(turns[0] if turns else None).get("role") == "user"
            ):
                turns.insert(0, {"role": "system", "content": system})
            yield _call(turns, as_said(said), each.get("model"), mark)


def is_other_step(row: Mapping[str, Plain]) -> bool:
    """Whether a row of a trace is a step that is no call of a model: a tool's, a retriever's."""
    kind, run = row.get("type"), row.get("run_type")
    if "op_name" in row:
        return not _sends(fields_in(row.get("inputs")))
    return (isinstance(run, str) and run not in ("llm", "chat_model")) or (
        "traceId" in row and isinstance(kind, str) and kind != "GENERATION"
    )


def _and_inner(row: dict[str, Plain]) -> Iterator[dict[str, Plain]]:
    """A trace with the observations in it, or the traces and observations of a page."""
    yield row
    trace = row.get("trace")
    if isinstance(trace, dict):  # downloaded from its page: inputs and outputs are JSON texts
        yield {**trace, "output": unpacked_text(trace.get("output"))}
    for part in list_in(row.get("data")):
        if isinstance(part, dict):
            yield part
            yield from map(fields_in, list_in(part.get("observations")))
    yield from map(fields_in, list_in(row.get("observations")))


def _traced(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A call of Weave: of a client of models where its inputs are what such a client sends."""
    given = fields_in(row["inputs"])
    if _sends(given):
        yield _call(sent_turns(given), answered(row.get("output")), given.get("model"), mark)


def _sends(given: Mapping[str, Plain]) -> bool:
    return bool({"messages", "contents"} & set(given)) or {"model", "input"} <= set(given)


def _runs(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """A run of LangSmith with those inside it."""
    if not is_other_step(row):
        extra = fields_in(fields_in(row.get("extra")).get("invocation_params"))
        model = first_of(extra, "model", "model_name")
        yield _call(sent_turns(row.get("inputs")), answered(row.get("outputs")), model, mark)
    for child in list_in(row.get("child_runs"))[:_MOST_RUNS]:
        yield from _runs(fields_in(child), mark)


_MOST_RUNS = 10_000


def _spans(row: dict[str, Plain], mark: Mark) -> Iterator[LoggedCall | None]:
    """Spans of generative AI in OTLP/JSON, with their messages, or records of a log of them."""
    for each in spanned_calls(row):
        yield _call(each.turns, answered(each.answer), each.model, mark)


_FORMS: tuple[
    tuple[
        Callable[[dict[str, Plain]], bool],
        Callable[[dict[str, Plain], Mark], Iterator[LoggedCall | None]],
    ],
    ...,
] = (
    (lambda row: bool({"resourceSpans", "resourceLogs"} & set(row)), _spans),
    (lambda row: isinstance(row.get("kwargs"), dict), _callback),
    (lambda row: "proxy_server_request" in row, _spent),
    (lambda row: {"request_body", "response_body"} <= set(row), _kept_bodies),
    (lambda row: {"op_name", "inputs"} <= set(row), _traced),
    (lambda row: {"inputs", "outputs"} <= set(row), _runs),
    (_is_responses, _responses),
    (lambda row: bool({"response", "completion", "answer"} & set(row)), _pairs),
    (lambda row: "messages" in row and "output" in row, _pairs),
    (lambda row: "messages" in row, _chat),
    (lambda row: bool({"input", "observations", "data"} & set(row)), _traces),
)

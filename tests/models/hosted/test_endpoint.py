import asyncio
import gzip
import logging
import os
import socket
import traceback
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from fakes import Body, FakeAPI, Reply, error_body, response_to
from promptci.errors import ModelError, RequestError
from promptci.models.hosted.endpoint import Endpoint
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from tables import every_row

KEY = "sk-canary-0123456789/abc+def"
ENVIRON = {"FAKE_KEY": KEY}
T = TypeVar("T")
Make = Callable[..., EndpointSpec]


@pytest.fixture
def api() -> Iterator[FakeAPI]:
    with FakeAPI() as server:
        yield server


def spec_for(api: FakeAPI, **changes: Any) -> EndpointSpec:
    given = {"base_url": api.url, "key_env": "FAKE_KEY", "timeout": 120.0} | changes
    return EndpointSpec("fake", given.pop("kind", "openai"), **given)


def question(spec: EndpointSpec, text: str = "hello", **parameters: Any) -> Request:
    settings = Settings(ModelSpec("m", "gpt-fake", spec), parameters or {"temperature": 0})
    return Request(settings, (Message("system", "Be brief."), Message("user", text)))


def with_endpoint(
    spec: EndpointSpec, work: Callable[[Endpoint], Coroutine[Any, Any, T]], **environ: str
) -> T:
    async def run() -> T:
        endpoint = Endpoint(spec, concurrency=10, environ={**ENVIRON, **environ})
        try:
            return await work(endpoint)
        finally:
            await endpoint.aclose()

    return asyncio.run(run())


async def answer_to(endpoint: Endpoint, request: Request) -> Completion:
    """The answer, asking again without what the model refused."""
    while True:
        try:
            return await endpoint.complete(request)
        except ModelError as error:
            if error.kind != "parameter":
                raise


def ask(spec: EndpointSpec, *requests: Request, **environ: str) -> Completion:
    """The last request's answer; they are asked one after the other."""

    async def work(endpoint: Endpoint) -> Completion:
        for request in requests or (question(spec),):
            answer = await answer_to(endpoint, request)
        return answer

    return with_endpoint(spec, work, **environ)


def trouble(spec: EndpointSpec, *requests: Request) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(spec, *requests)
    return caught.value


def test_an_answer_comes_with_all_that_the_server_says_of_it(api: FakeAPI) -> None:
    api.answers(lambda prompt: f"you said {prompt}")
    answer = ask(spec_for(api))
    assert answer.text == "you said hello"
    assert (answer.outcome, answer.finish_reason, answer.sampling) == ("ok", "stop", "greedy")
    assert (answer.usage.input_tokens, answer.usage.output_tokens) == (3, 3)
    assert (answer.served_model, answer.system_fingerprint) == ("gpt-fake", "fp_fake")
    assert 0 < answer.latency < 5


def test_the_body_holds_what_the_settings_say_and_nothing_else(api: FakeAPI) -> None:
    spec = spec_for(api)
    settings = Settings(
        ModelSpec("m", "gpt-fake", spec),
        {"temperature": 0.5, "stop": ["\n"], "extra_body": {"top_k": 3, "messages": "no"}},
        response_format={"type": "json_object"},
        tools=({"type": "function", "function": {"name": "f"}},),
    )
    ask(spec, Request(settings, (Message("user", 'quote " \u2028 é \ud800'),)))
    assert api.requests == [
        {
            "model": "gpt-fake",
            "messages": [{"role": "user", "content": 'quote " \u2028 é \ud800'}],
            "temperature": 0.5,
            "stop": ["\n"],
            "top_k": 3,
            "response_format": {"type": "json_object"},
            "tools": [{"type": "function", "function": {"name": "f"}}],
        }
    ]


def test_only_the_headers_that_are_needed_go_out(
    api: FakeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-elsewhere")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Stray: 1")
    ask(spec_for(api, headers={"X-Team": "blue"}), OPENAI_ORG_ID="org-elsewhere")
    sent = api.sent[0].headers
    assert api.sent[0].path == "/v1/chat/completions"
    assert sent["authorization"] == f"Bearer {KEY}"
    assert sent["content-type"] == "application/json"
    assert sent["user-agent"].startswith("promptci/")
    assert sent["x-team"] == "blue"
    standard = {"host", "accept", "accept-encoding", "content-length"}
    ours = {"authorization", "content-type", "user-agent", "x-team"}
    assert set(sent) == standard | ours


def test_a_configured_header_replaces_the_one_of_the_same_name(api: FakeAPI) -> None:
    ask(spec_for(api, headers={"authorization": "Basic abc", "user-agent": "mine"}))
    assert api.sent[0].headers["authorization"] == "Basic abc"
    assert api.sent[0].headers["user-agent"] == "mine"


def test_azure_gets_its_path_its_version_and_its_own_header(api: FakeAPI) -> None:
    base = api.url.removesuffix("/v1")
    ask(spec_for(api, kind="azure", base_url=f"{base}/openai/", api_version="2024-10-21"))
    sent = api.sent[0]
    assert sent.path == "/openai/deployments/gpt-fake/chat/completions?api-version=2024-10-21"
    assert sent.headers["api-key"] == KEY
    assert "authorization" not in sent.headers


def test_a_server_without_a_key_gets_none_even_if_the_environment_has_one(
    api: FakeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    ask(spec_for(api, key_env=None), OPENAI_API_KEY=KEY)
    assert KEY not in str(api.sent[0].headers)


def test_the_environment_cannot_send_a_key_elsewhere(
    api: FakeAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeAPI() as stranger:
        for name in ("OPENAI_BASE_URL", "AZURE_OPENAI_ENDPOINT", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, stranger.url)
        ask(spec_for(api), OPENAI_BASE_URL=stranger.url, http_proxy=stranger.url)
        ask(spec_for(api, kind="azure", api_version="1"), http_proxy=stranger.url)
        assert (api.count, stranger.count) == (2, 0)


def test_netrc_adds_no_credentials(
    api: FakeAPI, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login stranger password secret\n")
    monkeypatch.setenv("NETRC", os.fspath(netrc))
    ask(spec_for(api, key_env=None))
    assert "authorization" not in api.sent[0].headers


def test_a_redirect_is_not_followed(api: FakeAPI) -> None:
    with FakeAPI() as elsewhere:
        api.script([Reply(307, {"Location": f"{elsewhere.url}/chat/completions"})])
        error = trouble(spec_for(api))
        assert error.kind == "unusable"
        assert "check base_url" in str(error)
        assert elsewhere.count == 0


def test_connections_are_kept_and_bounded(api: FakeAPI) -> None:
    api.answers(lambda prompt: Reply(body=response_to(prompt.body, prompt), delay=0.02))
    spec = spec_for(api)

    async def work(endpoint: Endpoint) -> list[Completion]:
        asked = [endpoint.complete(question(spec, f"number {n}")) for n in range(40)]
        return await asyncio.gather(*asked)

    answers = with_endpoint(spec, work)
    assert [answer.text for answer in answers] == [f"number {n}" for n in range(40)]
    assert 2 <= api.most_in_flight <= 10


def test_an_endpoint_serves_one_event_loop_after_another(api: FakeAPI) -> None:
    spec = spec_for(api)
    endpoint = Endpoint(spec, concurrency=1, environ=ENVIRON)

    async def once() -> str:
        answer = await endpoint.complete(question(spec))
        await endpoint.aclose()
        return answer.text

    assert [asyncio.run(once()), asyncio.run(once())] == ["hello", "hello"]


# Keys and addresses.


@every_row(
    ("changes", "says"),
    [
        (
            {"key_env": "NO_SUCH_KEY"},
            "model endpoint `fake` needs the environment variable NO_SUCH_KEY: set it, "
            "or use the model `smollm2`, which needs no key",
        ),
        ({"key_env": "BLANK"}, "needs the environment variable BLANK: set it"),
        ({"key_env": "TORN"}, "the environment variable TORN holds characters that no key has"),
        ({"base_url": "api.example.com/v1"}, "`api.example.com/v1` is no http or https address"),
        ({"base_url": "file:///etc/passwd"}, "is no http or https address"),
        ({"base_url": "http://[::1"}, "is no http or https address"),
        ({"base_url": "https://me:pw@host/v1"}, "name a key variable instead"),
        ({"kind": "azure"}, "Azure needs an api_version"),
        ({"kind": "azure", "base_url": None}, "is no http or https address"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, "header 'X-A' cannot be sent"),
        ({"headers": {"X A": "1"}}, "header 'X A' cannot be sent"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(changes: dict[str, Any], says: str) -> None:
    spec = EndpointSpec(
        "fake",
        changes.pop("kind", "openai"),
        **{"base_url": "http://localhost/v1", "key_env": "FAKE_KEY"} | changes,
    )
    environ = {**ENVIRON, "BLANK": " \n", "TORN": f"{KEY[:10]}\n{KEY[10:]}"}
    with pytest.raises(RequestError) as caught:
        Endpoint(spec, concurrency=1, environ=environ)
    assert says in str(caught.value)
    assert KEY[:10] not in str(caught.value)


def test_a_line_end_around_the_key_does_no_harm(api: FakeAPI) -> None:
    ask(spec_for(api), FAKE_KEY=f"{KEY}\r\n")
    assert api.sent[0].headers["authorization"] == f"Bearer {KEY}"


def test_openai_itself_learns_the_organization_and_is_reached_by_proxy(api: FakeAPI) -> None:
    spec = spec_for(api, base_url="http://eu.api.openai.com/v1")
    environ = {"OPENAI_ORG_ID": "org-1", "OPENAI_PROJECT_ID": "proj-1"}
    ask(spec, HTTP_PROXY=api.url.removesuffix("/v1"), **environ)
    sent = api.sent[0].headers
    assert (sent["openai-organization"], sent["openai-project"]) == ("org-1", "proj-1")
    assert sent["host"] == "eu.api.openai.com"


def test_a_key_shows_up_nowhere(
    api: FakeAPI, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    spec = spec_for(api, headers={"X-Api-Token": "token-canary-42", "X-Auth": "Own canary-word"})
    said = f"your key {KEY} and {'x' * 450} {KEY} token-canary-42 canary-word are bad"
    api.answers(lambda _: Reply(401, body=error_body(said)))
    error = trouble(spec)
    shown = [*traceback.format_exception(error), repr(error), caplog.text, *capfd.readouterr()]
    shown.append(repr(Endpoint(spec, concurrency=1, environ=ENVIRON)))
    assert error.kind == "auth"
    assert "[redacted]" in str(error)
    assert not any("canary" in text for text in shown)


# Parameters that a model refuses.


def refusing(*names: str) -> Callable[[Any], Any]:
    """A model that takes none of these parameters and says so as OpenAI does."""

    def rule(asked: Any) -> Any:
        for name in names:
            if name in asked.body:
                said = f"Unsupported parameter: '{name}' is not supported with this model."
                body = error_body(said, code="unsupported_parameter", param=name)
                return Reply(400, body=body)
        return "yes"

    return rule


def test_a_refused_temperature_is_dropped_once_and_for_all(api: FakeAPI) -> None:
    api.answers(refusing("temperature"))
    spec = spec_for(api)
    asked = question(spec, temperature=0, seed=7)

    async def work(endpoint: Endpoint) -> tuple[Completion, frozenset[str]]:
        for _ in range(3):
            answer = await answer_to(endpoint, asked)
        return answer, endpoint.refused("gpt-fake")

    answer, refused = with_endpoint(spec, work)
    assert answer.sampling == "provider-default"
    assert refused == {"temperature"}
    assert ["temperature" in body for body in api.requests] == [True, False, False, False]
    assert all(body["seed"] == 7 for body in api.requests)


FORM = {"type": "json_schema", "json_schema": {"name": "verdict", "schema": {}}}


def knowing(*kinds: str) -> Callable[[Any], Any]:
    """A model that takes these response formats alone."""

    def rule(asked: Any) -> Any:
        kind = asked.body.get("response_format", {}).get("type")
        if kind not in (None, *kinds):
            body = error_body(f"response_format of type {kind} is not supported")
            return Reply(400, body=body)
        return "yes"

    return rule


@pytest.mark.parametrize(
    ("kinds", "sent"),
    [
        (("json_schema",), ["json_schema", "json_schema"]),
        (("json_object",), ["json_schema", "json_object", "json_object"]),
        ((), ["json_schema", "json_object", None, None]),
    ],
)
def test_a_refused_form_that_is_told_in_words_is_dropped_step_by_step(
    kinds: tuple[str, ...], sent: list[str | None], api: FakeAPI
) -> None:
    api.answers(knowing(*kinds))
    spec = spec_for(api)
    settings = Settings(ModelSpec("m", "gpt-fake", spec), response_format=FORM, is_form_told=True)
    asked = Request(settings, (Message("user", "hi"),))

    async def work(endpoint: Endpoint) -> None:
        for _ in range(2):
            await answer_to(endpoint, asked)

    with_endpoint(spec, work)
    assert [body.get("response_format", {}).get("type") for body in api.requests] == sent


def test_a_form_that_a_prompt_asks_for_is_never_dropped(api: FakeAPI) -> None:
    api.answers(knowing())
    spec = spec_for(api)
    model = ModelSpec("m", "gpt-fake", spec)
    told = Settings(model, response_format=FORM, is_form_told=True)
    asked = Request(Settings(model, response_format=FORM), (Message("user", "hi"),))

    async def work(endpoint: Endpoint) -> None:
        await answer_to(endpoint, Request(told, (Message("user", "hi"),)))
        with pytest.raises(ModelError, match="not supported"):
            await endpoint.complete(asked)

    with_endpoint(spec, work)
    assert api.requests[-1]["response_format"] == FORM


def test_an_answer_that_is_kept_back_for_its_form_is_an_answer(api: FakeAPI) -> None:
    error = {"code": "json_validate_failed", "message": "m", "failed_generation": "Sure: yes"}
    api.answers(lambda _: Reply(400, body={"error": error}))
    spec = spec_for(api)
    wanted = Settings(ModelSpec("m", "gpt-fake", spec), response_format=FORM)
    found = ask(spec, Request(wanted, (Message("user", "hello"),)))
    assert (found.text, found.outcome, found.finish_reason) == ("Sure: yes", "ok", "malformed")


def test_the_call_that_meets_the_refusal_is_one_call(api: FakeAPI) -> None:
    api.answers(refusing("temperature"))
    spec = spec_for(api)
    with pytest.raises(ModelError) as caught:
        with_endpoint(spec, lambda endpoint: endpoint.complete(question(spec, temperature=0)))
    assert (caught.value.kind, caught.value.may_cost, api.count) == ("parameter", False, 1)


def test_a_refusal_counts_for_one_model_only(api: FakeAPI) -> None:
    api.answers(lambda asked: refusing("temperature")(asked) if "5" in asked.body["model"] else "x")
    spec = spec_for(api)

    def of(model_id: str) -> Request:
        settings = Settings(ModelSpec("m", model_id, spec), {"temperature": 0})
        return Request(settings, (Message("user", "hi"),))

    assert ask(spec, of("gpt-5"), of("gpt-4")).sampling == "greedy"
    assert [body.get("temperature") for body in api.requests] == [0, None, 0]


@pytest.mark.parametrize(
    ("given", "other"),
    [("max_tokens", "max_completion_tokens"), ("max_completion_tokens", "max_tokens")],
)
def test_the_limit_goes_out_under_the_name_that_the_model_knows(
    api: FakeAPI, given: str, other: str
) -> None:
    api.answers(refusing(given, "temperature"))
    spec = spec_for(api)
    asked = question(spec, **{"temperature": 0, given: 9})
    assert ask(spec, asked, asked).sampling == "provider-default"
    assert len(api.requests) == 4
    assert api.requests[-1].keys() == {"model", "messages", other}
    assert api.requests[-1][other] == 9


def test_a_model_that_takes_neither_limit_is_asked_twice_and_not_for_ever(api: FakeAPI) -> None:
    api.answers(refusing("max_tokens", "max_completion_tokens"))
    error = trouble(spec_for(api), question(spec_for(api), max_tokens=9))
    assert (error.kind, api.count) == ("bad_request", 2)


@pytest.mark.slow
def test_a_hundred_calls_at_once_all_learn_from_the_refusal(api: FakeAPI) -> None:
    api.answers(refusing("temperature"))
    spec = spec_for(api)

    async def work(endpoint: Endpoint) -> list[Completion]:
        return await asyncio.gather(*[answer_to(endpoint, question(spec)) for _ in range(100)])

    assert {answer.text for answer in with_endpoint(spec, work)} == {"yes"}
    assert api.count <= 200


def test_other_parameters_are_never_dropped(api: FakeAPI) -> None:
    api.answers(refusing("top_p"))
    error = trouble(spec_for(api), question(spec_for(api), temperature=0, top_p=0.5))
    assert error.kind == "bad_request"
    assert "'top_p' is not supported" in str(error)
    assert api.count == 1


def test_a_temperature_out_of_range_stays_an_error(api: FakeAPI) -> None:
    body = error_body("temperature must be at most 2", code="invalid_value", param="temperature")
    api.answers(lambda _: Reply(400, body=body))
    error = trouble(spec_for(api), question(spec_for(api), temperature=9))
    assert (error.kind, api.count) == ("bad_request", 1)


@every_row(
    ("message", "calls"),
    [
        ("`max_new_tokens` must be <= 512. Given: 4096", 2),
        (
            "`inputs` tokens + `max_new_tokens` must be <= 2048. Given: 25 `inputs` tokens and"
            " 4096 `max_new_tokens`",
            2,
        ),
        (
            "`inputs` tokens + `max_new_tokens` must be <= 2048. Given: 2000 `inputs` tokens and"
            " 100 `max_new_tokens`",
            6,
        ),
        (
            "'max_tokens' is too large: 4096. The context is 2048 tokens (4096 > 2048 - 25).",
            2,
        ),
        ("`max_tokens` must be less than or equal to `512`, the maximum value", 2),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 512]", 2),
        ("max_tokens: 4096 > 512, which is the maximum allowed number of output tokens", 2),
    ],
)
def test_too_long_an_answer_is_asked_for_once_and_other_lengths_are_not_kept_back(
    message: str, calls: int
) -> None:
    with FakeAPI() as api:
        api.answers(lambda _: Reply(422, body=error_body(message)))
        spec = spec_for(api)

        async def work(endpoint: Endpoint) -> None:
            for most in (4096, 9):
                asked = [question(spec, str(i), max_tokens=most) for i in range(3)]
                tried = [endpoint.complete(each) for each in asked]
                errors = await asyncio.gather(*tried, return_exceptions=True)
                assert {getattr(error, "kind", None) for error in errors} == {"bad_request"}

        with_endpoint(spec, work)
        assert api.count == calls


def test_a_refused_form_is_found_once_and_holds_up_no_other(api: FakeAPI) -> None:
    api.answers(
        lambda asked: (
            Reply(400, body=error_body("response_format must be text"))
            if "response_format" in asked.body
            else "yes"
        )
    )
    spec = spec_for(api)

    async def work(endpoint: Endpoint) -> list[object]:
        plain = [question(spec, str(i)) for i in range(3)]
        form = replace(plain[0].settings, response_format={"type": "json_object"})
        asked = [replace(each, settings=form) for each in plain] + plain
        tried = [endpoint.complete(each) for each in asked]
        found = await asyncio.gather(*tried, return_exceptions=True)
        return [getattr(each, "kind", None) or getattr(each, "text", None) for each in found]

    assert with_endpoint(spec, work) == ["bad_request"] * 3 + ["yes"] * 3
    assert api.count == 4


def test_refusals_in_unknown_words_end_nothing(api: FakeAPI) -> None:
    """They may be about one prompt, while others are answered."""
    api.answers(lambda _: Reply(400, body=error_body("go away")))
    spec = spec_for(api)

    async def work(endpoint: Endpoint) -> list[str]:
        calls = [endpoint.complete(question(spec, str(i))) for i in range(10)]
        errors = await asyncio.gather(*calls, return_exceptions=True)
        return [error.kind for error in errors if isinstance(error, ModelError)]

    assert set(with_endpoint(spec, work)) == {"bad_request"}
    assert api.count == 10


def test_the_wait_that_only_the_message_tells_is_obeyed(api: FakeAPI) -> None:
    api.answers(lambda _: Reply(429, body=error_body("Quota exceeded. Please retry in 36.5s.")))
    assert trouble(spec_for(api)).retry_after == 36.5


# What is no answer.


WHOLE = Reply(body=response_to({"messages": []}, "small")).payload
GZIP = {"Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (Reply(401, body=error_body("bad key")), "auth", "(HTTP 401: bad key): check the key in"),
        (Reply(403), "auth", "HTTP 403: Forbidden"),
        (Reply(429, body=error_body("slow down")), "rate_limit", "HTTP 429: slow down"),
        (Reply(429, body=error_body("pay", code="insufficient_quota")), "quota", "quota"),
        (Reply(402), "quota", "HTTP 402"),
        (Reply(429, body="insufficient_quota: pay"), "quota", "quota"),
        (Reply(429, body={"error": "insufficient_quota"}), "quota", "quota"),
        (Reply(429, body={"error": {"innererror": {"code": "Insufficient_Quota"}}}), "quota", "q"),
        (Reply(429, body={"errors": [{"code": "insufficient_quota"}]}), "quota", "quota"),
        (Reply(403, body=error_body("flagged by moderation")), "bad_request", "refused"),
        (Reply(400, body=error_body("n", code="billing_hard_limit_reached")), "quota", "quota"),
        (Reply(408), "transient", "HTTP 408"),
        (Reply(409), "transient", "HTTP 409"),
        (Reply(500, body="<html>oops"), "transient", "is in trouble (HTTP 500: Internal Server"),
        (Reply(529), "transient", "HTTP 529: no reason given"),
        (Reply(404, body=error_body("no such model")), "unusable", "does not know `gpt-fake`"),
        (Reply(404, body=error_body("model: m")), "unusable", "does not know `gpt-fake`"),
        (Reply(404, body=error_body("not a chat model")), "unusable", ": do what it says, or name"),
        (Reply(body={"error": "Unexpected endpoint or method."}), "unusable", "has nothing there"),
        (Reply(400, body=error_body("too\nlong")), "bad_request", "HTTP 400: too long"),
        (Reply(cut=0), "transient", "closed the connection without an answer"),
        (Reply(body=b'{"choices":[]}' * 9, cut=20), "transient", "broke off in the middle"),
        (Reply(body="<!doctype html><p>Hi"), "unusable", "HTML instead of JSON"),
        (Reply(body="data: {}\n\n"), "unusable", "it streams (`data:`)"),
        (Reply(body=b""), "transient", "sent nothing"),
        (Reply(body=WHOLE[:-3]), "transient", "broke off in the middle"),
        (Reply(body=WHOLE[:40]), "transient", "broke off in the middle"),
        (Reply(body=WHOLE.replace(b"small", "små".encode())[:-60]), "transient", "broke off"),
        (Reply(headers=GZIP, body=gzip.compress(WHOLE)[:-20]), "transient", "broke off"),
        (Reply(headers=GZIP, body=gzip.compress(WHOLE)[:8]), "transient", ""),
        (Reply(body={}), "unusable", "no chat completion"),
        (Reply(body={"model": "m", "message": {"content": "hi"}}), "unusable", "check base_url"),
        (Reply(body={"type": "message", "content": [], "usage": {}}), "unusable", "no chat comp"),
        (Reply(body={"choices": [{"text": "hi"}], "model": "m"}), "unusable", "check base_url"),
        (Reply(body='{"done": false}\n{"done": true}\n'), "unusable", "no chat comp"),
        (Reply(body={"object": "chat.completion"}), "malformed", "no chat completion"),
        (Reply(body={"choices": []}), "malformed", "no choices: see the log of that server"),
        (Reply(body=error_body("no reason")), "malformed", "HTTP 200: no reason"),
        (Reply(body={"error": {"code": 503, "message": "m"}}), "transient", "HTTP 503: m"),
        (Reply(body={"error": {"code": "429"}}), "rate_limit", "HTTP 429"),
        (Reply(body={"error": {"code": 9999}}), "malformed", "no chat completion"),
        (Reply(body=b'{"choices":[{"message":{"content":"\xff"}}]}'), "malformed", "not UTF-8"),
        (Reply(body=b'{"z":' + b"[" * 200_000), "malformed", "not JSON"),
        (Reply(headers=GZIP, body=b"no gzip"), "transient", "decompressed"),
    ],
)
def test_a_failure_is_sorted_and_told(api: FakeAPI, reply: Reply, kind: str, says: str) -> None:
    api.answers(lambda _: reply)
    error = trouble(spec_for(api))
    assert error.kind == kind
    assert says in str(error)
    assert str(error).startswith("model endpoint `fake` ")
    assert api.count == 1


def test_a_compressed_answer_is_read(api: FakeAPI) -> None:
    packed = gzip.compress(Reply(body=response_to({"messages": []}, "small")).payload)
    api.answers(lambda _: Reply(headers={"Content-Encoding": "gzip"}, body=packed))
    assert ask(spec_for(api)).text == "small"


@pytest.mark.slow
def test_a_large_answer_is_read_and_an_endless_one_is_not(api: FakeAPI) -> None:
    api.script(["x" * 10_000_000])
    assert len(ask(spec_for(api)).text) == 10_000_000
    bomb = gzip.compress(b" " * (33 * 2**20))
    api.script([Reply(headers={"Content-Encoding": "gzip"}, body=bomb)])
    error = trouble(spec_for(api))
    assert (error.kind, "more than 32 MB" in str(error)) == ("malformed", True)


@pytest.mark.parametrize("reply", [Reply(delay=600), Reply(body=b"x" * 9999, drip=0.05)])
def test_a_slow_answer_meets_its_deadline(api: FakeAPI, reply: Reply) -> None:
    api.answers(lambda _: reply)
    error = trouble(spec_for(api, timeout=0.3))
    assert (error.kind, "gave no answer within 0.3 s" in str(error)) == ("timeout", True)


def test_the_wish_to_wait_is_handed_on(api: FakeAPI) -> None:
    api.script([Reply(503, {"Retry-After": "7"})])
    assert trouble(spec_for(api)).retry_after == 7


def test_no_listener_is_told_at_once_and_names_the_address(api: FakeAPI) -> None:
    with closing(socket.socket()) as taken:  # and does not listen, nor does anybody else there
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = trouble(spec_for(api, base_url=f"http://127.0.0.1:{port}/v1"))
    assert error.kind == "unusable"
    assert f"cannot be reached at http://127.0.0.1:{port}" in str(error)


def test_no_key_goes_to_a_server_whose_tls_fails(
    api: FakeAPI, caplog: pytest.LogCaptureFixture
) -> None:
    error = trouble(spec_for(api, base_url=api.url.replace("http:", "https:")))
    assert (error.kind, "cannot be reached safely" in str(error)) == ("bad_request", True)
    assert api.count == 0


def test_a_server_that_does_not_speak_http_is_malformed(api: FakeAPI) -> None:
    async def work() -> ModelError:
        async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            writer.write(b"220 mail.example.org ESMTP\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(babble, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        spec = spec_for(api, base_url=f"http://127.0.0.1:{port}/v1")
        endpoint = Endpoint(spec, concurrency=1, environ=ENVIRON)
        async with server:
            with pytest.raises(ModelError) as caught:
                await endpoint.complete(question(spec))
            await endpoint.aclose()
        return caught.value

    error = asyncio.run(work())
    assert (error.kind, "not HTTP" in str(error)) == ("malformed", True)


def test_another_model_than_asked_for_is_recorded(api: FakeAPI) -> None:
    def rule(asked: Any) -> Body:
        return response_to(asked.body, "hi") | {"model": "llama-3"}

    api.answers(rule)
    assert ask(spec_for(api)).served_model == "llama-3"


def test_a_body_of_a_size_that_was_refused_is_not_sent_again(api: FakeAPI) -> None:
    api.answers(lambda prompt: Reply(413) if len(prompt) > 99 else "fits")
    spec = spec_for(api)
    sizes = [500, 500, 10, 700, 300, 300, 10]

    async def work(endpoint: Endpoint) -> list[str]:
        return [await said(endpoint, question(spec, "x" * size)) for size in sizes]

    async def said(endpoint: Endpoint, request: Request) -> str:
        try:
            return (await endpoint.complete(request)).text
        except ModelError as error:
            told.append(error)
            return "sent" if error.was_sent else "held back"

    told: list[ModelError] = []
    refused = ["sent", "held back", "fits", "held back", "sent", "held back", "fits"]
    assert with_endpoint(spec, work) == refused
    assert api.count == 4
    assert len(set(map(str, told))) == 1
    assert "HTTP 413: Request Entity Too Large): send less, or let the server" in str(told[0])


def test_a_limit_of_tokens_says_nothing_of_other_bodies(api: FakeAPI) -> None:
    api.answers(lambda _: Reply(413, body=error_body("tokens per minute: Limit 6, Requested 7")))
    spec = spec_for(api)

    async def work(endpoint: Endpoint) -> None:
        for number in range(3):
            with pytest.raises(ModelError):
                await endpoint.complete(question(spec, f"{number}"))

    with_endpoint(spec, work)
    assert api.count == 3


@every_row("reply", [Reply(body="<html>"), Reply(body={"up": 1}), Reply(302)])
def test_an_address_that_has_answered_is_not_doubted(api: FakeAPI, reply: Reply) -> None:
    api.script(["answer", reply])
    error = trouble(spec_for(api), question(spec_for(api)), question(spec_for(api), "and now"))
    assert "it has answered before, so see what is in between" in str(error)
    assert "base_url" not in str(error)

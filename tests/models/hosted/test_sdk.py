"""OpenAI's own client as the way to an endpoint."""

import asyncio

import pytest

from fakes import FakeAPI, Reply, error_body
from promptci.errors import ModelError
from promptci.models.hosted.endpoint import Endpoint
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings

KEY = "sk-canary-0123456789/abc+def"


def ask(api: FakeAPI, text: str = "hello", **changes: object) -> Completion:
    given = {
        "kind": "openai",
        "base_url": api.url,
        "key_env": "FAKE_KEY",
        "timeout": 120.0,
    } | changes
    spec = EndpointSpec("fake", client="openai", **given)  # type: ignore[arg-type]
    request = Request(
        Settings(ModelSpec("m", "gpt-fake", spec), {"temperature": 0}), (Message("user", text),)
    )

    async def run() -> Completion:
        endpoint = Endpoint(spec, concurrency=2, environ={"FAKE_KEY": KEY})
        try:
            return await endpoint.complete(request)
        finally:
            await endpoint.aclose()

    return asyncio.run(run())


def test_it_sends_what_the_package_sends(api: FakeAPI) -> None:
    answer = ask(api, "h\ud800llo", headers={"X-Team": "router"})
    [sent] = api.sent
    assert answer.text == "h\ufffdllo"
    assert sent.path == "/v1/chat/completions"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["x-team"] == "router"
    assert sent.headers["x-stainless-lang"] == "python"
    assert sent.headers["content-type"] == "application/json"
    assert sent.body["temperature"] == 0


def test_azure_is_asked_for_its_deployment(api: FakeAPI) -> None:
    origin = api.url.removesuffix("/v1")
    ask(api, kind="azure", base_url=origin, api_version="2024-10-21")
    [sent] = api.sent
    path = "/openai/deployments/gpt-fake/chat/completions?api-version=2024-10-21"
    assert (sent.path, sent.headers["api-key"]) == (path, KEY)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (Reply(401, body=error_body("bad key")), "auth", "check the key in FAKE_KEY"),
        (Reply(429, {"Retry-After": "7"}, error_body("slow down")), "rate_limit", "slow down"),
        (Reply(503), "transient", "is in trouble"),
        (Reply(302, {"Location": "/elsewhere"}), "unusable", "redirects to elsewhere"),
        (Reply(body="<html>"), "unusable", "HTML instead of JSON"),
        (Reply(cut=0), "transient", "cannot be reached"),
        (Reply(delay=600), "timeout", "gave no answer within 0.2 s"),
    ],
)
def test_its_failures_are_sorted_like_our_own(
    api: FakeAPI, reply: Reply, kind: str, says: str
) -> None:
    api.answers(lambda _: reply)
    with pytest.raises(ModelError) as caught:
        ask(api, timeout=0.2 if reply.delay else 60.0)
    assert caught.value.kind == kind
    assert says in str(caught.value)
    assert caught.value.retry_after == (7 if kind == "rate_limit" else None)
    assert KEY not in str(caught.value)
    is_slow = kind == "timeout"  # a machine that is busy may not even have connected by then
    assert api.count == 1 or (is_slow and not api.count), "retries are ours"

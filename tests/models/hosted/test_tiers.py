"""A cheaper service tier: asked for by one field, waited for or left where it has no room."""

import asyncio
from decimal import Decimal

import pytest
from msgspec.structs import replace

from fakes import FakeAPI, Reply, error_body, response_to
from promptci.errors import ModelError, RequestError
from promptci.models.hosted.endpoint import Endpoint
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from promptci.spending.bounds import dollars_at_most
from promptci.spending.estimate import estimate

FULL = "Flex capacity: resource unavailable, try again later"


@pytest.fixture
def api():
    with FakeAPI() as server:
        yield server


def question(api, text="hello", **model):
    spec = EndpointSpec("fake", "openai", api.url if api else "http://localhost/v1", timeout=120.0)
    settings = Settings(ModelSpec("m", "gpt-fake", spec, **model), {"temperature": 0})
    return Request(settings, (Message("user", text),))


def outcomes(*requests):
    """What became of calls, one after the other."""

    async def run():
        endpoint = Endpoint(requests[0].settings.model.endpoint, concurrency=2, environ={})
        found = []
        for request in requests:
            try:
                found.append((await endpoint.complete(request)).text)
            except ModelError as error:
                found.append(error.kind)
        await endpoint.aclose()
        return found

    return asyncio.run(run())


def gemini_busy(said):
    """A refusal of Gemini, which names no tier."""
    return Reply(503, body={"error": {"code": 503, "message": said, "status": "UNAVAILABLE"}})


def full_unless_usual(asked):
    """A server whose flex tier has no room."""
    if asked.body.get("service_tier") == "flex":
        return Reply(429, body=error_body(FULL, code="resource_unavailable"))
    return Reply(body=response_to(asked.body, "fine"))


def test_the_tier_goes_out_and_is_no_part_of_the_key(api):
    api.answers(lambda _: "fine")
    flex, usual = question(api, tier="flex"), question(api)
    assert flex.key == usual.key
    assert outcomes(flex, usual) == ["fine", "fine"]
    assert [body.get("service_tier") for body in api.requests] == ["flex", None]


@pytest.mark.parametrize("status", [429, 498])
def test_a_full_tier_is_waited_for_unless_told_otherwise(api, status):
    api.answers(lambda _: Reply(status, body=error_body(FULL)))
    waiting = question(api, tier="flex")
    assert outcomes(waiting, waiting) == ["rate_limit", "rate_limit"]


def test_a_call_falls_back_to_the_usual_tier_and_the_next_asks_for_the_cheap_one(api):
    api.answers(full_unless_usual)
    first, other = (question(api, text, tier="flex", falls_back=True) for text in ("a", "b"))
    assert outcomes(first, first, other, other) == ["parameter", "fine", "parameter", "fine"]
    assert [body.get("service_tier") for body in api.requests] == ["flex", None, "flex", None]


@pytest.mark.parametrize(
    ("reply", "is_told"),
    [
        (Reply(429, body=error_body("Resource Unavailable", code="resource_unavailable")), True),
        (Reply(498, body=error_body("Flex tier capacity exceeded")), True),
        (gemini_busy("The model is overloaded. Please try again later."), True),
        (gemini_busy("This model is currently experiencing high demand."), True),
        (Reply(429, body=error_body("Rate limit reached for requests")), False),
        (Reply(503, body="upstream connect error"), False),
    ],
)
def test_only_a_tier_without_room_is_left(api, reply, is_told):
    api.answers(lambda asked: reply if asked.body.get("service_tier") else "fine")
    flex = question(api, tier="flex", falls_back=True)
    first, second = outcomes(flex, flex)
    assert (first == "parameter", second == "fine") == (is_told, is_told)


def test_ceilings_count_the_tier_that_may_answer(api):
    flex = question(api, tier="flex")
    assert estimate(flex).service_tier == "flex"
    assert estimate(question(api, tier="flex", falls_back=True)).service_tier == ""
    assert dollars_at_most(flex, lambda _: Decimal(1)) == 1
    model = replace(flex.settings.model, tier="priority")
    dear = replace(flex, settings=replace(flex.settings, model=model))
    with pytest.raises(RequestError, match="tier: priority"):
        dollars_at_most(dear, lambda _: Decimal(1))

"""Requests that begin alike: one goes first, and the others wait for it and for nothing else."""

import asyncio

from promptci.models.hosted import warming
from promptci.models.hosted.warming import LEAST, Warming, shared_beginning
from promptci.specs.message import Message
from promptci.specs.modelspec import EndpointSpec, ModelSpec
from promptci.specs.request import Request, Settings
from tables import every_row

LONG = "word " * (LEAST // 5)


def request(beginning: str, text: str, model_id: str = "m") -> Request:
    model = ModelSpec("m", model_id, EndpointSpec("lab", "openai", "http://127.0.0.1:9/v1"))
    return Request(Settings(model), (Message("system", beginning), Message("user", text)))


def asked(requests: list[Request], *, fails: bool = False) -> list[str]:
    """The texts in the order in which they begin and end, all put in at once."""
    told: list[str] = []
    warm = Warming()

    async def ask(each: Request) -> None:
        name = each.messages[-1].content
        async with warm.turn(each):
            told.append(f"{name} asked")
            await asyncio.sleep(0)
            told.append(f"{name} answered")
            if fails:
                raise ValueError

    async def main() -> None:
        await asyncio.gather(*map(ask, requests), return_exceptions=True)

    asyncio.run(main())
    return told


@every_row("fails", [False, True])
def test_one_goes_first_and_the_others_follow_together(fails):
    told = asked([request(LONG, text) for text in "abc"], fails=fails)
    assert told[:2] == ["a asked", "a answered"]
    assert set(told[2:4]) == {"b asked", "c asked"}


@every_row(
    "second",
    [request(LONG + "other", "b"), request(LONG, "b", "another model"), request("short", "b")],
)
def test_what_begins_otherwise_does_not_wait(second):
    assert asked([request(LONG, "a"), second])[:2] == ["a asked", "b asked"]


def test_short_beginnings_and_single_messages_are_not_warmed():
    assert shared_beginning(request(LONG[:-1], "a")) == ""
    assert shared_beginning(Request(request("", "").settings, (Message("user", LONG),))) == ""
    assert asked([request("short", text) for text in "ab"])[:2] == ["a asked", "b asked"]


def test_no_request_waits_for_ever(monkeypatch):
    monkeypatch.setattr(warming, "PROBE", 0.01)

    async def main() -> None:
        warm = Warming()
        async with warm.turn(request(LONG, "a")), warm.turn(request(LONG, "b")):
            pass

    asyncio.run(asyncio.wait_for(main(), 60))

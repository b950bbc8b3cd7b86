import asyncio
import json
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from yarl import URL

from fakes import Reply
from promptci.errors import ModelError
from promptci.models.hosted.wire import Wire, proxy_for
from tables import every_row

ENVIRON = {"https_proxy": "http://proxy:3128", "NO_PROXY": "example.org, .corp.example"}


@every_row(
    ("url", "environ", "proxy"),
    [
        ("https://api.openai.com/v1", ENVIRON, "http://proxy:3128"),
        ("http://api.openai.com/v1", ENVIRON, None),
        ("https://example.org/v1", ENVIRON, None),
        ("https://llm.example.org/v1", ENVIRON, None),
        ("https://notexample.org/v1", ENVIRON, "http://proxy:3128"),
        ("https://llm.corp.example/v1", ENVIRON, None),
        ("https://localhost:8000/v1", ENVIRON, None),
        ("https://127.0.0.9/v1", ENVIRON, None),
        ("https://[::1]/v1", ENVIRON, None),
        ("https://api.openai.com/v1", {"ALL_PROXY": "http://all:1"}, "http://all:1"),
        ("https://api.openai.com/v1", {**ENVIRON, "no_proxy": "*"}, None),
        ("https://api.openai.com/v1", {"HTTPS_PROXY": " "}, None),
        ("https://api.openai.com/v1", {}, None),
    ],
)
def test_which_proxy_leads_to_an_address(
    url: str, environ: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(URL(url), environ) == proxy


@pytest.mark.parametrize("reply", [Reply(delay=600), Reply(body="x" * 999, drip=1), Reply(cut=0)])
def test_no_connection_outlives_the_closing(api, reply):
    api.answers(lambda asked: reply)

    async def ask_and_close() -> list[int]:
        wire = Wire({}, limit=4, timeout=0.3)
        url = URL(api.url) / "chat/completions"
        body = b'{"messages": [{"role": "user", "content": "x"}]}'
        cancelled = asyncio.create_task(wire.post(url, body))
        with pytest.raises(ModelError):
            await wire.post(url, body)
        cancelled.cancel()
        await asyncio.wait([cancelled])
        made = list(wire._connector.sockets)
        await wire.aclose()
        return [each.fileno() for each in made]

    assert set(asyncio.run(ask_and_close())) <= {-1}


def test_no_more_calls_are_under_way_than_allowed_and_none_is_forgotten(api):
    api.answers(lambda asked: Reply(delay=0.02))

    async def ask_at_once() -> tuple[list[int], int]:
        wire, url = Wire({}, limit=2, timeout=600), URL(api.url) / "chat/completions"
        body = b'{"messages": [{"role": "user", "content": "x"}]}'
        calls = [asyncio.create_task(wire.post(url, body)) for _ in range(7)]
        await asyncio.sleep(0)
        calls[3].cancel()
        done = await asyncio.gather(*calls, return_exceptions=True)
        made = len(wire._connector.sockets)
        await wire.aclose()
        return [getattr(each, "status", 0) for each in done], made

    assert asyncio.run(ask_at_once()) == ([200] * 3 + [0] + [200] * 3, 2)


def test_a_connection_that_was_closed_while_the_loop_was_busy_is_not_asked_again():
    """A loop that is busy learns of it late: after it would have sent the next request."""
    served, body = [], b"{}"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as threads:

        def serve_one() -> None:
            connection, _ = server.accept()
            with connection:
                served.append(connection.recv(1 << 16))
                connection.sendall(answer)

        async def ask_twice() -> list[int]:
            wire, url = Wire({}, limit=1, timeout=60), URL(f"http://127.0.0.1:{port}/v1")
            statuses = []
            for _ in range(2):
                closed = threads.submit(serve_one)
                statuses.append((await wire.post(url, body)).status)
                wait([closed])  # the loop stands still meanwhile
                time.sleep(0.003)
            await wire.aclose()
            return statuses

        server.settimeout(10)
        port = server.getsockname()[1]
        assert asyncio.run(ask_twice()) == [200, 200]
    assert len(served) == 2


@pytest.mark.slow
def test_loops_in_several_threads_get_each_its_own_answers(api):
    """What one reads is never another's, however they take turns: here as often as can be."""
    usual = sys.getswitchinterval()
    api.answers(lambda asked: str(asked) * 20_000)

    async def ask_as(name: str) -> list[str]:
        wire, url = Wire({}, limit=8, timeout=600), URL(api.url) / "chat/completions"
        try:
            bodies = [
                json.dumps({"messages": [{"role": "user", "content": f"{name}{number} "}]}).encode()
                for number in range(30)
            ]
            replies = await asyncio.gather(*(wire.post(url, body) for body in bodies))
        finally:
            await wire.aclose()
        return [json.loads(each.body)["choices"][0]["message"]["content"] for each in replies]

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(6) as threads:
            said = list(threads.map(lambda name: asyncio.run(ask_as(name)), "abcdef"))
    finally:
        sys.setswitchinterval(usual)
    assert said == [[f"{name}{number} " * 20_000 for number in range(30)] for name in "abcdef"]

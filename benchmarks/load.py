"""What a call costs, from the bare socket up to `Endpoint`, against `server.py`.

    python benchmarks/load.py raw aiohttp endpoint --latency 0.05

Each client asks `--calls` questions from 100 workers; the server runs in a process of its own. It
prints calls per second, seconds, and processor time per call in this process. `raw` pipelines
over plain sockets and so shows what the server can do. `sdk` is slow: give it fewer calls.

What a client needs is imported late: Linux counts the memory of whoever starts a process as that
process's own, so whoever measures memory must be small.
"""

import argparse
import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

WORKERS = 100
BODY = (
    b'{"temperature": 0, "max_tokens": 8, "model": "m", "messages":'
    b'[{"role":"system","content":"You route support tickets."},'
    b'{"role":"user","content":"My card was charged twice, ticket %d"}]}'
)
QUESTION = "My card was charged twice, ticket %d"

Ask = Callable[[int], Awaitable[object]]


@contextmanager
def server(latency: float) -> Iterator[int]:
    """A running server's port."""
    script = Path(__file__).with_name("server.py")
    command = [sys.executable, str(script), "--latency", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


async def workers(ask: Ask, calls: int) -> None:
    """Ask questions 0 to `calls`, `WORKERS` at a time."""
    numbers = iter(range(calls))

    async def work() -> None:
        for number in numbers:
            await ask(number)

    await asyncio.gather(*[work() for _ in range(WORKERS)])


async def raw(port: int, calls: int) -> None:
    """Four connections, fifty requests in each batch, nothing parsed: the server's own speed."""

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        head = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
        one = (head % len(BODY % 1)) + BODY % 1
        for _ in range(calls // 200):
            writer.write(one * 50)
            for _ in range(50):
                await reader.readuntil(b'"fp_bench"}')
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*[work() for _ in range(4)])


async def bare_aiohttp(port: int, calls: int) -> None:
    """The floor: a session and nothing else."""
    import aiohttp

    connector = aiohttp.TCPConnector(limit=WORKERS)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(number: int) -> None:
            url = f"http://127.0.0.1:{port}/v1/chat/completions"
            async with session.post(url, data=BODY % number) as response:
                await response.read()

        await workers(ask, calls)


async def bare_sdk(port: int, calls: int) -> None:
    """What a loop over `AsyncOpenAI` takes."""
    import openai

    async with openai.AsyncOpenAI(api_key="none", base_url=f"http://127.0.0.1:{port}/v1") as client:

        async def ask(number: int) -> None:
            await client.chat.completions.create(
                model="m",
                temperature=0,
                max_tokens=8,
                messages=[
                    {"role": "system", "content": "You route support tickets."},
                    {"role": "user", "content": QUESTION % number},
                ],
            )

        await workers(ask, calls)


async def endpoint(port: int, calls: int) -> None:
    """Ours, with its retries, from a `Request` to a `Completion`."""
    from promptci.models.hosted.endpoint import Endpoint
    from promptci.models.pacing.rategate import RateGate
    from promptci.models.pacing.retry import Retrying
    from promptci.specs.message import Message
    from promptci.specs.modelspec import EndpointSpec, ModelSpec
    from promptci.specs.request import Request, Settings

    spec = EndpointSpec("bench", "openai", base_url=f"http://127.0.0.1:{port}/v1")
    settings = Settings(ModelSpec("m", "m", spec), {"temperature": 0, "max_tokens": 8})
    system = Message("system", "You route support tickets.")
    model = Retrying(Endpoint(spec, concurrency=WORKERS, environ={}), gate=RateGate())

    async def ask(number: int) -> None:
        answer = await model.complete(
            Request(settings, (system, Message("user", QUESTION % number)))
        )
        assert answer.text.endswith(f"TICKET {number}")

    await workers(ask, calls)
    await model.aclose()


CLIENTS = {"raw": raw, "aiohttp": bare_aiohttp, "sdk": bare_sdk, "endpoint": endpoint}


def measure(name: str, *, calls: int, latency: float) -> str:
    """One line of figures."""
    with server(latency) as port:
        begun, spent = time.perf_counter(), time.process_time()
        asyncio.run(CLIENTS[name](port, calls))
        seconds, busy = time.perf_counter() - begun, time.process_time() - spent
    each = busy / calls * 1e6
    return f"{name:10} {calls / seconds:8.0f}/s {seconds:8.2f} s {each:8.0f} µs of CPU per call"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure clients against a loopback server.")
    parser.add_argument("clients", nargs="+", choices=CLIENTS)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.0, help="of the server, in seconds")
    options = parser.parse_args()
    for client in options.clients:
        print(measure(client, calls=options.calls, latency=options.latency))  # noqa: T201

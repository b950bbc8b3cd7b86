"""Peers that ask the same questions of the same server: scripts as their users would write them.

    .bench/bin/python benchmarks/peers.py openai --port 8080 --calls 1000

Run by `bench.py` with the interpreter that `make bench-peers` sets up. The last line says how many
questions ended in an error, and which version asked.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

Ask = Callable[[str], Awaitable[object]]


def client(port: int) -> Any:
    """OpenAI's client over aiohttp, with as many retries as promptci makes."""
    from openai import AsyncOpenAI, DefaultAioHttpClient

    return AsyncOpenAI(
        api_key="none",
        base_url=f"http://127.0.0.1:{port}/v1",
        max_retries=6,
        http_client=DefaultAioHttpClient(),
    )


def chat(api: Any) -> Ask:
    async def ask(line: str) -> str:
        answer = await api.chat.completions.create(
            model="bench",
            temperature=0,
            max_tokens=20,
            messages=[{"role": "user", "content": line}],
        )
        return answer.choices[0].message.content or ""

    return ask


async def openai(port: int, calls: int, concurrency: int) -> int:
    """A semaphore and a gather."""
    room = asyncio.Semaphore(concurrency)
    async with client(port) as api:
        ask = chat(api)

        async def one(number: int) -> None:
            async with room:
                await ask(f"say number {number}")

        asked = (one(number) for number in range(calls))
        answers = await asyncio.gather(*asked, return_exceptions=True)
    return sum(isinstance(answer, Exception) for answer in answers)


async def pydantic_evals(port: int, calls: int, concurrency: int) -> int:
    """A dataset, a task and an evaluator."""
    from pydantic_evals import Case, Dataset
    from pydantic_evals.evaluators import Contains

    cases = [
        Case(name=str(n), inputs=f"say number {n}", evaluators=(Contains(str(n)),))
        for n in range(calls)
    ]
    async with client(port) as api:
        report = await Dataset(name="bench", cases=cases).evaluate(
            chat(api), max_concurrency=concurrency, progress=False
        )
    return len(report.failures)


async def aiohttp(port: int, calls: int, concurrency: int) -> int:
    """The floor: a session and nothing else; what is refused is lost."""
    import aiohttp as library

    numbers, failed = iter(range(calls)), 0
    body = (
        '{"temperature": 0, "max_tokens": 20, "model": "bench", "messages":'
        '[{"role": "user", "content": "say number %d"}]}'
    )
    url = f"http://127.0.0.1:{port}/v1/chat/completions"
    connector = library.TCPConnector(limit=concurrency)
    async with library.ClientSession(connector=connector) as session:

        async def work() -> None:
            nonlocal failed
            for number in numbers:
                async with session.post(url, data=body % number) as response:
                    await response.read()
                    failed += response.status != 200

        await asyncio.gather(*(work() for _ in range(concurrency)))
    return failed


async def streams(port: int, calls: int, concurrency: int) -> int:
    """The lowest floor: asyncio's streams, a connection for each worker, nothing parsed."""
    numbers = iter(range(calls))
    body = (
        '{"temperature": 0, "max_tokens": 20, "model": "bench", "messages":'
        '[{"role": "user", "content": "say number %d"}]}'
    )
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            asked = body % number
            writer.write((head % (len(asked), asked)).encode())
            told = await reader.readuntil(b"\r\n\r\n")
            size = int(told.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(size)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(work() for _ in range(min(concurrency, calls))))
    return 0


PEERS = {
    "openai": openai,
    "pydantic-evals": pydantic_evals,
    "aiohttp": aiohttp,
    "streams": streams,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ask as a peer does.")
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=100)
    given = parser.parse_args()
    lost = asyncio.run(PEERS[given.peer](given.port, given.calls, given.concurrency))
    of = "python" if given.peer == "streams" else given.peer
    print(f"{lost} errors, {given.peer}", version(of) if of != "python" else "")  # noqa: T201

"""A model server that costs next to nothing: what is measured beside it is the client.

    python benchmarks/server.py --port 0 --latency 0.05

prints the port it listens on (loopback only) and answers until it is killed. `POST` anything is a
chat completion: the last user message in capitals. `GET /count` is the number of answers given.
One asyncio protocol and no task per request: over 10,000 requests a second on one core.
"""

import argparse
import asyncio
import contextlib
from collections import deque

import msgspec


class Turn(msgspec.Struct):
    """One message of a request; what else it holds is of no interest here."""

    role: str
    content: str


class Question(msgspec.Struct):
    """The part of a request's body that decides the answer."""

    messages: list[Turn]
    model: str = ""


QUESTION = msgspec.json.Decoder(Question)
ANSWER = (
    b'{"id":"chatcmpl-0","object":"chat.completion","created":0,"model":%b,"choices":[{"index":0,'
    b'"message":{"role":"assistant","content":%b,"refusal":null},"finish_reason":"stop"}],'
    b'"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d},'
    b'"system_fingerprint":"fp_bench"}'
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


def answer(body: bytes, filler: str = "") -> bytes:
    """The whole response to a chat completions body; the text ends in `filler`."""
    question = QUESTION.decode(body)
    text = next(turn.content for turn in reversed(question.messages) if turn.role == "user")
    words = len(text.split())
    encode = msgspec.json.encode
    payload = ANSWER % (
        encode(question.model),
        encode(text.upper() + filler),
        words,
        words,
        2 * words,
    )
    return HEAD % len(payload) + payload


class Desk:
    """What the connections share: the latency and the count."""

    def __init__(self, latency: float, size: int) -> None:
        self.latency = latency
        self.filler = " and so on" * (size // 10)
        self.answered = 0


class Connection(asyncio.Protocol):
    """One keep-alive connection; requests may be pipelined and are answered in order."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.unread = b""
        self.due: deque[bytes] = deque()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        """Take every whole request out of what has come so far."""
        self.unread += data
        while (end := self.unread.find(b"\r\n\r\n")) >= 0:
            head = self.unread[:end].lower()
            size = body_size(head)
            if len(self.unread) < end + 4 + size:
                return
            body = self.unread[end + 4 : end + 4 + size]
            self.unread = self.unread[end + 4 + size :]
            self.take(head, body)

    def take(self, head: bytes, body: bytes) -> None:
        """Answer one request, now or after the latency."""
        if head.startswith(b"get"):
            count = b"%d" % self.desk.answered
            self.transport.write(HEAD % len(count) + count)
            return
        self.due.append(answer(body, self.desk.filler))
        if self.desk.latency:
            self.loop.call_later(self.desk.latency, self.send)
        else:
            self.send()

    def send(self) -> None:
        """The oldest answer still due."""
        self.desk.answered += 1
        self.transport.write(self.due.popleft())


def body_size(head: bytes) -> int:
    """The Content-Length of a request head in lower case; 0 without one."""
    start = head.find(b"\r\ncontent-length:")
    return int(head[start + 17 :].split(b"\r\n", 1)[0]) if start >= 0 else 0


async def serve(*, port: int, latency: float, size: int = 0) -> None:
    """Print the port, then answer for ever."""
    desk = Desk(latency, size)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(desk), "127.0.0.1", port, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
    await server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A loopback model server for benchmarks.")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--size", type=int, default=0, help="bytes to make answers longer by")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(port=options.port, latency=options.latency, size=options.size))

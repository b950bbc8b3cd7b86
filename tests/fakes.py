"""Models for tests: `FakeAPI` on a loopback HTTP port, `ScriptedModel` in memory.

Both answer by rule and remember what they were asked:

    with FakeAPI() as api:
        api.answers(lambda prompt: "billing" if "card" in prompt else "other")
        ...                                   # anything that speaks to api.url
        assert api.count == 2
        assert api.requests[0]["temperature"] == 0

A rule gets an `Asked`: the text of the last user message, with the whole request as `.body`. It
returns the answer's text or vector, or a whole response as a dict, or a `Reply` for anything else
that a server may do. `api.script([...])` gives the next answers one by one, before the rule:

    api.script([Reply(429, {"Retry-After": "1"}), Reply(503), "billing"])
    api.script([Reply(body=b"<html>"), Reply(cut=10), Reply(delay=5)])
"""

import asyncio
import json
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, TypeAlias
from weakref import WeakSet

from aiohttp import web

from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage

Body: TypeAlias = dict[str, Any]


class Asked(str):
    """The text of the last user message, or to be embedded; `body` is the whole request.

    `path` is where it was sent to.
    """

    body: Body
    path: str

    @classmethod
    def read(cls, body: Body, path: str = "") -> Self:
        turns = body.get("messages", ())
        texts = [turn["content"] for turn in turns if turn["role"] == "user"]
        given = body.get("input", "")
        asked = cls(texts[-1] if texts else given[0] if isinstance(given, list) else given)
        asked.body, asked.path = body, path
        return asked


@dataclass(frozen=True)
class Reply:
    """A response to the letter. A dict as body is sent as JSON.

    `delay`: seconds before it; `until`: what must be so before it. `drip`: seconds between single
    bytes of the body. `cut`: so many bytes of the body, then the connection breaks; 0 breaks it
    before the status line. `hangs_up`: seconds after it until the connection is closed, though it
    was to be kept.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str | Body = b""
    delay: float = 0.0
    until: Callable[[], bool] | None = None
    drip: float = 0.0
    cut: int | None = None
    hangs_up: float | None = None

    @property
    def payload(self) -> bytes:
        if isinstance(self.body, dict):
            return json.dumps(self.body).encode()
        return self.body.encode() if isinstance(self.body, str) else self.body


Answer: TypeAlias = str | list[float] | Body | Reply
Rule: TypeAlias = Callable[[Asked], Answer]


@dataclass(frozen=True)
class Sent:
    """A request as it came in; header names in small letters."""

    path: str
    headers: Mapping[str, str]
    body: Body


def response_to(body: Body, text: str) -> Body:
    """A chat completion that says `text`; one token per word. Change it to make it odd."""
    asked = sum(len(str(turn.get("content")).split()) for turn in body["messages"])
    said = len(text.split())
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model", ""),
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
            }
        ],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": said,
            "total_tokens": asked + said,
        },
        "system_fingerprint": "fp_fake",
    }


def embedding_of(body: Body, vector: list[float]) -> Body:
    """A response to an embeddings request."""
    asked = len(str(body.get("input")).split())
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": vector}],
        "model": body.get("model", ""),
        "usage": {"prompt_tokens": asked, "total_tokens": asked},
    }


def error_body(message: str, *, code: str | None = None, param: str | None = None) -> Body:
    """An error as OpenAI words it."""
    return {"error": {"message": message, "type": "error", "code": code, "param": param}}


class _Server(web.Server):  # type: ignore[type-arg]
    """A server that knows its connections until they are gone."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.transports: WeakSet[asyncio.Transport] = WeakSet()

    def connection_made(self, handler: Any, transport: asyncio.Transport) -> None:
        self.transports.add(transport)
        super().connection_made(handler, transport)


class FakeAPI:
    """An OpenAI-compatible server on loopback, in a thread of its own. Echoes unless told else.

    Asked for its list of models it gives `models`, and counts that in `lists`.
    """

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.models: list[Body] = []
        self.lists = 0
        self.most_in_flight = 0
        self._in_flight = 0
        self._rule: Rule = str
        self._script: deque[Answer] = deque()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def answers(self, rule: Rule) -> None:
        """Answer every request by this rule from now on."""
        self._rule = rule

    @property
    def rule(self) -> Rule:
        """How requests are answered now."""
        return self._rule

    def script(self, answers: Iterable[Answer]) -> None:
        """Give these answers first, in this order."""
        self._script.extend(answers)

    @property
    def requests(self) -> list[Body]:
        """The bodies received so far, in the order of their arrival."""
        return [each.body for each in self.sent]

    @property
    def count(self) -> int:
        """How many requests came in."""
        return len(self.sent)

    @property
    def url(self) -> str:
        """What belongs into `base_url`."""
        return f"http://127.0.0.1:{self.port}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        self.port = self._wait_for(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wait_for(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def forget(self) -> None:
        """Be as if just begun, at the same port, for the next test."""
        self._wait_for(self._let_go())
        self.sent, self.models, self.lists = [], [], 0
        self._rule, self._script = str, deque()
        self.most_in_flight = self._in_flight = 0

    def _wait_for(self, task: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(task, self._loop).result(timeout=120)

    async def _start(self) -> int:
        self._server = _Server(self._handle)
        self._runner = web.ServerRunner(self._server, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def _end(self) -> None:
        await self._runner.cleanup()
        await self._let_go()

    async def _let_go(self) -> None:
        """Stop the answers that no client waits for any more, and close all connections."""
        for _ in range(3):
            await asyncio.sleep(0)  # who has knocked is let in first
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for transport in self._server.transports:
            transport.abort()
        while any(each.get_extra_info("socket").fileno() != -1 for each in self._server.transports):
            await asyncio.sleep(0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            self.lists += 1
            return web.json_response({"object": "list", "data": self.models})
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            body = json.loads(await request.read())
            headers = {name.lower(): value for name, value in request.headers.items()}
            self.sent.append(Sent(request.path_qs, headers, body))
            asked = Asked.read(body, request.path)
            answer = self._script.popleft() if self._script else self._rule(asked)
            return await self._reply(request, _as_reply(body, answer))
        finally:
            self._in_flight -= 1

    async def _reply(self, request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
        await asyncio.sleep(reply.delay)
        while reply.until is not None and not reply.until():
            await asyncio.sleep(0.01)
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        if reply.cut == 0:
            return _broken(request, response)
        response.headers.setdefault("Content-Type", "application/json")
        response.content_length = len(reply.payload)
        await response.prepare(request)
        for piece in _pieces(reply):
            await response.write(piece)
            await asyncio.sleep(reply.drip)
        if reply.hangs_up is not None and request.transport is not None:
            asyncio.get_running_loop().call_later(reply.hangs_up, request.transport.close)
        return response if reply.cut is None else _broken(request, response)


def _as_reply(body: Body, answer: Answer) -> Reply:
    if isinstance(answer, Reply):
        return answer
    if isinstance(answer, list):
        return Reply(body=embedding_of(body, answer))
    return Reply(body=response_to(body, str(answer)) if isinstance(answer, str) else answer)


def _pieces(reply: Reply) -> list[bytes]:
    payload = reply.payload[: reply.cut]
    return [payload[i : i + 1] for i in range(len(payload))] if reply.drip else [payload]


def _broken(request: web.BaseRequest, response: web.StreamResponse) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return response


class ScriptedModel:
    """A `Model` in memory: answers by rule (default: echo) and remembers its requests.

    The rule gets the text of the last user message and returns a text or a `Completion`; it may
    raise `ModelError`. `delay` is in seconds.
    """

    def __init__(self, rule: Callable[[str], str | Completion] = str, delay: float = 0.0) -> None:
        self.rule = rule
        self.delay = delay
        self.requests: list[Request] = []
        self.most_in_flight = 0
        self.closed = False
        self._in_flight = 0

    async def complete(self, request: Request) -> Completion:
        self.requests.append(request)
        self._in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            await asyncio.sleep(self.delay)
            answer = self.rule(_last_user_text(request))
        finally:
            self._in_flight -= 1
        if isinstance(answer, Completion):
            return answer
        words = sum(len(message.content.split()) for message in request.messages)
        return Completion(answer, usage=Usage(words, len(answer.split())))

    async def aclose(self) -> None:
        self.closed = True


def _last_user_text(request: Request) -> str:
    texts = [message.content for message in request.messages if message.role == "user"]
    return texts[-1] if texts else ""

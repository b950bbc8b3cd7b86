"""Several samples of one answer asked for by one call, with `n` of OpenAI's chat completions."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace
from yarl import URL

from promptci.models.hosted.wire import HTTPResponse
from promptci.specs.request import Request

WAIT = 0.01
"""Seconds that the first of several samples waits for the others."""

_NOT_TAKEN = (400, 404, 422)
"""How servers answer what they do not know."""

Send: TypeAlias = Callable[[URL, bytes], Awaitable[HTTPResponse]]


class _Group(Struct):
    """Samples that go out together: a place for the reply to each, None to ask by itself."""

    wanted: int
    replies: list["asyncio.Future[HTTPResponse | None]"] = field(default_factory=list)
    full: asyncio.Event = field(default_factory=asyncio.Event)

    def join(self) -> int:
        """The place of one more."""
        self.replies.append(asyncio.get_running_loop().create_future())
        if len(self.replies) >= self.wanted:
            self.full.set()
        return len(self.replies) - 1


class Together:
    """Joins the samples of an answer that are asked for at the same time.

    A model that refuses `n`, or gives fewer answers than asked for, is asked one by one from then
    on, and the first call with `n` goes alone, so that no other is refused. Each sample keeps its
    own place in the cache, so that one which is missing is asked alone.
    """

    def __init__(self) -> None:
        self._groups: dict[tuple[URL, bytes], _Group] = {}
        self._alone: set[str] = set()
        self._tried: set[str] = set()
        self._first: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def post(self, request: Request, url: URL, body: bytes, send: Send) -> HTTPResponse:
        """Send a body, for all who want the same."""
        model_id = request.settings.model.model_id
        if model_id in self._alone:
            return await send(url, body)
        key = url, body
        group = self._groups.setdefault(key, _Group(request.siblings))
        place = group.join()
        if place == 0:
            await self._lead(key, group, send, model_id)
        reply = await group.replies[place]
        return await send(url, body) if reply is None else reply

    async def _lead(self, key: tuple[URL, bytes], group: _Group, send: Send, model_id: str) -> None:
        """Wait for the others, ask for all of them and hand the replies out."""
        try:
            try:
                await asyncio.wait_for(group.full.wait(), WAIT)
            except TimeoutError:
                pass
            finally:
                self._groups.pop(key, None)
            replies = await self._ask(key, len(group.replies), send, model_id)
        except BaseException as error:
            for future in group.replies:
                if future.done():
                    continue
                if isinstance(error, Exception):
                    future.set_exception(error)
                    future.exception()  # whoever does not wait for it any more says nothing
                else:
                    future.set_result(None)
            raise
        for future, reply in zip(group.replies, replies, strict=True):
            if not future.done():
                future.set_result(reply)

    async def _ask(
        self, key: tuple[URL, bytes], count: int, send: Send, model_id: str
    ) -> list[HTTPResponse | None]:
        if count == 1:
            return [await send(*key)]
        if model_id not in self._tried:
            async with self._first[model_id]:
                if model_id not in self._tried:
                    try:
                        return await self._ask_for_all(key, count, send, model_id)
                    finally:
                        self._tried.add(model_id)
        if model_id in self._alone:
            return [None] * count
        return await self._ask_for_all(key, count, send, model_id)

    async def _ask_for_all(
        self, key: tuple[URL, bytes], count: int, send: Send, model_id: str
    ) -> list[HTTPResponse | None]:
        url, body = key
        reply = await send(url, b'%b,"n":%d}' % (body[:-1], count))
        if reply.status in _NOT_TAKEN:
            self._alone.add(model_id)
            return [None] * count
        if not 200 <= reply.status < 300:
            return [reply] * count
        parts = split_reply(reply, count)
        if len(parts) < count:
            self._alone.add(model_id)
        return [*parts, *[None] * (count - len(parts))]


def split_reply(reply: HTTPResponse, count: int) -> list[HTTPResponse]:
    """A reply for each choice, at most so many; what all took is divided among them."""
    try:
        body = msgspec.json.decode(reply.body)
        choices = body["choices"][:count]
    except (msgspec.DecodeError, KeyError, TypeError, UnicodeDecodeError):
        return [reply]
    if not isinstance(choices, list) or len(choices) < 2:
        return [reply]
    return [
        replace(reply, body=msgspec.json.encode(_alone(body, choices, place)))
        for place in range(len(choices))
    ]


def _alone(body: dict[str, Any], choices: list[Any], place: int) -> dict[str, Any]:
    usage = _share(body.get("usage"), place, len(choices))
    return {**body, "choices": [choices[place]], "usage": usage}


def _share(value: Any, place: int, count: int) -> Any:
    """A part of a count, or of all counts inside; the parts add up to the whole."""
    if isinstance(value, dict):
        return {name: _share(inner, place, count) for name, inner in value.items()}
    if isinstance(value, int) and not isinstance(value, bool):
        return value // count + (place < value % count)
    return value

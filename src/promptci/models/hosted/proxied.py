"""The path to a model server through a proxy: the same as `wire`, over aiohttp."""

import asyncio
import socket
import time
from io import BytesIO
from weakref import WeakSet

import aiohttp
from yarl import URL

from promptci.errors import ModelError
from promptci.models.hosted.connecting import unreachable
from promptci.models.hosted.response import LARGEST_BODY
from promptci.models.hosted.wire import (
    DROPPED_SHARE,
    LONGEST_CONNECT,
    MOST_DROPS,
    Headers,
    HTTPResponse,
)

PIECEMEAL = 1 << 20
"""Bytes from which a request goes out in pieces; aiohttp warns that it would hold up the rest."""

MOST_ROUNDS = 1_000
"""Rounds of the event loop in which a connection is closed that has nothing more to send."""

_DROPS = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


class ProxiedWire:
    """Keep-alive connections, at most `limit` at a time, and `timeout` seconds for a whole call.

    Follows no redirect, keeps no cookie and reads nothing from the environment: `headers` must not
    reach anybody but the address that is asked.
    """

    def __init__(self, headers: Headers, *, limit: int, timeout: float, proxy: str) -> None:
        self._headers = headers
        self._limit = limit
        self._timeout = timeout
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._calls = self._drops = 0
        self._keeps_alive = True
        self._left: list[aiohttp.ClientSession] = []
        self._sockets: WeakSet[socket.socket] = WeakSet()

    async def post(self, url: URL, body: bytes) -> HTTPResponse:
        """Send a JSON body. Raises `ModelError`: the second half of a sentence about the server.

        Exceptions of aiohttp can hold the request's headers; only chosen parts of them are kept.
        """
        started = time.monotonic()
        data = body if len(body) < PIECEMEAL else BytesIO(body)
        self._calls += 1
        try:
            async with self._open().post(url, data=data, allow_redirects=False) as response:
                content = await _read(response)
        except TimeoutError:
            raise ModelError(f"gave no answer within {self._timeout:g} s", "timeout") from None
        except aiohttp.ClientError as error:
            self._note_drop(error)
            raise sorted_error(error, url) from None
        return HTTPResponse(response.status, response.headers, content, time.monotonic() - started)

    async def aclose(self) -> None:
        """Close the connections, and wait until they are.

        A session waits for those in use or kept, not for those it gave up before: a call that was
        cancelled or that ran out of time leaves one that is closed in one of the loop's next
        rounds. It would be reported as unclosed if the loop ended before.
        """
        for session in (*self._left, *([self._session] if self._session else [])):
            await session.close()
        self._left, self._session = [], None
        for _ in range(MOST_ROUNDS):
            if all(each.fileno() == -1 for each in self._sockets):
                break
            await asyncio.sleep(0)

    def _socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        """A new socket, remembered until it is gone."""
        family, kind, protocol, *_ = address
        made = socket.socket(family, kind, protocol)
        self._sockets.add(made)
        return made

    def _note_drop(self, error: aiohttp.ClientError) -> None:
        """From a server that closes connections while they are kept open each call gets its own.

        Whether it saw the request is not known, so it must not happen to many.
        """
        if isinstance(error, aiohttp.ClientConnectorError) or not isinstance(error, _DROPS):
            return
        self._drops += 1
        if self._keeps_alive and self._drops >= max(MOST_DROPS, DROPPED_SHARE * self._calls):
            self._keeps_alive = False
            self._left.append(self._open())
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        """The session; the first call makes it, because it belongs to the running loop."""
        if self._session is None:
            connect = min(self._timeout, LONGEST_CONNECT)
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limit,
                    force_close=not self._keeps_alive,
                    socket_factory=self._socket,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=connect),
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    chunks = []
    size = 0
    while chunk := await response.content.readany():
        chunks.append(chunk)
        size += len(chunk)
        if size > LARGEST_BODY:
            raise ModelError(f"sent more than {LARGEST_BODY >> 20} MB", "malformed")
    return b"".join(chunks)


def sorted_error(error: aiohttp.ClientError, url: URL) -> ModelError:
    """What a failed call means: the second half of a sentence about the server."""
    match error:
        case aiohttp.ClientSSLError():
            return ModelError(f"cannot be reached safely ({error})", "bad_request")
        case aiohttp.ClientConnectorError():
            return unreachable(error.os_error, url)
        case aiohttp.ClientPayloadError() if "content-encoding" in str(error).lower():
            text = "sent a body that cannot be decompressed"
            return ModelError(text, "transient", may_cost=True)
        case aiohttp.ClientPayloadError():
            text = "broke off in the middle of an answer"
            return ModelError(text, "transient", may_cost=True)
        case aiohttp.ClientResponseError():
            return ModelError("answered something that is not HTTP", "malformed")
        case _:
            text = "closed the connection without an answer"
            return ModelError(text, "transient", may_cost=True)

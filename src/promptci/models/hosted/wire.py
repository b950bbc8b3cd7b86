"""The thin path to a model server: one POST, its response read whole, every failure sorted."""

import asyncio
import ipaddress
import time
from collections.abc import Mapping
from typing import TypeAlias

from msgspec import Struct
from yarl import URL

from promptci.errors import ModelError
from promptci.models.hosted.connecting import Connector
from promptci.models.hosted.connection import Connection, DroppedError
from promptci.spending.waiters import Waiters

LONGEST_CONNECT = 30.0
"""Seconds to wait for a connection, however long an answer may take."""

MOST_DROPS, DROPPED_SHARE = 3, 0.1
"""So many calls, and this share of all, whose connection was closed without an answer, and none is
kept open any more."""

_KEPT = 15.0
"""Seconds for which an idle connection is kept open."""

_FRESH = 0.002
"""Seconds after an answer in which it is not looked whether the other side has closed it."""

Headers: TypeAlias = Mapping[str, str]


class HTTPResponse(Struct, frozen=True):
    """An HTTP response, read whole; `latency` is in seconds."""

    status: int
    headers: Headers
    body: bytes
    latency: float


class Wire:
    """Keep-alive connections, at most `limit` at a time, and `timeout` seconds for a whole call.

    Follows no redirect, keeps no cookie and reads nothing from the environment: `headers` must not
    reach anybody but the address that is asked. A call takes a third of the processor time that it
    takes over aiohttp.
    """

    def __init__(self, headers: Headers, *, limit: int, timeout: float) -> None:
        self._headers = headers
        self._timeout = timeout
        self._room = limit
        self._waiters = Waiters()
        self._connector = Connector()
        self._kept: dict[tuple[str, str], list[Connection]] = {}
        self._heads: dict[URL, tuple[bytes, list[Connection]]] = {}
        self._calls = self._drops = 0
        self._keeps_alive = True

    async def post(self, url: URL, body: bytes) -> HTTPResponse:
        """Send a JSON body. Raises `ModelError`: the second half of a sentence about the server."""
        started = time.monotonic()
        self._calls += 1
        try:
            if not self._room:
                await self._room_for_one()
            self._room -= 1
            try:
                return await self._post(url, body, started)
            finally:
                self._room += 1
                self._waiters.wake()
        except TimeoutError:
            raise ModelError(f"gave no answer within {self._timeout:g} s", "timeout") from None
        except DroppedError:
            self._note_drop()
            raise

    async def _room_for_one(self) -> None:
        """Wait for one of the connections."""
        async with asyncio.timeout(self._timeout):
            while not self._room:
                await self._waiters.next_change()

    async def aclose(self) -> None:
        """Close the connections, and wait until they are."""
        self._close_kept()
        await self._connector.closed()

    def _close_kept(self) -> None:
        for kept in self._kept.values():
            while kept:
                kept.pop().close()
        self._heads = {}

    async def _post(self, url: URL, body: bytes, started: float) -> HTTPResponse:
        """Send it over a connection that is open, or over a new one."""
        head, kept = self._heads.get(url) or self._head(url)
        connection = self._usable(kept)
        if connection is None:
            async with asyncio.timeout(min(self._timeout, LONGEST_CONNECT)):
                connection = await self._connector.connect(url)
        left = started + self._timeout - time.monotonic()
        reply = await connection.ask(b"%b%d\r\n\r\n%b" % (head, len(body), body), left)
        if connection.is_open and self._keeps_alive:
            kept.append(connection)
        else:
            connection.close()
        latency = time.monotonic() - started
        return HTTPResponse(reply.status, reply.headers, reply.body(), latency)

    @staticmethod
    def _usable(kept: list[Connection]) -> Connection | None:
        """The connection that was used last and is still open."""
        while kept:
            connection = kept.pop()
            if connection.is_usable and _may_be_asked(connection):
                return connection
            connection.close()
        return None

    def _head(self, url: URL) -> tuple[bytes, list[Connection]]:
        """What every request to an address begins with, up to the length of its body."""
        place = url.scheme, url.host_port_subcomponent or ""
        own = {"Host": place[1], "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        if not self._keeps_alive:
            own["Connection"] = "close"
        given = {name.lower() for name in self._headers}
        headers = {name: text for name, text in own.items() if name.lower() not in given}
        lines = [f"{name}: {text}\r\n" for name, text in (headers | {**self._headers}).items()]
        first = f"POST {url.raw_path_qs} HTTP/1.1\r\n"
        head = f"{first}{''.join(lines)}Content-Length: ".encode()
        made = self._heads[url] = head, self._kept.setdefault(place, [])
        return made

    def _note_drop(self) -> None:
        """From a server that closes connections while they are kept open each call gets its own.

        Whether it saw the request is not known, so it must not happen to many.
        """
        self._drops += 1
        if self._keeps_alive and self._drops >= max(MOST_DROPS, DROPPED_SHARE * self._calls):
            self._keeps_alive = False
            self._close_kept()


def _may_be_asked(connection: Connection) -> bool:
    """Whether an open connection was not closed by the other side, as far as can be known."""
    idle = connection.idle_for
    return idle < _KEPT and (idle < _FRESH or not connection.has_news)


def proxy_for(url: URL, environ: Mapping[str, str]) -> str | None:
    """The proxy that the usual variables name for an address; none for this machine itself.

    Reads `https_proxy` (or `http_proxy`), `all_proxy` and `no_proxy`, in small letters or capitals.
    """
    host = url.host or ""
    if _is_loopback(host) or _is_exempt(host, _variable(environ, "no_proxy")):
        return None
    return _variable(environ, f"{url.scheme}_proxy") or _variable(environ, "all_proxy") or None


def _variable(environ: Mapping[str, str], name: str) -> str:
    return (environ.get(name) or environ.get(name.upper()) or "").strip()


def _is_exempt(host: str, no_proxy: str) -> bool:
    names = [name.strip().lstrip(".") for name in no_proxy.lower().split(",") if name.strip()]
    return any(name in ("*", host) or host.endswith(f".{name}") for name in names)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

"""New connections: addresses of a host, TCP and TLS."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from functools import cache, partial
from typing import TypeAlias
from weakref import WeakSet

import aiohappyeyeballs
from yarl import URL

from promptci.errors import ModelError
from promptci.models.hosted.connection import Connection, Rounds

_HEAD_START = 0.25
"""Seconds that one address of a host is tried before the next one is, too (RFC 8305)."""

_LOOKUP = 10.0
"""Seconds for which the addresses of a host hold."""

_MOST_ROUNDS = 1_000
"""Rounds of the event loop in which a connection is closed that has nothing more to send."""

_Place: TypeAlias = tuple[str, int]
_Addresses: TypeAlias = Sequence[aiohappyeyeballs.AddrInfoType]


class Connector:
    """Opens connections; `sockets` are those in use."""

    def __init__(self) -> None:
        self._lookups: dict[_Place, tuple[float, asyncio.Task[_Addresses]]] = {}
        self.sockets: WeakSet[socket.socket] = WeakSet()
        self._rounds: Rounds | None = None

    async def connect(self, url: URL) -> Connection:
        """A new connection to the server of an address. Raises `ModelError`."""
        host, port = url.raw_host or "", url.port or 80
        try:
            addresses = await self._addresses((host, port))
            made = await aiohappyeyeballs.start_connection(
                addresses, happy_eyeballs_delay=_HEAD_START, socket_factory=self._socket
            )
            return await self._entered(made, host if url.scheme == "https" else None)
        except ssl.SSLError as error:
            raise ModelError(f"cannot be reached safely ({error})", "bad_request") from None
        except (OSError, UnicodeError) as error:
            raise unreachable(error, url) from None

    async def closed(self) -> None:
        """Wait until all connections are closed that were told to."""
        for _, lookup in self._lookups.values():
            lookup.cancel()
        for _ in range(_MOST_ROUNDS):
            if all(each.fileno() == -1 for each in self.sockets):
                break
            await asyncio.sleep(0)

    async def _addresses(self, place: _Place) -> _Addresses:
        """The addresses of a host, asked for once by all who want them at a time."""
        loop = asyncio.get_running_loop()
        asked, lookup = self._lookups.get(place, (0.0, None))
        if lookup is None or (lookup.done() and loop.time() > asked + _LOOKUP):
            lookup = loop.create_task(_look_up(place))
            self._lookups[place] = loop.time(), lookup
        try:
            return await asyncio.shield(lookup)
        except OSError:
            self._lookups.pop(place, None)
            raise

    async def _entered(self, made: socket.socket, name: str | None) -> Connection:
        """A connection over a socket, with TLS for a name that the server must prove."""
        loop = asyncio.get_running_loop()
        if self._rounds is None or self._rounds.loop is not loop:
            self._rounds = Rounds()
        safely = None if name is None else _trust()
        try:
            _, connection = await loop.create_connection(
                partial(Connection, self._rounds), sock=made, ssl=safely, server_hostname=name
            )
        except BaseException:
            made.close()
            raise
        return connection

    def _socket(self, address: aiohappyeyeballs.AddrInfoType) -> socket.socket:
        """A new socket, remembered until it is gone."""
        family, kind, protocol, *_ = address
        made = socket.socket(family, kind, protocol)
        self.sockets.add(made)
        return made


async def _look_up(place: _Place) -> _Addresses:
    """What the system says of a name; an address in digits is no question."""
    host, port = place
    try:
        return socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        )
    except socket.gaierror:
        loop = asyncio.get_running_loop()
        return await loop.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
        )


@cache
def _trust() -> ssl.SSLContext:
    """Whom the system trusts; reading that takes a tenth of a second."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context


def unreachable(error: Exception, url: URL) -> ModelError:
    """What it means that a server cannot be reached: the second half of a sentence about it."""
    why = getattr(error, "strerror", None) or error
    text = f"cannot be reached at {url.origin()} ({why}): is it running, is base_url right?"
    is_refused = isinstance(error, ConnectionRefusedError | socket.gaierror)
    return ModelError(text, "transient", is_refused=is_refused)

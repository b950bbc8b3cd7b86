"""One connection to a model server: one request at a time, kept open between them."""

import asyncio
import select
import time
from collections.abc import Callable
from functools import partial

from promptci.errors import ModelError
from promptci.models.hosted.response import ResponseReader


class DroppedError(ModelError):
    """The connection was closed without an answer."""

    def __init__(self) -> None:
        text = "closed the connection without an answer"
        super().__init__(text, "transient", may_cost=True)


_AT_ONCE = 2**16
"""Bytes read at a time."""

_TOGETHER = 8
"""Requests that go out one right after the other, at most."""

_STEP, _LONG = 0.25, 5.0
"""Seconds between two times at which calls of more than so many seconds end."""


class Rounds:
    """What calls over many connections share in one loop: when they are sent, and when they end.

    `buffer` is what each reads into; what has come is looked at before anything else is read.

    Requests of one round of the loop go out a few right after each other: each wakes the server,
    unless that is awake already, and sent one by one it takes three times as long. Not all of them:
    what goes out together comes back together, and then all wait until the last is dealt with.
    """

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.buffer = memoryview(bytearray(_AT_ONCE))
        self._messages: list[tuple[asyncio.Transport, bytes]] = []
        self._due: dict[int, set[Connection]] = {}

    def put(self, transport: asyncio.Transport, message: bytes) -> None:
        """Send a message soon, unless its connection is closed until then."""
        if not self._messages:
            self.loop.call_soon(self._send)
        self._messages.append((transport, message))
        if len(self._messages) >= _TOGETHER:
            self._send()

    def _send(self) -> None:
        messages, self._messages = self._messages, []
        for transport, message in messages:
            if not transport.is_closing():
                transport.write(message)

    def end_in(self, seconds: float, connection: "Connection") -> Callable[[], None]:
        """End a call in so many seconds, those of about the same time at once; gives the undoing.

        A timer for each call would take a fiftieth of a run.
        """
        if seconds < _LONG:
            return self.loop.call_later(seconds, connection.end).cancel
        place = int((self.loop.time() + seconds) / _STEP) + 1
        due = self._due.get(place)
        if due is None:
            due = self._due[place] = set()
            self.loop.call_at(place * _STEP, self._end, place)
        due.add(connection)
        return partial(due.discard, connection)

    def _end(self, place: int) -> None:
        for connection in self._due.pop(place):
            connection.end()


class Connection(asyncio.BufferedProtocol):
    """An open connection; it `is_open` until that is known to be over.

    It reads into a buffer that there is: the loop would make one of 256 KiB for each answer, which
    takes six times as long as reading it.
    """

    def __init__(self, rounds: Rounds) -> None:
        self._rounds = rounds
        self.is_open = False
        self._idle_since = 0.0
        self._news: select.poll | None = None
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._waiter: asyncio.Future[ResponseReader] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent, also if the loop has not reported an end yet."""
        return self.is_open and self._transport is not None and not self._transport.is_closing()

    @property
    def idle_for(self) -> float:
        """Seconds since the last answer."""
        return time.monotonic() - self._idle_since

    @property
    def has_news(self) -> bool:
        """Whether something has come that the loop did not read yet; nothing was asked: its end."""
        if self._news is None:
            assert self._transport is not None
            self._news = select.poll()
            self._news.register(self._transport.get_extra_info("socket"), select.POLLIN)
        return bool(self._news.poll(0))

    async def ask(self, message: bytes, seconds: float) -> ResponseReader:
        """Send a request and read its response. Raises `ModelError`, and `TimeoutError`.

        A connection on which anything went wrong is closed.
        """
        if not self.is_open or self._transport is None:
            raise DroppedError
        waiter: asyncio.Future[ResponseReader] = self._loop.create_future()
        self._waiter = waiter
        reader = self._reader = ResponseReader()
        is_over = self._rounds.end_in(seconds, self)
        self._rounds.put(self._transport, message)
        try:
            return await waiter
        except BaseException:
            self.close()
            raise
        finally:
            is_over()
            self._reader = self._waiter = None
            if not reader.keeps_alive or self._transport.get_write_buffer_size():
                self.close()
            self._idle_since = time.monotonic()

    def end(self) -> None:
        """The call has taken too long."""
        self._fail(TimeoutError())

    def close(self) -> None:
        """Close it at once."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.is_open = True

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to put what comes."""
        return self._rounds.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Something has come."""
        reader = self._reader
        if reader is None:  # nothing was asked
            self.close()
            return
        try:
            if reader.feed(self._rounds.buffer[:nbytes]):
                self._succeed(reader)
        except ModelError as error:
            self._fail(error)

    def eof_received(self) -> bool:
        """Nothing more will come."""
        self.connection_lost(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self.is_open = False
        reader = self._reader
        if reader is None:
            return
        if exc is None and reader.end():
            self._succeed(reader)
        elif reader.status:
            text = "broke off in the middle of an answer"
            self._fail(ModelError(text, "transient", may_cost=True))
        else:
            self._fail(DroppedError())

    def _succeed(self, reader: ResponseReader) -> None:
        self._reader = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(reader)

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

"""One connection to a model server: one request at a time, kept open between them."""

import asyncio

from promptci.errors import ModelError
from promptci.models.hosted.response import ResponseReader


class DroppedError(ModelError):
    """The connection was closed without an answer."""

    def __init__(self) -> None:
        text = "closed the connection without an answer"
        super().__init__(text, "transient", may_cost=True)


class Connection(asyncio.Protocol):
    """An open connection.

    `idle_since` is when the last request was answered, by the clock of the loop.
    """

    def __init__(self) -> None:
        self.idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._reader: ResponseReader | None = None
        self._waiter: asyncio.Future[ResponseReader] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether another request may be sent."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def idle_for(self) -> float:
        """Seconds since the last answer."""
        return self._loop.time() - self.idle_since

    async def ask(self, message: bytes, seconds: float) -> ResponseReader:
        """Send a request and read its response. Raises `ModelError`, and `TimeoutError`.

        A connection on which anything went wrong is closed.
        """
        if not self.is_usable or self._transport is None:
            raise DroppedError
        waiter: asyncio.Future[ResponseReader] = self._loop.create_future()
        self._waiter = waiter
        reader = self._reader = ResponseReader()
        alarm = self._loop.call_later(seconds, self._fail, TimeoutError())
        self._transport.write(message)
        try:
            return await waiter
        except BaseException:
            self.close()
            raise
        finally:
            alarm.cancel()
            self._reader = self._waiter = None
            if not reader.keeps_alive or self._transport.get_write_buffer_size():
                self.close()
            self.idle_since = self._loop.time()

    def close(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Something has come."""
        reader = self._reader
        if reader is None:  # nothing was asked
            self.close()
            return
        try:
            if reader.feed(data):
                self._succeed(reader)
        except ModelError as error:
            self._fail(error)

    def eof_received(self) -> bool:
        """Nothing more will come."""
        self.connection_lost(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
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

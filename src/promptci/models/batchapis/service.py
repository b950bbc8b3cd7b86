"""What a service that takes batches can do, whatever its API: one adapter each speaks that."""

from collections.abc import AsyncIterator, Callable, Sequence, Set
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from msgspec import Struct

from promptci.errors import ModelError
from promptci.specs.request import Request

ENDED = ("ended", "failed")
"""The states after which nothing more comes."""


class Parcel(Struct, frozen=True):
    """Lines to be sent as one batch.

    `uid` is in what the service stores of it, where it keeps anything, so that a batch is found
    again whose id was never seen; `key_set` gives those of its lines. All lines are for one model
    and one task.
    """

    uid: str
    path: Path
    model_id: str
    task: Literal["chat", "embeddings"]
    count: int
    size: int
    key_set: Callable[[], Set[str]] = frozenset


CLOCKS = 2 * 86_400.0
"""Seconds by which clocks may differ, where a batch is known by a mark of our own."""


class BatchState(Struct, frozen=True):
    """How far a batch is. `word` is the service's own word for that.

    An `ended` one has results for some or all of its lines, a `failed` one was not begun; `why`
    says what was wrong. `total` is 0 and `done` counts nothing where the service does not say.
    `is_crowded` says that too much is waiting there, so that less may be taken.
    `answered` counts the lines that have an answer, which is paid; 0 where it does not say.
    `results` are the files that hold them. It `is_doubtful` where the service does not know the
    batch, or names no file for results that it counts.
    """

    status: Literal["running", "ended", "failed"]
    word: str
    total: int = 0
    done: int = 0
    why: str = ""
    is_crowded: bool = False
    results: tuple[str, ...] = ()
    is_doubtful: bool = False
    answered: int = 0

    def lines_done(self, count: int) -> int:
        """How many of so many lines have a result; `total` may be one of hundredths."""
        return self._share(self.done, count)

    def lines_paid(self, count: int) -> int:
        """How many of so many lines have an answer, by what the service says."""
        return self._share(self.answered, count)

    def _share(self, part: int, count: int) -> int:
        return min(count, part * count // self.total if self.total else part)


class BatchLine(Struct, frozen=True):
    """The result of one line: an HTTP status and a body as a live call has them.

    The body is a chat completion or an answer of embeddings, whatever the service's own form.
    `error` says why there is neither, such as that the batch expired before.
    """

    key: str
    status: int = 200
    body: bytes = b""
    error: str = ""


WriteLine: TypeAlias = Callable[[Request, frozenset[str]], bytes]
"""A request as one line without its end, without what the model refused before.

Raises `RequestError` for what the API cannot carry, `ModelError` for a file that was changed.
"""


class BatchService(Protocol):
    """Takes batches. Every method raises `ModelError`, whose message goes on after the endpoint.

    It `guesses` where nothing can be written on a batch, so that what it finds may be another's.
    """

    guesses: bool

    async def submit(self, parcel: Parcel) -> str:
        """Hand lines in; the batch's id. `TooLargeError` where the service takes fewer."""
        ...

    async def look(self, batch_id: str) -> BatchState:
        """How far a batch is."""
        ...

    def lines(self, batch_id: str, state: BatchState) -> AsyncIterator[BatchLine]:
        """The results of a batch that has ended, in any order; a line may be missing or double."""
        ...

    async def cancel(self, batch_id: str) -> None:
        """Have a batch ended; what is answered by then has to be paid."""
        ...

    async def find(self, parcel: Parcel, since: float) -> Sequence[str]:
        """The ids of batches that may be this parcel, handed in after `since`, the likeliest first.

        `since` is in seconds since 1970 by our clock, which may differ from the service's.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


class TooLargeError(ModelError):
    """A service takes fewer lines or bytes than were sent; nothing was begun."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "bad_request")

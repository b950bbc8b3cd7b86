"""The results of a large record, read chunk by chunk when they are asked for."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from math import fsum
from typing import TYPE_CHECKING, NoReturn, TypeAlias, overload

from msgspec import Struct

from promptci.errors import Fault, SpecError
from promptci.records.chunkfiles import chunk_name

if TYPE_CHECKING:
    from promptci.records.record import Result

ReadChunk: TypeAlias = Callable[[str], "tuple[Result, ...]"]
"""The results in a chunk, by its name. Raises `SpecError` for a damaged one."""


class ChunkLine(Struct, frozen=True):
    """What a summary says of a chunk: how many of its examples passed, of how many.

    `digest` is that of its lines, nothing but zeros where two branches changed them: what it says
    is then not known. `score` is the sum of all scores, None where each answered example has just
    1 and passed, or 0 and failed. `unmeasured` are those `errors` that were never asked.
    """

    passed: int
    total: int
    digest: str
    errors: int = 0
    unmeasured: int = 0
    score: float | None = None

    @property
    def answered(self) -> int:
        """Examples with an answer."""
        return self.total - self.errors

    @property
    def sum(self) -> float:
        """The sum of the scores."""
        return float(self.passed) if self.score is None else self.score

    @property
    def is_merged(self) -> bool:
        """Whether two branches changed the chunk, and it was not measured since."""
        return not self.digest.strip("0")


def _unread(name: str) -> NoReturn:
    wrong = f"chunk {name} is not here: run `promptci run`"
    raise SpecError([Fault("the record", 1, 1, wrong)])


class ChunkedResults(Sequence["Result"]):
    """Results sorted by id, of which nothing is read before it is asked for.

    Two of them are equal where the digests of their chunks are. `is_staged` says that a writer was
    ended before all chunks were in their place.
    """

    def __init__(
        self,
        lines: Mapping[str, ChunkLine],
        read: ReadChunk = _unread,
        check: Callable[[str], bool] = _unread,
    ) -> None:
        """`check` looks whether a chunk is there and undamaged, and says whether it is staged."""
        self.lines = lines
        self.chunk = read
        self.is_staged = False
        self._check = check
        self._whole: tuple[Result, ...] | None = None

    @property
    def whole(self) -> "tuple[Result, ...]":
        """All of them, which are then kept."""
        if self._whole is None:
            found = [result for name in self.lines for result in self.chunk(name)]
            self._whole = tuple(sorted(found, key=lambda result: result.id))
        return self._whole

    def check(self, among: Container[str] | None = None) -> None:
        """Find out whether chunks are there and undamaged, all or some. Raises `SpecError`."""
        for name in self.lines:
            if among is None or name in among:
                self.is_staged |= self._check(name)

    def may_have(self, id_: str) -> bool:
        """Whether there is a chunk for an example."""
        return chunk_name(id_, self.digits) in self.lines

    def some(self, ids: Iterable[str]) -> "tuple[Result, ...]":
        """Those of some examples, for which only their chunks are read."""
        wanted = set(ids)
        names = {chunk_name(id_, self.digits) for id_ in wanted} & self.lines.keys()
        found = (result for name in sorted(names) for result in self.chunk(name))
        return tuple(sorted((r for r in found if r.id in wanted), key=lambda result: result.id))

    def each(self) -> "Iterator[Result]":
        """All of them, chunk by chunk, of which none is kept."""
        return iter(self._whole) if self._whole is not None else self._unkept()

    def _unkept(self) -> "Iterator[Result]":
        for name in self.lines:
            yield from self.chunk(name)

    @property
    def digits(self) -> int:
        """The hex digits of the chunks' names."""
        return len(next(iter(self.lines), ""))

    @property
    def errors(self) -> int:
        """Examples without an answer."""
        return sum(line.errors for line in self.lines.values())

    @property
    def unmeasured(self) -> int:
        """Examples that were not asked since two branches were merged."""
        if any(line.is_merged for line in self.lines.values()):
            return sum(result.is_unmeasured for result in self.whole)
        return sum(line.unmeasured for line in self.lines.values())

    @property
    def is_merged(self) -> bool:
        """Whether not all of them were measured, since two branches were merged."""
        return any(line.is_merged or line.unmeasured for line in self.lines.values())

    def __len__(self) -> int:
        if any(line.is_merged for line in self.lines.values()):
            return len(self.whole)
        return sum(line.total for line in self.lines.values())

    @overload
    def __getitem__(self, index: int) -> "Result": ...
    @overload
    def __getitem__(self, index: slice) -> "tuple[Result, ...]": ...
    def __getitem__(self, index: int | slice) -> "Result | tuple[Result, ...]":
        return self.whole[index]

    def __iter__(self) -> "Iterator[Result]":
        return iter(self.whole)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ChunkedResults):
            is_known = not any(line.is_merged for line in self.lines.values())
            return self.lines == other.lines if is_known else self.whole == other.whole
        return self.whole == other if isinstance(other, tuple) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


def each_of(results: "Sequence[Result]") -> "Iterable[Result]":
    """Results one by one, in any order, without keeping those that are read for it."""
    return results.each() if isinstance(results, ChunkedResults) else results


def failed_of(results: "Sequence[Result]") -> "Iterator[Result]":
    """Those that failed, in any order; of those in chunks only the chunks with some are read."""
    if not isinstance(results, ChunkedResults):
        yield from (result for result in results if result.fate == "fail")
        return
    for name, line in results.lines.items():
        if line.is_merged or line.passed < line.answered:
            yield from (result for result in results.chunk(name) if result.fate == "fail")


class Passed:
    """Which examples passed, by id and digest; of results in chunks those asked about are read."""

    def __init__(self, results: "Sequence[Result]") -> None:
        self._chunked = results if isinstance(results, ChunkedResults) else None
        listed = results if self._chunked is None else ()
        self._digests = {result.id: result.digest for result in listed if result.passed}
        self._read: set[str] = set()

    def has(self, id_: str, digest: str) -> bool:
        """Whether an example passed that has this digest."""
        if self._chunked is not None and self._chunked.may_have(id_):
            name = chunk_name(id_, self._chunked.digits)
            if name not in self._read:
                self._read.add(name)
                found = self._chunked.chunk(name)
                self._digests |= {r.id: r.digest for r in found if r.passed}
        return self._digests.get(id_) == digest


class Sums(Struct, frozen=True):
    """How many examples passed, of how many; how many were answered, and the sum of scores."""

    passed: int
    total: int
    answered: int
    sum: float

    @property
    def mean(self) -> float:
        """The mean score of those answered, 0 without any."""
        return self.sum / self.answered if self.answered else 0.0


def summed_up(results: "Sequence[Result]") -> Sums:
    """The figures of some results; of those in chunks the summary says them."""
    if isinstance(results, ChunkedResults):
        lines = results.lines.values()
        return Sums(
            sum(line.passed for line in lines),
            sum(line.total for line in lines),
            sum(line.answered for line in lines),
            fsum(line.sum for line in lines),
        )
    fates = [result.fate for result in results]
    scores = [result.score for result in results if result.fate != "error"]
    return Sums(fates.count("pass"), len(fates), len(scores), fsum(scores))

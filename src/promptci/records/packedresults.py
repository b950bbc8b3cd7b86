"""Results of an eval with very many examples as they come in, packed by their chunks."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from promptci.records import chunkfiles
from promptci.records.chunkfiles import chunk_name, digits_for
from promptci.records.chunktext import lines_of, summed
from promptci.records.record import Fate, Result
from promptci.records.results import ChunkedResults

_FATES: tuple[Fate, ...] = ("pass", "fail", "error")


class _Row(msgspec.Struct, array_like=True):
    """A result in some 25 to 40 bytes, of which an object takes 300.

    `id` is how long the id is where it is the beginning of the digest, which is written as
    its bytes; `fate` is a place in `_FATES`.
    """

    id: str | int
    digest: bytes
    fate: int
    score: float
    scores: tuple[tuple[str, float], ...]
    is_unmeasured: bool


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(list[_Row])


class PackedResults:
    """Results that are listed as they come and, once they are `ROOMY` many, packed by chunk."""

    def __init__(self, *, stay_listed: bool = False, expected: int = 0) -> None:
        """Where so many are `expected` they are packed from the first on."""
        self._stay_listed = stay_listed
        self._packs = expected >= chunkfiles.ROOMY and not stay_listed
        self._listed: list[Result] = []
        self._packed: dict[str, bytearray] = {}
        self._counts: dict[str, int] = {}
        self._count = 0
        self._scores = array("d")
        self._recorded: ChunkedResults | None = None

    @classmethod
    def of(cls, recorded: ChunkedResults, scores: Iterable[float]) -> "PackedResults":
        """The results of a record, all of them, with the scores of those that were answered."""
        found = cls()
        found._recorded, found._count = recorded, len(recorded)
        found._scores.extend(scores)
        return found

    def append(self, result: Result) -> None:
        """Take one more in."""
        self._count += 1
        if self._packs:
            self._pack(result)
            return
        self._listed.append(result)
        if len(self._listed) >= chunkfiles.ROOMY and not self._stay_listed:
            self._packs = True
            for each in self._listed:
                self._pack(each)
            self._listed = []

    @property
    def scores(self) -> Sequence[float]:
        """The scores of those that were answered."""
        if self.listed is None:
            return self._scores
        return [result.score for result in self._listed if result.fate != "error"]

    @property
    def listed(self) -> list[Result] | None:
        """All of them in the order in which they came; None where they are packed."""
        return None if self._packs or self._recorded is not None else self._listed

    @property
    def chunked(self) -> ChunkedResults:
        """Those that are packed as the results of a record, each chunk unpacked when it is read."""
        if self._recorded is not None:
            return self._recorded
        lines = {}
        for name in sorted(self._packed):
            results = self._chunk(name)
            lines[name] = summed(results, lines_of(results))
        return ChunkedResults(lines, self._chunk, lambda _: False)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Result]:
        yield from self._listed if self._recorded is None else self._recorded.each()
        for name in self._packed:
            yield from self._chunk(name)

    def _pack(self, result: Result) -> None:
        name = chunk_name(result.id, digits_for(chunkfiles.ROOMY))
        self._counts[name] = self._counts.get(name, 0) + 1
        score = int(result.score) if result.score in (0.0, 1.0) else result.score
        id_ = len(result.id) if result.digest.startswith(result.id) else result.id
        digest, fate = bytes.fromhex(result.digest), _FATES.index(result.fate)
        row = _Row(id_, digest, fate, score, result.scores, result.is_unmeasured)
        if result.fate != "error":
            self._scores.append(result.score)
        self._packed.setdefault(name, bytearray()).extend(_ENCODER.encode(row))

    def _chunk(self, name: str) -> tuple[Result, ...]:
        size = self._counts[name].to_bytes(4, "big")
        rows = _DECODER.decode(b"\xdd" + size + self._packed[name])  # a list of so many
        return tuple(sorted(map(_unpacked, rows), key=lambda result: result.id))


def _unpacked(row: _Row) -> Result:
    digest = row.digest.hex()
    id_ = digest[: row.id] if isinstance(row.id, int) else row.id
    return Result(id_, digest, _FATES[row.fate], row.score, row.scores, row.is_unmeasured)

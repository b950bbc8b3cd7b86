"""`evals/NAME.scores.yaml` read back, line by line.

It needs no YAML parser, which would take half a second for 10,000 examples, and it takes nothing
but what `promptci.records.scorewriter` writes: figures that do not add up are no record of a run.
"""

from functools import lru_cache
from itertools import islice
from typing import NoReturn

from msgspec.structs import replace

from promptci.errors import Fault, SpecError
from promptci.latepattern import late
from promptci.parsing.source import excerpt
from promptci.records.chunkreader import ChunkReader, OpenFile, models_of, nowhere
from promptci.records.record import Record, Result, Results
from promptci.records.results import ChunkLine, summed_up
from promptci.records.scoresection import BLOCKS, Section, read_chunk_line, read_result
from promptci.records.scorevalue import TEXT, Raw, Raws, ScoreValues
from promptci.records.scorewriter import CHUNKED, DIGITS, FORMAT, dump, dump_scalar, number

__all__ = ["DIGITS", "FORMAT", "NewerFormatError", "dump", "dump_scalar", "number", "parse"]

_LINE = late(rf"( *)({TEXT}):(?: (.+))?")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_FIELDS = {
    *("model", "build", "prompt", "version", "fingerprint", "parts"),
    *("sampling", "score", "passed", "total"),
}
_LONG_DIGESTS = 2
"""The first format in which every digest has at least 128 bits."""


@lru_cache(1 << 12)
def _parted(line: str) -> tuple[int, str, str] | None:
    """A line's indent, and its key and value as they are written; None for no such line."""
    match = _LINE.fullmatch(line)
    return None if match is None else (len(match[1]), match[2], match[3] or "")


class NewerFormatError(SpecError):
    """A score file that only a later promptci understands; it must not be overwritten."""


def parse(text: str, path: str, eval_name: str, open_: OpenFile = nowhere) -> dict[str, Record]:
    """The records in a score file, by model.

    `path` is its name in errors, and where its chunks are: those of a large record are read by
    `open_` when they are asked for, which raises the same errors. Raises `SpecError` with the line
    for anything that `dump` would not have written: merge conflicts, a cut-off file, figures that
    do not add up; and `NewerFormatError` for a later format. LF and CRLF line ends are taken alike.
    """
    return _Reader(text, path, open_).records(eval_name)


class _Reader:
    """One pass over the lines."""

    def __init__(self, text: str, path: str, open_: OpenFile) -> None:
        self._open = open_
        self._chunks: dict[str, dict[str, ChunkLine]] = {}
        self._models: dict[str, set[str]] = {}
        self._made = 0
        self._lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
        self._may_conflict = any(mark in text for mark in _CONFLICT)
        self._values = ScoreValues(path)
        self._at = 0

    def records(self, eval_name: str) -> dict[str, Record]:
        self._refuse_conflicts()
        made = self._made = self._head()
        records: dict[str, Record] = {}
        while (pair := self._next(indent=2)) is not None:
            name, raw = pair
            if name in records or raw.text:
                self._refuse(f"a second section for the model `{excerpt(name)}`", raw)
            records[name] = self._record(eval_name, name, raw)
            if made >= _LONG_DIGESTS and records[name].is_old:
                self._refuse(f"a digest that is too short for format {made}", raw)
        if self._at < len(self._lines):
            self._refuse("a line that does not belong here")
        if not records:
            self._refuse("no section for any model, so the record is cut off")
        self._models.update(models_of(self._chunks))
        return records

    def _refuse_conflicts(self) -> None:
        for index, line in enumerate(self._lines if self._may_conflict else (), 1):
            if line.startswith(_CONFLICT):
                self._values.refuse(index, "an unresolved merge conflict")

    def _head(self) -> int:
        """The format."""
        while self._at < len(self._lines) and self._lines[self._at].startswith("#"):
            self._at += 1
        pair = self._next(indent=0)
        if pair is None or pair[0] != "format":
            self._refuse("no `format`, so this is no score record", pair and pair[1])
        made = self._values.count(pair[1])
        if made > CHUNKED:
            wrong = f"format {made} was written by a newer promptci: upgrade promptci"
            raise NewerFormatError([Fault(self._values.path, pair[1].line, 1, wrong)])
        pair = self._next(indent=0)
        if made < 1 or pair is None or (pair[0], pair[1].text) != ("models", ""):
            self._refuse("no `models`, so the record is cut off", pair and pair[1])
        return made

    def _record(self, eval_name: str, model: str, head: Raw) -> Record:
        fields: Raws = {}
        blocks: dict[str, Raws] = {}
        results: Results | None = None
        while (pair := self._next(indent=4)) is not None:
            name, raw = pair
            if name in _FIELDS and name not in fields and raw.text:
                fields[name] = raw
            elif name in BLOCKS and name not in blocks and not raw.text:
                blocks[name] = self._pairs()
            elif name == self._kind and results is None and not raw.text:
                results = self._results() if name == "examples" else ()
                self._chunks[model] = {} if results else self._chunk_lines()
            else:
                self._refuse(f"`{excerpt(name)}` does not belong here", raw)
        section = Section(self._values, fields, head)
        record = section.record(eval_name, model, blocks, results or ())
        if lines := self._chunks.get(model):
            reader = ChunkReader(
                self._values.path, model, record.parts, lines, self._models, self._open
            )
            record = replace(record, results=reader.chunked)
        self._check_sums(record, fields["score"])
        return record

    @property
    def _kind(self) -> str:
        """Where the examples of a section are: in it, or in chunks."""
        return "chunks" if self._made == CHUNKED else "examples"

    def _chunk_lines(self) -> dict[str, ChunkLine]:
        found: dict[str, ChunkLine] = {}
        for line in islice(self._lines, self._at, None):
            if not line.startswith("      "):
                break
            pair = read_chunk_line(line)
            if pair is None or pair[0] in found or len(pair[0]) != len(next(iter(found), pair[0])):
                self._refuse("no line of a chunk, or a second one of it")
            found[pair[0]] = pair[1]
            self._at += 1
        return found

    def _pairs(self) -> Raws:
        pairs: Raws = {}
        while (pair := self._next(indent=6)) is not None:
            if pair[0] in pairs:
                self._refuse(f"`{excerpt(pair[0])}` a second time", pair[1])
            pairs[pair[0]] = pair[1]
        return pairs

    def _results(self) -> tuple[Result, ...]:
        results: dict[str, Result] = {}
        first = self._at
        try:
            for line in islice(self._lines, first, None):
                if not line.startswith("      "):
                    break
                result = read_result(line)
                if result.id in results:
                    self._refuse(f"a second result for the example `{excerpt(result.id)}`")
                results[result.id] = result
        except SpecError as error:
            at = first + len(results) + 1
            fault = replace(error.faults[0], path=self._values.path, line=at)
            raise SpecError([fault]) from None
        self._at = first + len(results)
        return tuple(results.values())

    def _next(self, *, indent: int) -> tuple[str, Raw] | None:
        """The key and raw value of the next line, if it is indented as far."""
        if self._at >= len(self._lines):
            return None
        found = _parted(self._lines[self._at])
        if found is None:
            self._refuse("a line that promptci does not write")
        depth, key, text = found
        if depth != indent:
            return None
        self._at += 1
        return self._values.text(Raw(key, self._at)), Raw(text, self._at)

    def _check_sums(self, record: Record, place: Raw) -> None:
        """The totals must follow from the examples; the last decimal may be rounded."""
        sums = summed_up(record.results)
        if (record.passed, record.total) != (sums.passed, sums.total):
            said = f"the examples say {sums.passed} of {sums.total}"
            self._refuse(f"`passed` or `total` does not add up, {said}", place)
        if abs(record.score - sums.mean) > 2 * 10**-DIGITS:
            self._refuse(f"`score` does not add up, the examples say {number(sums.mean)}", place)

    def _refuse(self, what: str, place: Raw | None = None) -> NoReturn:
        """Refuse a line that was read, or else the next one."""
        here = min(self._at + 1, len(self._lines))
        self._values.refuse(place.line if place else here, what)

"""A record as the files that it is kept in: one, or of a large one a summary and its chunks."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from promptci.errors import RequestError
from promptci.records.chunkfiles import chunk_name, chunk_path, digits_for
from promptci.records.chunktext import dump_chunk, lines_of, summed
from promptci.records.record import Parts, Record, Result, Results
from promptci.records.results import ChunkedResults, ChunkLine
from promptci.records.scorewriter import CHUNKED, HEAD, dump, number, section_head


class RecordTexts(Struct, frozen=True):
    """The text of a record's file, and those of its chunks by their names."""

    text: str
    chunks: Mapping[str, str] = field(default_factory=dict)

    def at(self, path: str) -> dict[str, str]:
        """The texts by path, for a record at a path."""
        chunks = {chunk_path(path, name): text for name, text in self.chunks.items()}
        return {**chunks, path: self.text}


def is_large(records: Mapping[str, Record]) -> bool:
    """Whether an eval's records are kept in chunks; not with digests too short for that format."""
    return bool(_digits(records)) and not any(record.is_old for record in records.values())


def _digits(records: Mapping[str, Record]) -> int:
    return digits_for(sum(len(record.results) for record in records.values()))


def dump_files(records: Mapping[str, Record]) -> RecordTexts:
    """The files of an eval's records: equal records are equal bytes."""
    if not is_large(records):
        return RecordTexts(dump(records))
    digits = _digits(records)
    if any(isinstance(record.results, ChunkedResults) for record in records.values()):
        return _from_chunks(records, digits)
    sections: dict[str, dict[str, tuple[Parts, str]]] = {}
    lines: dict[str, dict[str, ChunkLine]] = {}
    for model, record in records.items():
        lines[model] = {}
        for name, results in _grouped(record.results, digits):
            text = lines_of(results)
            sections.setdefault(name, {})[model] = record.parts, text
            lines[model][name] = summed(results, text)
    chunks = {name: dump_chunk(name, sections[name]) for name in sorted(sections)}
    return RecordTexts(dump_summary(records, lines), chunks)


class _Texts(Mapping[str, str]):
    """The texts of chunks by their names, each made when it is looked at."""

    def __init__(self, records: Mapping[str, Record], found: Mapping[str, ChunkedResults]) -> None:
        self._records, self._found = records, found
        self._names = sorted({name for each in found.values() for name in each.lines})

    def __getitem__(self, name: str) -> str:
        sections = {
            model: (self._records[model].parts, lines_of(each.chunk(name)))
            for model, each in self._found.items()
            if name in each.lines
        }
        return dump_chunk(name, sections)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _from_chunks(records: Mapping[str, Record], digits: int) -> RecordTexts:
    """The files of records, some in chunks, of which no more than one is read at once."""
    found = {model: _in_chunks(record.results, digits) for model, record in records.items()}
    lines = {model: each.lines for model, each in found.items()}
    return RecordTexts(dump_summary(records, lines), _Texts(records, found))


def _in_chunks(results: Results, digits: int) -> ChunkedResults:
    """Results in chunks whose names have so many digits."""
    if isinstance(results, ChunkedResults) and results.digits == digits and not results.is_merged:
        return results
    chunks = {name: tuple(some) for name, some in _grouped(results, digits)}
    lines = {name: summed(some, lines_of(some)) for name, some in chunks.items()}
    return ChunkedResults(lines, chunks.__getitem__)


def dump_summary(
    records: Mapping[str, Record], lines: Mapping[str, Mapping[str, ChunkLine]]
) -> str:
    """The text of a summary with these lines for each model's chunks."""
    texts = [HEAD, f"format: {CHUNKED}", "models:"]
    for model in sorted(records):
        texts += section_head(model, records[model])
        texts += ["    chunks:"] * bool(lines[model])
        texts += (chunk_line(name, lines[model][name]) for name in sorted(lines[model]))
    return "\n".join((*texts, ""))


def merged_text(records: Mapping[str, Record]) -> str:
    """The text of merged records; of large ones the summary, whose chunks git merges."""
    if not any(isinstance(record.results, ChunkedResults) for record in records.values()):
        return dump(records)
    found = {model: record.results for model, record in records.items()}
    lines = {m: each.lines for m, each in found.items() if isinstance(each, ChunkedResults)}
    if lines.keys() != records.keys():
        wrong = "some models have their examples in chunks, and some do not"
        raise RequestError(f"{wrong}: run `promptci run` once the rest is merged")
    return dump_summary(records, lines)


def chunk_line(name: str, line: ChunkLine) -> str:
    """What a summary says of a chunk."""
    pairs = [f"passed: {line.passed}", f"total: {line.total}"]
    if line.errors:
        pairs.append(f"errors: {line.errors}")
    if line.unmeasured:
        pairs.append(f"unmeasured: {line.unmeasured}")
    if line.score is not None:
        pairs.append(f"score: {number(line.score)}")
    pairs.append(f'digest: "{line.digest}"')
    return f'      "{name}": {{{", ".join(pairs)}}}'


def _grouped(results: Sequence[Result], digits: int) -> Iterator[tuple[str, list[Result]]]:
    """Results by the name of their chunk, both sorted."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(chunk_name(result.id, digits), []).append(result)
    for name in sorted(found):
        yield name, sorted(found[name], key=lambda result: result.id)

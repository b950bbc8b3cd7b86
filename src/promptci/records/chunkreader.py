"""The chunks of one model's record, read from wherever its summary was found."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import SpecError
from promptci.records.chunkfiles import chunk_path, staged_path
from promptci.records.chunktext import (
    ChunkSection,
    measured_with,
    parse_chunk,
    refuse,
    section_results,
    summed,
)
from promptci.records.record import Parts, Result
from promptci.records.results import ChunkedResults, ChunkLine

OpenFile: TypeAlias = Callable[[str], bytes | None]
"""The bytes of a file by its path in the project; None where there is no regular file."""


def nowhere(path: str) -> bytes | None:
    """No file at all: for a summary that came without its chunks."""
    return None


class ChunkReader(Struct, frozen=True):
    """Reads the chunks of one model and compares each with what the summary says of it.

    `path` is the summary's, and `models` has the models of every chunk.
    """

    path: str
    model: str
    parts: Parts
    lines: Mapping[str, ChunkLine]
    models: Mapping[str, set[str]]
    open: OpenFile

    @property
    def chunked(self) -> ChunkedResults:
        """The results, of which none are read yet."""
        return ChunkedResults(self.lines, self.results, self.check)

    def results(self, name: str) -> tuple[Result, ...]:
        """The results in a chunk. Raises `SpecError` for one that is not as the summary says."""
        line = self.lines[name]
        section, path = self._find(name)
        found = section_results(section, path, name)
        if line.is_merged:
            is_measured = section.parts == measured_with(self.parts)
            return found if is_measured else tuple(map(_unmeasured, found))
        if summed(found, section.text) != line:
            refuse(path, section.line, f"what {self.path} says of chunk {name} does not add up")
        return found

    def check(self, name: str) -> bool:
        """Whether a chunk is still staged. Raises `SpecError` for one that is not as it was."""
        return self._find(name)[1] != chunk_path(self.path, name)

    def _find(self, name: str) -> tuple[ChunkSection, str]:
        """The section in a chunk, and its file: its own, or that in which it is staged."""
        try:
            return self._section(name, chunk_path(self.path, name))
        except SpecError:
            staged = staged_path(self.path, name)
            if self.open(staged) is None:
                raise
            try:
                return self._section(name, staged)
            except SpecError:
                pass
            raise

    def _section(self, name: str, path: str) -> tuple[ChunkSection, str]:
        data = self.open(path)
        if data is None:
            refuse(path, 1, f"chunk {name} of {self.path} is missing")
        sections = parse_chunk(data, path, name)
        line, section = self.lines[name], sections.get(self.model)
        if section is None or not (line.is_merged or sections.keys() == self.models[name]):
            refuse(path, 1, f"chunk {name} is not of the models of {self.path}")
        if line.is_merged:
            return section, path
        if section.parts != measured_with(self.parts):
            refuse(path, section.line - 2, f"chunk {name} is of another record than {self.path}")
        if section.digest != line.digest:
            refuse(path, section.line, f"chunk {name} is not what {self.path} says of it")
        return section, path


def _unmeasured(result: Result) -> Result:
    return replace(result, fate="error", score=0.0, scores=(), is_unmeasured=True)


def models_of(lines: Mapping[str, Mapping[str, ChunkLine]]) -> dict[str, set[str]]:
    """The models of every chunk, by the lines of each model's chunks."""
    found: dict[str, set[str]] = {}
    for model, name in _pairs(lines):
        found.setdefault(name, set()).add(model)
    return found


def _pairs(lines: Mapping[str, Mapping[str, ChunkLine]]) -> Iterator[tuple[str, str]]:
    for model, chunks in lines.items():
        for name in chunks:
            yield model, name

"""Merge the chunks of two branches' large records, each as if it were a record of its examples."""

import re
from collections.abc import Mapping

from promptci.records.chunktext import (
    ChunkSection,
    dump_chunk,
    lines_of,
    parse_chunk,
    record_of,
    section_results,
)
from promptci.records.merging import merge_records
from promptci.records.record import Record

_NAME = re.compile(rb'^chunk: "([0-9a-f]{2,3})"\r?$', re.MULTILINE)


def chunk_in(data: bytes) -> str:
    """The name of the chunk in a file's bytes; empty where there is none."""
    found = _NAME.search(data[:200])
    return found[1].decode() if found else ""


def merge_chunks(base: bytes, ours: bytes, theirs: bytes, *, path: str) -> str:
    """The text of a merged chunk; the base is empty where both sides are new.

    What neither side measured with what was merged is marked unmeasured. Raises `SpecError` for
    what is no chunk, or another one.
    """
    name = chunk_in(ours)
    before, mine, its = (_records(data, path, name) for data in (base, ours, theirs))
    merged = merge_records(before, mine, its)
    return dump_chunk(name, {m: (each.parts, lines_of(each.results)) for m, each in merged.items()})


def _records(data: bytes, path: str, name: str) -> Mapping[str, Record]:
    sections = parse_chunk(data, path, name) if data.strip() else {}
    return {model: _record(each, path, name) for model, each in sections.items()}


def _record(section: ChunkSection, path: str, name: str) -> Record:
    return record_of(section, section_results(section, path, name))

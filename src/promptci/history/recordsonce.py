"""Score records that were read before, by this command or an earlier one, known by their bytes."""

from collections.abc import Mapping
from hashlib import sha256

from msgspec.structs import force_setattr

from promptci.git.tree import Tree, read_file
from promptci.history.oldformat import with_long_digests
from promptci.records.chunkfiles import score_path
from promptci.records.record import Record
from promptci.records.recordfile import check_chunks, chunked, read_from_tree
from promptci.remembered import REMEMBERED, key_of

_SHELF = "records"
_SMALL = 50_000
"""Bytes of a file whose records are kept: 500 examples, say. Of a larger one most is in chunks."""


def records_once(data: bytes, tree: Tree, path: str, eval_name: str) -> dict[str, Record]:
    """The same as `read_from_tree`; the same bytes at the same path are read once.

    A record with chunks is none of them: those are files of a tree.
    """
    if len(data) > _SMALL:
        return read_from_tree(data, tree, path, eval_name)
    key = key_of("records", path, eval_name, sha256(data).hexdigest())
    records = REMEMBERED.get_small(_SHELF, key, dict[str, Record])
    if records is None:
        records = read_from_tree(data, tree, path, eval_name)
        if not chunked(records):
            REMEMBERED.put_small(_SHELF, key, records)
        return records
    for record in records.values():
        force_setattr(record, "results", tuple(record.results))
    return records


class TreeRecords:
    """What was read of records, by path and content; those with chunks by their tree, too."""

    def __init__(self) -> None:
        self._parsed: dict[tuple[str, bytes], dict[str, Record]] = {}
        self._chunked: dict[tuple[str, bytes, str], dict[str, Record]] = {}

    def of(self, tree: Tree | None, eval_name: str) -> dict[str, Record]:
        """The records of an eval in a tree, by model; none if there is no file.

        Those of an older format have the digests that the tree's files have today, if they were
        made from these. Raises `SpecError` if the file is damaged.
        """
        path = score_path(eval_name)
        if tree is None or not tree.exists(path):
            return {}
        data = read_file(tree, path)
        known = self._parsed.get((path, data)) or self._chunked.get((path, data, tree.name))
        if known is None:
            known = records_once(data, tree, path, eval_name)
            self._keep(path, data, tree.name, known)
        return dict(with_long_digests(known, tree, eval_name))

    def _keep(self, path: str, data: bytes, where: str, records: dict[str, Record]) -> None:
        """Keep records that were read; those whose chunks are in a tree are kept for it alone."""
        if chunked(records):
            check_chunks(records)
            self._chunked[path, data, where] = records
        else:
            self._parsed[path, data] = records

    def says(self, tree: Tree, path: str, records: Mapping[str, Record]) -> bool:
        """Whether a file of a tree that was read says just this."""
        from promptci.records.chunkwriter import is_large

        if not tree.exists(path):
            return False
        there = self._there(tree, path, large=is_large(records))
        return there == records and _metrics(there) == _metrics(records)

    def _there(self, tree: Tree, path: str, *, large: bool) -> dict[str, Record] | None:
        """What was read of a file; None where it was not, or where its chunks are not final."""
        data = read_file(tree, path)
        if not large:
            return self._parsed.get((path, data))
        known = self._chunked.get((path, data, tree.name))
        return None if any(each.is_staged for each in chunked(known or {})) else known


def _metrics(records: Mapping[str, Record] | None) -> list[list[str]]:
    """The metrics of each record, in the order in which they are written."""
    return [list(record.metrics) for _, record in sorted((records or {}).items())]

"""Score records that an earlier command read, known by the bytes of their files."""

from hashlib import sha256

from msgspec.structs import force_setattr

from promptci.git.tree import Tree
from promptci.records.record import Record
from promptci.records.recordfile import chunked, read_from_tree
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

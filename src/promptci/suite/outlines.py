"""What golden examples are known by, read once from each file however often it is asked for.

A check asks for it a dozen times: by what evals were renamed, which examples were edited, moved or
regrouped. To parse a large file anew each time would take longer than to judge it.
"""

from collections.abc import Iterable, Iterator
from weakref import ReferenceType, ref

import msgspec
from msgspec import Struct

from promptci.git.repo import Tree
from promptci.specs.columns import Columns
from promptci.specs.outline import Outline, outline_of
from promptci.suite.golden import Golden, Stamp

_AT_ONCE = 1000
"""Outlines that are packed together, and stand as objects at a time."""

_MOST = 63
"""Files whose outlines are held; of more the first are read again."""

_DECODER = msgspec.msgpack.Decoder(list[Outline])


class _Held(Struct, frozen=True):
    """The outlines of a file, packed: some 60 bytes each, of which an example takes 1,000."""

    tree: ReferenceType[Tree]
    path: str
    columns: Columns
    stamp: Stamp
    packed: list[bytes]

    def is_of(self, golden: Golden, stamp: Stamp) -> bool:
        """Whether it is what these examples would be read to."""
        is_there = self.tree() is golden.tree and self.path == golden.path
        return is_there and self.columns == golden.columns and self.stamp == stamp


_HELD: list[_Held] = []


def outlines(golden: Golden) -> Iterator[Outline]:
    """The outline of each example, in file order. Raises `SpecError` at a faulty one.

    A file that somebody wrote to is read anew, and so is one whose examples bring other files
    along, which may have been written to.
    """
    if not golden.is_read_anew:
        yield from map(outline_of, golden.examples())
        return
    for packed in _packed(golden):
        yield from _DECODER.decode(packed)


def outlines_in(golden: Golden, chosen: frozenset[str] | None) -> Iterable[Outline]:
    """The same of the examples with some ids alone; of all for None."""
    return (each for each in outlines(golden) if chosen is None or each.id in chosen)


def _packed(golden: Golden) -> list[bytes]:
    stamp = golden.stamp()
    for each in _HELD:
        if each.is_of(golden, stamp):
            return each.packed
    found, few, has_files = list[bytes](), list[Outline](), False
    for example in golden.examples():
        few.append(outline_of(example))
        has_files |= bool(example.files)
        if len(few) == _AT_ONCE:
            found.append(msgspec.msgpack.encode(few))
            few.clear()
    found.append(msgspec.msgpack.encode(few))
    if not has_files and golden.stamp() == stamp:  # not written to meanwhile
        _HELD[:] = [each for each in _HELD if each.tree() is not None][-_MOST:]
        _HELD.append(_Held(ref(golden.tree), golden.path, golden.columns, stamp, found))
    return found

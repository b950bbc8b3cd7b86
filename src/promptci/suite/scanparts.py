"""A pass over a large file of examples by several processes at once, each over some of its parts.

What most examples are found to be is little, and follows from each alone: a helper finds it, and it
counts here as that of an example which was looked at before. Where anything is out of the ordinary
the file is read by one process from its beginning, which tells of all that is wrong with it.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from io import UnsupportedOperation
from math import inf
from typing import BinaryIO, NamedTuple

from msgspec import Struct, msgpack

from promptci.errors import Fault
from promptci.git.repo import open_file
from promptci.parsing.datafile import MAX_LINE, read_jsonl
from promptci.specs.evalspec import Example
from promptci.spread import HelperLostError, helpers_to_spare, spread
from promptci.suite.golden import KEPT, Golden
from promptci.suite.goldensource import LINES
from promptci.suite.outlines import Outlining, unpacked_outlines
from promptci.suite.packedexamples import Packing
from promptci.suite.scan import Pass
from promptci.suite.scanresult import Scan

LARGE = 400_000
"""Bytes of a file from which on a helper saves more time than it takes to begin one."""

_LEAST, _MOST, _TIMES = 1 << 15, 1 << 19, 16
"""Bytes of a part at least and at most, and how many there are between these."""


class _Part(NamedTuple):
    """Whole lines of a file: where they begin, their bytes, their first line, their number."""

    start: int
    size: int
    first: int
    lines: int


class _Found(Struct, array_like=True, frozen=True):
    """What a helper found the examples of a part to be, in their order, with their lines.

    `outlines` are packed. `values` are expected where `expected` is too many to be told of each;
    `packs` are the examples themselves, where few enough are in the file to be kept.
    """

    outlines: list[bytes]
    lines: list[int]
    marks: bytes
    expected: dict[str, str]
    values: list[str]
    longest: int
    packs: list[bytes]


class _OddError(Exception):
    """A part is not of examples alone that are sound and need nothing beside them."""


_DECODER = msgpack.Decoder(_Found)

Begin = Callable[[Outlining], Pass]
"""Makes the state of a pass in which nothing was looked at."""


def scan_in_parts(golden: Golden, begin: Begin, faults: list[Fault]) -> Scan | None:
    """The same as `scan`, of examples none of which is faulty; None where one may be.

    None as well for a small file, one that is no file of lines on this disk, or examples with
    files, scorers or steps of their own, and where no helper can be had.
    """
    helpers = helpers_to_spare()
    if not helpers or not golden.path.endswith(LINES):
        return None
    with open_file(golden.tree, golden.path) as file:
        try:
            size = os.fstat(file.fileno()).st_size
        except UnsupportedOperation:  # out of git's objects
            return None
        if size < LARGE:
            return None
        parts = [*_parts(file, size)]
        try:
            return _Parts(golden, begin, file, parts).look(helpers, faults)
        except (_OddError, HelperLostError, OSError):
            return None


def _parts(file: BinaryIO, size: int) -> Iterator[_Part]:
    """The parts of a file, cut behind the end of a line."""
    each = min(_MOST, max(_LEAST, size // _TIMES + 1))
    start, first = 0, 1
    while data := file.read(each):
        data += file.readline(MAX_LINE)
        part = _Part(start, len(data), first, data.count(b"\n"))
        yield part
        start, first = start + part.size, first + part.lines


class _Parts:
    """A file in parts, each looked at here or by a helper."""

    def __init__(self, golden: Golden, begin: Begin, file: BinaryIO, parts: list[_Part]) -> None:
        self._golden, self._begin, self._file, self._parts = golden, begin, file.fileno(), parts
        self._are_kept = sum(part.lines for part in parts) < KEPT + 1

    def look(self, helpers: int, faults: list[Fault]) -> Scan | None:
        """Look at all of them. Raises `_OddError`, `HelperLostError` and `OSError`."""
        state, packing = self._begin(Outlining(self._golden)), Packing()
        with closing(spread(len(self._parts), self._help, helpers)) as found:
            for number, data in enumerate(found):
                if data is None:
                    self._look_at(number, state, packing)
                else:
                    _take(_DECODER.decode(data), state, packing)
        if any(True for _ in state.ids.repeated("", 1)):
            return None
        if self._are_kept:
            self._golden.kept[:] = packing.packs()
        state.outlining.leave()
        faults += state.of_all()
        return state.found

    def _look_at(self, number: int, state: Pass, packing: Packing) -> list[int]:
        """Look at the examples of a part; their lines. Raises `_OddError`, and `OSError`."""
        part, lines = self._parts[number], list[int]()
        data = os.pread(self._file, part.size, part.start)
        for example in self._golden.made_of(read_jsonl(data, self._golden.path, part.first)):
            if type(example) is not Example:
                raise _OddError
            state.look_at(example)
            lines.append(example.mark.line)
            if self._are_kept:
                packing.add(example)
        if len(state.faulty) or not state.is_whole or state.names.unjudged is not None:
            raise _OddError
        return lines

    def _help(self, number: int) -> bytes:
        """What a helper finds in a part. Raises `_OddError`, and `OSError`."""
        state, packing = self._begin(Outlining(self._golden, inf)), Packing()
        lines = self._look_at(number, state, packing)
        outlines, marks = state.outlining.found()
        groups, packs = state.groups, packing.packs()
        if not all(isinstance(pack, bytes) for pack in packs):
            raise _OddError
        values = [] if groups.may_be_few else [*groups.values]
        expected, longest = groups.expected, state.names.longest
        found = outlines, lines, marks, expected, values, longest, packs
        return msgpack.encode(found)


def _take(found: _Found, state: Pass, packing: Packing) -> None:
    """Take in what a helper found. Raises `_OddError` for an id that another part has."""
    for outline, line in zip(unpacked_outlines(found.outlines), found.lines, strict=True):
        state.look_again(outline, line)
    if len(state.faulty):
        raise _OddError
    state.outlining.add_marks(found.marks)
    state.names.longest = max(state.names.longest, found.longest)
    for id_, value in (*found.expected.items(), *(("", value) for value in found.values)):
        if state.groups.may_be_few:
            state.groups.expect(id_, value)
    packing.add_packs(found.packs, len(found.lines))

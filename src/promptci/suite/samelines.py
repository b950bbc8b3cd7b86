"""A file of JSON lines beside another state of it: lines that stayed as they were are not parsed.

A change edits a few examples of many. Both states are read side by side, and a line that is the
same to the byte is the same example, wherever it is.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import blake2b, sha256
from typing import BinaryIO, NamedTuple

from msgspec import Struct

from promptci.errors import SpecError
from promptci.git.repo import Tree, open_file
from promptci.latepattern import late
from promptci.parsing.datafile import MAX_LINE, DataRow, read_jsonl
from promptci.parsing.source import Mark
from promptci.specs.evalparsing import with_files
from promptci.specs.evalspec import Example
from promptci.specs.outline import Outline
from promptci.suite.attachments import attaching
from promptci.suite.golden import Golden

_WINDOW = 1000
"""Lines of the other state among which one is looked for: so many, and one for each edited."""

_MOST_EDITED = 1000
"""Edited lines after which the two must have more in common than not."""

_NAMES_FILES = late(rb'"(?:image|file)|\\u00[567]')
"""What is in a line whose example may bring files along, which the other state may not have."""


class NotBesideError(Exception):
    """The two states cannot be read side by side; each is to be read by itself."""


class State(Struct, frozen=True):
    """A state of a file that was read without a fault: its `outlines`, and the SHA-256 of it."""

    tree: Tree
    path: str
    content: str
    outlines: Iterable[Outline]


class SameLine(NamedTuple):
    """A line that both states have: its number from 1, its bytes, and what its example is."""

    number: int
    line: bytes
    outline: Outline


def same_lines(golden: Golden, before: State) -> Iterator[SameLine | Example]:
    """The examples of a file in its order, those alone parsed that the other state has not.

    Raises `NotBesideError`, maybe after some, where it is not sure that all are the same: at a
    fault, in a file that is an array, or where little is alike.
    """
    if golden.columns.file is not None:  # by which values are made of any text
        raise NotBesideError
    same = edited = 0
    with open_file(golden.tree, golden.path) as now, open_file(before.tree, before.path) as old:
        rows = _Rows(old, before)
        for number, line in enumerate(iter(partial(now.readline, MAX_LINE + 1), b""), 1):
            if line.isspace():
                continue
            outline = rows.find(_mark(line))
            if outline is not None and _NAMES_FILES.search(line) is None:
                same += 1
                yield SameLine(number, line, outline)
                continue
            edited += 1
            if edited > _MOST_EDITED + same:
                raise NotBesideError
            yield parsed(golden, line, number)
        if not same:
            raise NotBesideError
        rows.end()


def parsed(golden: Golden, line: bytes, number: int) -> Example:
    """The example in a line of a file, of this number. Raises `NotBesideError`."""
    if len(line) > MAX_LINE or not _is_row(line):
        raise NotBesideError
    [row] = read_jsonl(line, golden.path)
    mark = Mark(golden.path, number, 1)
    found = golden.from_row(row.values, mark) if isinstance(row, DataRow) else None
    if not isinstance(found, Example):
        raise NotBesideError
    try:
        return with_files(found, attaching(golden.tree, golden.path))
    except SpecError:
        raise NotBesideError from None


def _is_row(line: bytes) -> bool:
    """Whether a line is a row and nothing else: no array, no byte order mark, no sign of git's."""
    return line.startswith(b"{") or line.lstrip(b" \t").startswith(b"{")


def _mark(line: bytes) -> bytes:
    """A line in 16 bytes, whatever ends it."""
    return blake2b(line.rstrip(b"\r\n"), digest_size=16).digest()


class _Rows:
    """The rows of the other state: some ahead of the one that was found last."""

    def __init__(self, file: BinaryIO, before: State) -> None:
        self._content, self._sha = before.content, sha256()
        self._outlines = iter(before.outlines)
        self._lines = iter(partial(file.readline, MAX_LINE + 1), b"")
        self._ahead = deque[tuple[bytes, Outline]]()
        self._there = dict[bytes, int]()
        self._passed, self._room = 0, _WINDOW

    def find(self, mark: bytes) -> Outline | None:
        """What the next row of a mark is; those before it are passed over."""
        self._look_ahead()
        place = self._there.get(mark)
        if place is None:
            self._room += 1
            return None
        self._room = _WINDOW
        while self._passed < place:
            self._pass()
        return self._pass()

    def end(self) -> None:
        """See that the file is still what was read, with a row for each outline."""
        while self._ahead:
            self._ahead.clear()
            self._there.clear()
            self._look_ahead()
        if next(self._outlines, None) is not None or self._sha.hexdigest() != self._content:
            raise NotBesideError

    def _pass(self) -> Outline:
        mark, outline = self._ahead.popleft()
        if self._there.get(mark) == self._passed:
            del self._there[mark]
        self._passed += 1
        return outline

    def _look_ahead(self) -> None:
        while len(self._ahead) < self._room and (line := next(self._lines, None)) is not None:
            self._sha.update(line)
            if b"{" not in line:  # in a file without faults it is blank
                continue
            outline = next(self._outlines, None)
            if outline is None or not _is_row(line):
                raise NotBesideError
            self._there[mark := _mark(line)] = self._passed + len(self._ahead)
            self._ahead.append((mark, outline))

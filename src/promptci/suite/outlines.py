"""What golden examples are known by, read once from each file however often it is asked for.

A check asks for it a dozen times: by what evals were renamed, which examples were edited, moved or
regrouped. To parse a large file again each time would take longer than to judge it: whoever goes
through it notes the outlines on the way, and later processes find them by what the file holds.
"""

from array import array
from collections.abc import Iterable, Iterator
from itertools import chain
from math import inf
from weakref import ReferenceType, ref

import msgspec
from msgspec import Struct

from promptci.errors import Fault, PromptCIError
from promptci.git.repo import Tree
from promptci.remembered import REMEMBERED, key_of
from promptci.specs.columns import Columns
from promptci.specs.evalspec import Example
from promptci.specs.outline import Outline, outline_of
from promptci.suite.golden import Golden, Stamp
from promptci.suite.goldensource import LINES, content_in, read_from
from promptci.suite.inputmarks import marks_of

_AT_ONCE = 1000
"""Outlines that are packed together, and that are objects at a time."""

_MOST = 63
"""Files whose outlines are held; of more the first are read again."""

_MOST_ON_THE_WAY = 256_000
"""Outlines noted by whoever reads examples for another purpose, and may have no room for more."""

_FEW = 1000
"""Examples that are looked for by their rows; more of them are found by reading all."""

_MARKS = "input marks"

_DECODER = msgspec.msgpack.Decoder(list[Outline])


class _Held(Struct, frozen=True):
    """The outlines of a file, packed: some 60 bytes each, of which an example takes 1,000."""

    tree: ReferenceType[Tree]
    path: str
    columns: Columns
    stamp: Stamp
    packed: list[bytes]
    content: str

    def is_of(self, golden: Golden, stamp: Stamp) -> bool:
        """Whether it is what these examples would be read to."""
        is_there = self.tree() is golden.tree and self.path == golden.path
        return is_there and self.columns == golden.columns and self.stamp == stamp


_HELD: list[_Held] = []


class Outlining:
    """Packs the outlines of examples while somebody goes through them, in file order."""

    def __init__(
        self, golden: Golden, most: float = _MOST_ON_THE_WAY, *, beside: Golden | None = None
    ) -> None:
        """To be made before the first example is read; of more than `most` none are kept.

        With a golden set `beside`, of which some outlines are, its inputs count among their marks.
        """
        stamp = golden.stamp()
        is_held = most < inf and any(each.is_of(golden, stamp) for each in _HELD)
        is_wanted = golden.is_read_anew and not is_held
        self._golden, self._most = golden, most if is_wanted else 0
        self._beside = beside
        self._stamp, self._is_kept = stamp, is_wanted
        self._few, self._packed, self._marks = list[Outline](), list[bytes](), array("Q")

    def add(self, example: Example) -> None:
        """Take the next one in."""
        if self._has_room() and self.add_known(outline_of(example)):
            self._marks.extend(marks_of(example))
            self._is_kept &= not example.names_files

    def add_known(self, outline: Outline) -> bool:
        """Take in the next one, of the golden set beside; whether there was room for it."""
        if not self._has_room():
            return False
        self._few.append(outline)
        if len(self._few) == _AT_ONCE:
            self._pack()
        return True

    def add_marks(self, marks: bytes) -> None:
        """Take in what the inputs of examples begin with that were taken in by their outlines."""
        if self._has_room():
            self._marks.frombytes(marks)

    def found(self) -> tuple[list[bytes], bytes]:
        """All that was taken in: packed outlines, and what inputs begin with."""
        self._pack()
        return self._packed, self._marks.tobytes()

    def _has_room(self) -> bool:
        if len(self._packed) * _AT_ONCE < self._most:
            return True
        self._is_kept, self._most = False, 0
        self._packed.clear()
        del self._marks[:]
        return False

    def leave(self) -> None:
        """Leave all of them to whoever asks next; what is in the state folder takes no memory."""
        if self._note() == "":
            self._hold()

    def packed(self) -> list[bytes]:
        """All of them, held for whoever asks next unless the file was written to meanwhile."""
        self._note()
        self._hold()
        return self._packed

    def _note(self) -> str:
        """Have later processes find them, unless they are few; the key by which they do."""
        self._pack()
        key = _key(self._golden) if self._is_kept and len(self._packed) > 1 else ""
        self._is_kept &= self._golden.stamp() == self._stamp
        if key and self._is_kept:
            REMEMBERED.put(key, self._packed)
            others = b"" if self._beside is None else input_marks(self._beside)
            if others is not None:
                marks = self._marks.tobytes() + others
                REMEMBERED.put(_key(self._golden, _MARKS), marks, said=("no text",))
        return key

    def _hold(self) -> None:
        if self._is_kept:
            _hold(self._golden, self._stamp, self._packed)

    def _pack(self) -> None:
        self._packed.append(msgspec.msgpack.encode(self._few))
        self._few.clear()


def outlines(golden: Golden) -> Iterator[Outline]:
    """The outline of each example, in file order. Raises `SpecError` at a faulty one.

    A file that somebody wrote to is read again, and so is one whose examples bring other files
    along, which may have been written to.
    """
    if not golden.is_read_anew:
        yield from map(outline_of, golden.examples())
        return
    yield from unpacked_outlines(_known(golden) or _read(golden))


def unpacked_outlines(packs: Iterable[bytes]) -> Iterator[Outline]:
    """The outlines that were packed."""
    return chain.from_iterable(map(_DECODER.decode, packs))


def outlines_in(golden: Golden, chosen: frozenset[str] | None) -> Iterable[Outline]:
    """The same of the examples with some ids alone; of all for None."""
    return (each for each in outlines(golden) if chosen is None or each.id in chosen)


def examples_in(golden: Golden, ids: frozenset[str]) -> Iterator[Example]:
    """The examples with some ids, in file order. Raises `SpecError` at a faulty one.

    Of a few in a large file the rows alone are read, if it is known which these are.
    """
    known = _known(golden) if len(ids) <= _FEW and golden.path.endswith(LINES) else None
    if known and not golden.kept:
        each = enumerate(unpacked_outlines(known))
        wanted = {row: outline for row, outline in each if outline.id in ids}
        found = list(golden.at(frozenset(wanted)))
        if _tell(found) == [(outline.id, outline.digest) for outline in wanted.values()]:
            yield from (example for example in found if isinstance(example, Example))
            return
    yield from (example for example in golden.examples() if example.id in ids)


def _tell(found: Iterable[Example | Fault]) -> list[tuple[str, str]]:
    return [(each.id, each.digest) if isinstance(each, Example) else ("", "") for each in found]


def input_marks(golden: Golden) -> bytes | None:
    """What the inputs of a data file begin with, as `marks_of` them all; None if not known."""
    key = _key(golden, _MARKS) if golden.is_read_anew else ""
    return REMEMBERED.get(key, bytes) if key else None


def _known(golden: Golden) -> list[bytes] | None:
    """Packed outlines of a data file that are held, or were left by an earlier process."""
    stamp = golden.stamp()
    for each in _HELD:
        if each.is_of(golden, stamp):
            return each.packed
    key = _key(golden)
    found = REMEMBERED.get(key, list[bytes]) if key else None
    if found is not None:
        _hold(golden, stamp, found)
    return found


def _read(golden: Golden) -> list[bytes]:
    found = _read_beside(golden)
    if found is not None:
        return found
    noting = Outlining(golden, most=inf)
    for example in golden.examples():
        noting.add(example)
    return noting.packed()


def _read_beside(golden: Golden) -> list[bytes] | None:
    """The same where another state of the file was read; None where little is alike, or faulty."""
    others = (each for each in reversed(_HELD) if each.path == golden.path and each.content)
    there = next((each for each in others if each.columns == golden.columns), None)
    tree = None if there is None else there.tree()
    if there is None or tree is None or not golden.path.endswith(LINES):
        return None
    from promptci.suite.samelines import NotBesideError, SameLine, State, same_lines  # late: few

    noting = Outlining(golden, most=inf, beside=Golden(tree, (), there.path, there.columns))
    known = unpacked_outlines(there.packed)
    try:
        for each in same_lines(golden, State(tree, there.path, there.content, known)):
            if isinstance(each, SameLine):
                noting.add_known(each.outline)
            else:
                noting.add(each)
    except (NotBesideError, PromptCIError):  # the other file may be gone from the disk
        return None
    return noting.packed()


def _key(golden: Golden, what: str = "outlines") -> str:
    content = read_from(golden)
    return key_of(what, content) if content else ""


def _hold(golden: Golden, stamp: Stamp, packed: list[bytes]) -> None:
    _HELD[:] = [each for each in _HELD if each.tree() is not None][-_MOST:]
    content = content_in(golden) if golden.path.endswith(LINES) else ""
    content = content if golden.stamp() == stamp else ""
    _HELD.append(_Held(ref(golden.tree), golden.path, golden.columns, stamp, packed, content))

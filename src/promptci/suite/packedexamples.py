"""Golden examples in little room: a tenth of what they take as objects, which are made again."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec
from msgspec import Struct

from promptci.parsing.source import Mark
from promptci.specs.evalspec import Example

_AT_ONCE = 100
"""Examples that are packed together, and that are objects at a time."""


class _Row(Struct, frozen=True, array_like=True):
    """An example without its file and what it names there."""

    id: str
    vars: Any
    expected: Any
    has_expected: bool
    tags: tuple[str, ...]
    scorers: tuple[Any, ...]
    cluster: str
    line: int
    column: int
    steps: Any
    runs: tuple[str, ...]
    never: tuple[str, ...]
    meta: Any
    digest: str


Pack: TypeAlias = bytes | tuple[Example, ...]
"""Some examples of one file, in order; as they are where they cannot be packed."""

_DECODER = msgspec.msgpack.Decoder(list[_Row])


class Packing:
    """Packs examples of one file that are given one after the other."""

    def __init__(self) -> None:
        self._count = 0
        self._few, self._packs = list[Example](), list[Pack]()

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def add(self, example: Example) -> None:
        """Take the next one in."""
        self._count += 1
        self._few.append(example)
        if len(self._few) == _AT_ONCE:
            self._pack()

    def add_packs(self, packs: Sequence[Pack], count: int) -> None:
        """Take in the next ones, so many, which another packing has."""
        if self._few:
            self._pack()
        self._count += count
        self._packs += packs

    def packs(self) -> list[Pack]:
        """All of them; nothing may be added from then on."""
        if self._few:
            self._pack()
        return self._packs

    def _pack(self) -> None:
        self._packs.append(_packed(self._few))
        self._few.clear()


def _packed(examples: Sequence[Example]) -> Pack:
    if not any(each.files or each.blanks for each in examples):
        try:
            return msgspec.msgpack.encode([_row(each) for each in examples])
        except (OverflowError, TypeError, ValueError):  # numbers of 65 bits
            pass
    return tuple(examples)


def _row(example: Example) -> _Row:
    return _Row(
        example.id,
        example.vars,
        example.expected,
        example.has_expected,
        example.tags,
        example.scorers,
        example.cluster,
        example.mark.line,
        example.mark.column,
        example.steps,
        example.runs,
        example.never,
        example.meta,
        example.digest,
    )


def packed_examples(pack: Pack, path: str) -> Iterator[Example]:
    """The examples of the file at `path` in a pack, equal to those that were given."""
    if isinstance(pack, tuple):
        yield from pack
        return
    for row in _DECODER.decode(pack):
        example = Example(
            row.id,
            row.vars,
            row.expected,
            row.has_expected,
            row.tags,
            row.scorers,
            row.cluster,
            Mark(path, row.line, row.column),
            steps=row.steps,
            runs=row.runs,
            never=row.never,
            meta=row.meta,
        )
        vars(example)["digest"] = row.digest  # which takes longer to find than all the rest
        yield example

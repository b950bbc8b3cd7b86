"""Many texts in little memory: the digest of examples, and ids that come twice, among a million."""

import hashlib
from collections.abc import Iterator
from struct import Struct as Form

AT_ONCE = 20_000
"""Texts that are objects, which take three times as much memory, before they are packed."""

_HEAD = Form("<II")
"""How long a text is in UTF-8, and its number."""


class SortedLines:
    """Lines whose digest is that of their text in order."""

    def __init__(self) -> None:
        self.count = 0
        self._few: list[str] = []
        self._packed: dict[str, bytearray] = {}

    def add(self, line: str) -> None:
        """One more."""
        self.count += 1
        self._few.append(line)
        if len(self._few) >= AT_ONCE:
            for each in self._few:
                _pack(self._packed.setdefault(each[:2], bytearray()), each, 0)
            self._few.clear()

    def digest(self) -> str:
        """The SHA-256 of the lines in their order, by code points."""
        sha = hashlib.sha256()
        if not self._packed:
            self._few.sort()
            for line in self._few:
                sha.update(line.encode("utf-8"))
            return sha.hexdigest()
        few: dict[str, list[str]] = {}
        for line in self._few:
            few.setdefault(line[:2], []).append(line)
        for begin in sorted(self._packed.keys() | few.keys()):
            packed = (text for text, _ in _unpacked(self._packed.pop(begin, bytearray())))
            sha.update("".join(sorted((*packed, *few.get(begin, ())))).encode("utf-8"))
        return sha.hexdigest()


class SeenIds:
    """Ids with their lines; one that comes twice is found at once, or at the end."""

    def __init__(self) -> None:
        self._few: dict[str, int] = {}
        self._packed: list[bytearray] = []

    def add(self, id_: str, line: int) -> int:
        """Take an id in; its earlier line, where that was not long ago, else 0."""
        known = self._few.get(id_, 0)
        self._few[id_] = line
        if len(self._few) >= AT_ONCE:
            self._packed = self._packed or [bytearray() for _ in range(256)]
            for each, number in self._few.items():
                _pack(self._packed[hash(each) & 255], each, number)
            self._few.clear()
        return known

    def repeated(self) -> Iterator[tuple[str, int, int]]:
        """Those that come twice far apart: the id, its first line and the later one."""
        if not self._packed:
            return
        for id_, line in self._few.items():
            _pack(self._packed[hash(id_) & 255], id_, line)
        found: list[tuple[str, int, int]] = []
        for packed in self._packed:
            seen: dict[str, int] = {}
            for id_, line in _unpacked(packed):
                if id_ in seen:
                    found.append((id_, seen[id_], line))
                seen[id_] = line
        yield from sorted(found, key=lambda each: each[2])


def _pack(packed: bytearray, text: str, number: int) -> None:
    data = text.encode("utf-8", "surrogatepass")
    packed += _HEAD.pack(len(data), number)
    packed += data


def _unpacked(packed: bytearray) -> Iterator[tuple[str, int]]:
    at = 0
    while at < len(packed):
        size, number = _HEAD.unpack_from(packed, at)
        at += _HEAD.size + size
        yield packed[at - size : at].decode("utf-8", "surrogatepass"), number

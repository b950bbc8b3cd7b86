"""A value read from a file, together with its place: file, line and column."""

import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from typing import TypeAlias

from msgspec import Struct, field

from promptci.errors import Fault, SpecError

MAX_DEPTH = 32
"""Lists and mappings inside each other that a file may hold; far below Python's recursion limit."""

Plain: TypeAlias = str | int | float | bool | list["Plain"] | dict[str, "Plain"] | None
"""What JSON can hold."""

_NESTED = (dict, list)


class Mark(Struct, frozen=True):
    """A place in a file. Lines and columns count from 1; line 0 is the whole file."""

    path: str
    line: int = 0
    column: int = 0

    def fault(self, message: str) -> Fault:
        """Something wrong here."""
        return Fault(self.path, self.line, self.column, message)

    def warning(self, message: str) -> Fault:
        """Something doubtful here."""
        return Fault(self.path, self.line, self.column, message, warning=True)


class Node(Struct, frozen=True):
    """A value and its mark; lists and mappings hold nodes, so every part knows its place.

    `keys` holds the marks of a mapping's keys and is empty otherwise.
    """

    value: "str | int | float | bool | list[Node] | dict[str, Node] | None"
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)

    def plain(self) -> Plain:
        """The value without its marks."""
        if isinstance(self.value, dict):
            return {
                key: node.plain() if isinstance(node.value, _NESTED) else node.value
                for key, node in self.value.items()
            }
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def get(self, *path: str | int) -> "Node":
        """The node at a path of keys and indexes, or the deepest of its parents that exists."""
        node = self
        for step in path:
            child = node._child(step)
            if child is None:
                break
            node = child
        return node

    def _child(self, step: str | int) -> "Node | None":
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and step < len(self.value):
            return self.value[step]
        return None

    def key_mark(self, key: str) -> Mark:
        """The place of a key of this mapping."""
        return self.keys.get(key, self.mark)


def mapping_of(node: Node) -> dict[str, Node]:
    """What a mapping holds, by key; nothing of another value."""
    return node.value if isinstance(node.value, dict) else {}


_PACKED = b"PK\x03\x04"
"""How ZIP archives begin, of which `.xlsx` is one."""


def decode(data: bytes, path: str, line: int = 1) -> str:
    """The text of a file, or of its part from a line on: UTF-8, a byte order mark is dropped.

    Raises `SpecError` at the first byte that is no text.
    """
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise SpecError([Mark(path).fault("this is UTF-16 text: save the file as UTF-8")])
    if line == 1 and data.startswith(_PACKED):
        wrong = "this is a spreadsheet or another packed file, and no text: save it as CSV in UTF-8"
        raise SpecError([Mark(path).fault(wrong)])
    body = data.removeprefix(BOM_UTF8)
    nul = body.find(0)
    if nul >= 0:
        wrong = "this is binary (a NUL byte): write text in UTF-8"
        raise SpecError([_place(body[:nul], path, line).fault(wrong)])
    try:
        return body.decode()
    except UnicodeDecodeError as exc:
        wrong = f"the byte 0x{body[exc.start]:02X} is not UTF-8: save the file as UTF-8"
        raise SpecError([_place(body[: exc.start], path, line).fault(wrong)]) from None


def _place(before: bytes, path: str, line: int) -> Mark:
    column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
    return Mark(path, line + before.count(b"\n"), column)


def excerpt(text: str, size: int = 40) -> str:
    """A text for the middle of a sentence: on one line, control characters escaped, cut short."""
    line = json.dumps(text[:size], ensure_ascii=False)[1:-1].replace('\\"', '"')
    return line if len(text) <= size else f"{line}…"


def as_node(value: Plain, mark: Mark) -> Node:
    """A plain value as a node; all of it has one mark."""
    if isinstance(value, dict):
        inner = {key: as_node(part, mark) for key, part in value.items()}
        return Node(inner, mark, dict.fromkeys(value, mark))
    if isinstance(value, list):
        return Node([as_node(part, mark) for part in value], mark)
    return Node(value, mark)


def alike(value: Plain) -> Plain:
    """A value whose texts are in small letters, with one space for each white space."""
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, dict):
        return {key: alike(part) for key, part in value.items()}
    return [alike(part) for part in value] if isinstance(value, list) else value

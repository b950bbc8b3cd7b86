"""Anchors and aliases of a YAML file: bounded, so that a small file cannot grow to a huge value."""

from msgspec import Struct

from promptci.parsing.source import Node, excerpt

MAX_ALIASES = 100


class Anchored(Struct, frozen=True):
    """A value that aliases may name: its weight and how many levels of nesting it brings."""

    node: Node
    size: int
    height: int


class Anchors:
    """The anchored values of a file so far."""

    def __init__(self) -> None:
        self._values: dict[str, Anchored | None] = {}
        self._aliases = 0

    def begin(self, name: str) -> None:
        """A value of this name begins: until it is whole, it cannot be named."""
        self._values[name] = None

    def add(self, name: str, node: Node, *, size: int = 1, height: int = 0) -> None:
        """A value of this name is whole; a later one of the same name takes its place."""
        self._values[name] = Anchored(node, size, height)

    def named(self, name: str) -> Anchored | str:
        """The value that one more alias names, or what is wrong with that alias."""
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            return f"more than {MAX_ALIASES} aliases: write the values out"
        if name not in self._values:
            cure = f"define `&{excerpt(name)}` above, or put quotes around a text starting with `*`"
            return f"`*{excerpt(name)}` refers to nothing: {cure}"
        return self._values[name] or (
            f"`*{excerpt(name)}` refers to the value it is part of: write it out"
        )

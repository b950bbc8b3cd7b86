"""Small files parsed once: the same bytes at the same path, as on both sides of a change."""

from promptci.parsing.source import Node
from promptci.parsing.yamlfile import load_yaml

_SMALL = 20_000
_MOST_PARSED = 2_000
_PARSED: dict[tuple[str, bytes], Node] = {}
"""What small files held, since most are the same on both sides of a change."""


def parsed_once(data: bytes, path: str) -> Node:
    """A small file's value; the same bytes at the same path, as at a base, are parsed once."""
    if len(data) > _SMALL:
        return load_yaml(data, path)
    node = _PARSED.get((path, data))
    if node is None:
        if len(_PARSED) >= _MOST_PARSED:
            _PARSED.clear()
        node = _PARSED[path, data] = load_yaml(data, path)
    return node

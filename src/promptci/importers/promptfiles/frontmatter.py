"""YAML between lines of dashes before a text."""

import re

from promptci.errors import Fault, SpecError
from promptci.importers.foreignyaml import load_foreign
from promptci.parsing.source import Mark, Node

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|\Z)", re.DOTALL)


def front_matter(text: str, path: str, losses: list[Fault]) -> tuple[Node, str, int]:
    """The YAML between the first two lines of dashes, what follows, and its first line."""
    match = _FRONT.match(text)
    if match is None:
        return Node({}, Mark(path, 1, 1)), text, 1
    try:
        node = (
            load_foreign(b"\n" + match[1].encode(), path, losses)
            if match[1].strip()
            else Node({}, Mark(path, 1, 1))
        )
    except SpecError as error:
        losses.extend(error.faults)
        node = Node({}, Mark(path, 1, 1))
    return node, text[match.end() :], text.count("\n", 0, match.end()) + 1

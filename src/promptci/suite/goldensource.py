"""What golden examples are read from: their file, by its content, and how its rows are read."""

import msgspec

from promptci.parsing.source import Plain
from promptci.remembered import content_of
from promptci.specs.columns import Columns
from promptci.suite.golden import Golden

LINES = (".jsonl", ".json")
"""Files that have a row a line, unless they are one array: by its rows nothing is found then."""

_PLAIN = (".jsonl", ".json", ".csv")
"""Files that hold all there is to their examples, and are read without another library."""


def read_from(golden: Golden) -> list[Plain]:
    """What examples are read from, and how; nothing where other files may belong to it."""
    if not golden.path.endswith(_PLAIN):
        return []
    return [golden.path, content_in(golden), how_read(golden.columns)]


def how_read(columns: Columns) -> list[Plain]:
    """What decides how rows are made to examples."""
    return [msgspec.to_builtins(columns.file), columns.is_text, sorted(columns.variables)]


def content_in(golden: Golden) -> str:
    """The SHA-256 of a data file."""
    with golden.tree.open(golden.path) as file:
        return content_of(file)

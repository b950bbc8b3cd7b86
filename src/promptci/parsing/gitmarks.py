"""What git leaves in a file that is not the file: marks of a conflict, a pointer of Git LFS."""

import re

from promptci.errors import Fault, SpecError
from promptci.latepattern import late
from promptci.parsing.source import Mark

_POINTER = b"version https://git-lfs.github.com/spec/"
_CONFLICT = late(
    rb"^<<<<<<<(?: [^\n]*)?\r?\n(?:[^\n]*\n)*?=======\r?\n(?:[^\n]*\n)*?>>>>>>>(?: [^\n]*)?\r?$",
    re.MULTILINE,
)
_OPENING = late(r"<{7}( \S+.*)?")
_MARK = late(r"<{7}( .*)?|[|]{7}( .*)?|={7}|>{7}( .*)?")

POINTER_BYTES = len(_POINTER)
"""How much of a file tells a pointer from anything else."""


def is_lfs_pointer(data: bytes) -> bool:
    """Whether bytes begin as what Git LFS puts in the place of a file."""
    return data.startswith(_POINTER)


def has_conflict(data: bytes) -> bool:
    """Whether a text has an unresolved merge conflict."""
    return _conflict_in(data) is not None


def _conflict_in(data: bytes) -> re.Match[bytes] | None:
    return _CONFLICT.search(data) if b"\n=======" in data else None


def refuse_conflict(data: bytes, path: str) -> None:
    """Refuse a text with an unresolved merge conflict. Raises `SpecError` with its first line."""
    if found := _conflict_in(data):
        raise SpecError([conflict_fault(path, data.count(b"\n", 0, found.start()) + 1)])


def opens_conflict(line: str) -> bool:
    """Whether a line where a row should begin is the first mark of a conflict."""
    return line.startswith("<") and _OPENING.fullmatch(line.rstrip("\r\n")) is not None


def is_conflict_mark(line: str) -> bool:
    """Whether a line is one of the marks of a conflict."""
    return _MARK.fullmatch(line) is not None


def conflict_fault(path: str, line: int) -> Fault:
    """What to do about a conflict."""
    cure = f"decide what stays, delete the marks, then `git add {path}`"
    return Mark(path, line, 1).fault(f"an unresolved merge conflict: {cure}")

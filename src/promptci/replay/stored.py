"""An answer in a file: what it followed from, and what was said.

A checksum, then fields that end with a NUL, an empty one, and what was written: `1` or `2` for the
stream, the length, a line break and the bytes. Python's own modules for formats would be half of
the time that it takes to say an answer again.
"""

import hashlib
import os
import time
from collections.abc import Iterator, Sequence

MOST_FILES, MOST_BYTES, MOST_AGE = 64, 8 * 2**20, 2 * 3600
"""Answers are kept up to so many, of so many bytes each, and so many seconds, after an hour of
which they are never asked for."""

_SEAL = hashlib.sha256().digest_size

Piece = tuple[int, bytes]
"""What was written to a stream: 1 is stdout, 2 is stderr."""


class Answer:
    """What a command said and exited with, and the project, folders and files that it read.

    `digest` is that of how the folders looked, `read` that of the files, and `contents` that of
    what was in them, empty where that is not known.
    """

    def __init__(
        self,
        root: str,
        code: int,
        *,
        folders: Sequence[str],
        files: Sequence[str],
        digest: str,
        read: str,
        contents: str,
        said: Sequence[Piece],
    ) -> None:
        self.root, self.code, self.digest = root, code, digest
        self.read, self.contents = read, contents
        self.folders, self.files, self.said = folders, files, said

    def encoded(self) -> bytes:
        """The bytes of a file, without its checksum."""
        counts = str(len(self.folders)), str(self.code)
        seen = self.digest, self.read, self.contents or "-"
        fields = (*seen, self.root, *counts, *self.folders, *self.files, "")
        head = "".join(f"{field}\0" for field in fields).encode("utf-8", "surrogateescape")
        return head + b"".join(b"%d %d\n" % (fd, len(data)) + data for fd, data in self.said)


def decoded(data: bytes) -> Answer:
    """The answer that was encoded. Raises `ValueError` where it was none."""
    head, _, body = data.partition(b"\0\0")
    digest, seen, held, root, count, code, *paths = _text(head).split("\0")
    folders, files = paths[: int(count)], paths[int(count) :]
    said = list(_pieces(body))
    return Answer(
        root,
        int(code),
        folders=folders,
        files=files,
        digest=digest,
        read=seen,
        contents=held.strip("-"),
        said=said,
    )


def _text(head: bytes) -> str:
    return head.decode("utf-8", "surrogateescape")


def _pieces(body: bytes) -> Iterator[Piece]:
    while body:
        head, _, rest = body.partition(b"\n")
        stream, _, length = head.partition(b" ")
        yield int(stream), rest[: int(length)]
        body = rest[int(length) :]


def read(folder: str, key: str) -> Answer | None:
    """The answer to a question; None where there is none that can be trusted."""
    try:
        with open(os.path.join(folder, key), "rb") as file:
            seal, data = file.read(_SEAL), file.read()
        return decoded(data) if seal == _sealed(key, data) else None
    except (OSError, ValueError):
        return None


def write(folder: str, key: str, answer: Answer) -> None:
    """Leave an answer. Raises `OSError` where that is refused."""
    data = answer.encoded()
    _prune(folder)
    new = os.path.join(folder, f"{key}.{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines((_sealed(key, data), data))
    os.replace(new, os.path.join(folder, key))


def _sealed(key: str, data: bytes) -> bytes:
    return hashlib.sha256(key.encode() + data).digest()


def _prune(folder: str) -> None:
    """Remove what is old or too much, the oldest first."""
    there = sorted((entry.stat().st_mtime, entry.path) for entry in os.scandir(folder))
    for left, (written, path) in zip(range(len(there), 0, -1), there, strict=True):
        if left >= MOST_FILES or time.time() - written > MOST_AGE:
            os.unlink(path)

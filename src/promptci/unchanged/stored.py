"""An answer in a file: what it followed from, and what was said.

A checksum, then fields that end with a NUL, an empty one, and what was written: `1` or `2` for the
stream, the length, a line break and the bytes. Python's own modules for formats would be half of
the time that it takes to say an answer again.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from itertools import islice

from promptci.pruning import make_room
from promptci.unchanged.asking import Asked
from promptci.unchanged.latercommits import KeptHead

MOST_FILES, MOST_BYTES, MOST_AGE = 64, 8 * 2**20, 2 * 3600
"""Answers are kept up to so many, of so many bytes each, and so many seconds, after an hour of
which they are never asked for."""

_SEAL = hashlib.sha256().digest_size

Piece = tuple[int, bytes]
"""What was written to a stream: 1 is stdout, 2 is stderr."""


class StoredSaying:
    """What a command said and exited with, and the project, folders and files that it read.

    `digest` is that of how the folders looked, `read` that of the files, and `contents` that of
    what was in them, empty where that is not known. `asked` is what git told by files that it
    looked into; `moved` the digest of how the files looked that a commit changes, and `head` the
    commit there was, None where another one may change all.
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
        moved: str,
        head: KeptHead | None,
        asked: Sequence[Asked],
        said: Sequence[Piece],
    ) -> None:
        self.root, self.code, self.digest = root, code, digest
        self.read, self.contents = read, contents
        self.folders, self.files, self.said = folders, files, said
        self.moved, self.head, self.asked = moved, head, asked

    def encoded(self) -> bytes:
        """The bytes of a file, without its checksum. Raises `ValueError` for an empty word."""
        fields = [*self._fields(), ""]
        if "" in fields[:-1]:
            raise ValueError("an empty word")
        head = "".join(f"{field}\0" for field in fields).encode("utf-8", "surrogateescape")
        return head + b"".join(b"%d %d\n" % (fd, len(data)) + data for fd, data in self.said)

    def _fields(self) -> Iterator[str]:
        yield from (self.digest, self.read, self.contents or "-", self.moved)
        yield from (self.root, str(self.code))
        yield from _counted(self.folders)
        yield from _counted(self.files)
        yield str(len(self.asked))
        for folder, command, digest in self.asked:
            yield from _counted([folder, digest, *command])
        if head := self.head:
            yield from (head.ref, head.commit, head.listed, head.day, *head.objects)


def decoded(data: bytes) -> StoredSaying:
    """The answer that was encoded. Raises `ValueError` where it was none."""
    head, _, body = data.partition(b"\0\0")
    fields = iter(_text(head).split("\0"))
    digest, seen, held, moved, root, code = islice(fields, 6)
    folders, files = _listed(fields), _listed(fields)
    asked = [_listed(fields) for _ in range(int(next(fields)))]
    at = list(fields)
    return StoredSaying(
        root,
        int(code),
        folders=folders,
        files=files,
        digest=digest,
        read=seen,
        contents=held.strip("-"),
        moved=moved,
        head=KeptHead(*at[:2], listed=at[2], day=at[3], objects=at[4:]) if at else None,
        asked=[(folder, command, said) for folder, said, *command in asked],
        said=list(_pieces(body)),
    )


def _counted(words: Sequence[str]) -> Iterator[str]:
    yield str(len(words))
    yield from words


def _listed(fields: Iterator[str]) -> list[str]:
    return list(islice(fields, int(next(fields))))


def _text(head: bytes) -> str:
    return head.decode("utf-8", "surrogateescape")


def _pieces(body: bytes) -> Iterator[Piece]:
    while body:
        head, _, rest = body.partition(b"\n")
        stream, _, length = head.partition(b" ")
        yield int(stream), rest[: int(length)]
        body = rest[int(length) :]


def read(folder: str, key: str) -> StoredSaying | None:
    """The answer to a question; None where there is none that can be trusted."""
    try:
        with open(os.path.join(folder, key), "rb") as file:
            seal, data = file.read(_SEAL), file.read()
        return decoded(data) if seal == _sealed(key, data) else None
    except (OSError, ValueError, StopIteration):
        return None


def write(folder: str, key: str, answer: StoredSaying) -> None:
    """Leave an answer. Raises `OSError` where that is refused."""
    data = answer.encoded()
    make_room(folder, files=MOST_FILES, age=MOST_AGE)
    new = os.path.join(folder, f"{key}.{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.writelines((_sealed(key, data), data))
    os.replace(new, os.path.join(folder, key))


def _sealed(key: str, data: bytes) -> bytes:
    return hashlib.sha256(key.encode() + data).digest()

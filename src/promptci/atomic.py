"""Files written whole or not at all."""

import fcntl
import os
import re
from collections.abc import Iterable
from contextlib import closing, suppress
from pathlib import Path

from promptci.errors import StorageError, as_storage_error
from promptci.latepattern import late
from promptci.secrets.display import CleanStream, is_workflow
from promptci.secrets.known import redact_document

_NAME = late(r"\.promptci-[0-9a-f]{16}", re.ASCII)
"""What files under way are called; only files of this name are ever swept away."""


def write_text(path: Path, text: str) -> bool:
    """Replace a file's text in one step; says whether that changed anything.

    The new bytes are on disk before they take the place of the old ones, which stay whole if
    anything fails; the mode stays, too. A file that differs in line ends alone is left as it is. A
    link is not written through, since what it points to may be anything. The text is data and is
    written as it is. Raises `StorageError` naming the path.
    """
    data = text.encode()
    with as_storage_error(path):
        if path.is_file() and not path.is_symlink() and _is_same(path.read_bytes(), data):
            return False
        _replace(path, (data,))
    return True


def is_written(path: Path, text: str) -> bool:
    """Whether a file has this text already, but for line ends; never where it is a link."""
    with as_storage_error(path):
        is_file = path.is_file() and not path.is_symlink()
        return is_file and _is_same(path.read_bytes(), text.encode())


def stage_text(path: Path, text: str) -> None:
    """Write a file that is not read before another one names it by its digest; it is on disk then.

    A link is not written through. Raises `StorageError` naming the path.
    """
    with as_storage_error(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())


def write_bytes(path: Path, parts: Iterable[bytes]) -> None:
    """The same with data in parts, never in memory as a whole."""
    with as_storage_error(path):
        _replace(path, parts)


def _is_same(there: bytes, data: bytes) -> bool:
    """Whether bytes are equal but for line ends, which git may have changed as it wrote them."""
    return there == data or there.replace(b"\r\n", b"\n") == data


def write_report(path: Path, parts: Iterable[str]) -> None:
    """The same with a report, which is for people: secrets are taken out.

    It comes in parts and is never in memory as a whole; a secret must not be cut in two by two
    parts. A device or a pipe, such as `/dev/stdout`, is written to.
    """
    with as_storage_error(path, if_closed="name a file in a folder that may be written"):
        if path.exists() and not path.is_file() and not path.is_dir():
            stream = CleanStream(path.open("w", encoding="utf-8"), is_workflow=is_workflow())
            with closing(stream):
                for part in parts:
                    stream.write(part)
        else:
            _replace(path, (redact_document(part).encode() for part in parts))


def add_report(path: Path, parts: Iterable[str]) -> None:
    """Add a report to the end of a file that others write to, too, such as a step's outputs."""
    with as_storage_error(path), path.open("a", encoding="utf-8") as file:
        file.writelines(redact_document(part) for part in parts)


def _replace(path: Path, parts: Iterable[bytes]) -> None:
    if path.is_symlink():
        raise StorageError(f"{path}: is a link, which is not written through: delete it")
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise StorageError(f"{path}: is no regular file, which is not replaced: move it away")
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path.parent)
    new = path.with_name(f".promptci-{os.urandom(8).hex()}")
    try:
        handle = _begin(new)
        with os.fdopen(handle, "wb") as file:
            if path.exists():
                os.fchmod(handle, path.stat().st_mode & 0o777)
            file.writelines(parts)
            file.flush()
            os.fsync(handle)
            new.replace(path)
        _make_last(path.parent)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise


def _make_last(folder: Path) -> None:
    """A new name is in its folder after a power cut, too; not every file system can say so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _begin(new: Path) -> int:
    """A new file, locked for as long as it is open; without locks it is not swept away either."""
    while True:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle
        os.close(handle)  # swept before it was locked


def _sweep(folder: Path) -> None:
    """Remove what writers left that were killed: files that are no longer locked."""
    for left in filter(_is_begun, folder.iterdir()):
        with suppress(OSError):
            handle = os.open(left, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
            finally:
                os.close(handle)


def _is_begun(path: Path) -> bool:
    return _NAME.fullmatch(path.name) is not None

"""Files written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from promptci.errors import StorageError
from promptci.vault import redact


def write_text(path: Path, text: str) -> bool:
    """Replace a file's text in one step; says whether that changed anything.

    The new bytes are on disk before they take the place of the old ones, which stay whole if
    anything fails; the mode stays, too. A link is not written through, since what it points to
    may be anything. Secrets of this machine are left out. Raises `StorageError` naming the path.
    """
    data = redact(text).encode()
    try:
        if path.is_symlink():
            raise StorageError(f"{path}: is a link, which is not written through: delete it")
        if path.exists() and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written: {error.strerror or error}") from error
    return True


def _replace(path: Path, data: bytes) -> None:
    new = path.with_name(f".promptci-{token_hex(8)}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            if path.exists():
                os.fchmod(handle, path.stat().st_mode & 0o777)
            file.write(data)
            file.flush()
            os.fsync(handle)
        new.replace(path)
    except BaseException:
        with suppress(OSError):
            new.unlink()
        raise

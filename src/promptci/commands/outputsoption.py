"""What `--outputs` names: outputs obtained elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

from promptci.errors import RequestError


@contextmanager
def opened_outputs(path: str, option: str = "--outputs") -> Iterator[BinaryIO]:
    """A file, or standard input kept in one, as it is read more than once."""
    if path != "-":
        with _file(path, option) as file:
            yield file
        return
    with TemporaryFile() as kept:
        for chunk in iter(lambda: sys.stdin.buffer.read(1 << 20), b""):
            kept.write(chunk)
        yield kept


def _file(path: str, option: str) -> BinaryIO:
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise RequestError(f"{path}: {error.strerror}: check {option}") from None

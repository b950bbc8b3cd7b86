"""Some answers as one object: compressed lines, named by the digest of their bytes.

Read as untrusted: sizes are bounded, the name, the place and every answer are compared with what is
inside.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable

from promptci.cache.answerline import answer_line, read_answer_line
from promptci.specs.completion import Completion

FORMAT = 1
ENDING = ".gz"
MOST_PACKED = 64_000_000
MOST_UNPACKED = 512_000_000
"""Bytes of one object, as it lies in the store and once it is unpacked."""


def pack_answers(place: str, answers: Iterable[tuple[str, Completion]]) -> tuple[str, bytes]:
    """The name and the bytes of an object: equal for equal answers."""
    lines = [answer_line(key, completion) for key, completion in sorted(answers, key=_key)]
    head = json.dumps(_head(place, len(lines)))
    data = gzip.compress("\n".join([head, *lines, ""]).encode(), mtime=0)
    return hashlib.sha256(data).hexdigest() + ENDING, data


def unpack_answers(place: str, name: str, data: bytes) -> list[tuple[str, Completion]]:
    """The answers of an object. Raises `ValueError` for one that is not as it was written."""
    if len(data) > MOST_PACKED:
        raise ValueError("it is too large")
    if hashlib.sha256(data).hexdigest() + ENDING != name:
        raise ValueError("its bytes are not those that its name says")
    head, *lines = _unpacked(data).decode().split("\n")[:-1]
    try:
        if json.loads(head) != _head(place, len(lines)):
            raise ValueError("it is of another format or belongs to another place")
        return [read_answer_line(line) for line in lines]
    except (TypeError, KeyError, RecursionError, OverflowError) as error:
        raise ValueError(f"it cannot be read ({error})") from None


def _head(place: str, count: int) -> dict[str, str | int]:
    return {"promptci_answers": FORMAT, "place": place, "count": count}


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        found = unpacker.decompress(data, MOST_UNPACKED)
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked ({error})") from None
    if not unpacker.eof or not found.endswith(b"\n"):
        raise ValueError("it is too large or was cut off")
    return found


def _key(answer: tuple[str, Completion]) -> str:
    return answer[0]

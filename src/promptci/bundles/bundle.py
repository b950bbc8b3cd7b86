"""A bundle: one compressed file of lines, a header, an answer each, and a checksum at the end.

It is read as untrusted: sizes are bounded, every line has a checksum, and nothing in it is a path.
"""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from promptci.cache.answerline import answer_line, read_answer_line
from promptci.errors import RequestError, as_storage_error
from promptci.specs.completion import Completion

FORMAT = 1
MAX_LINE = 50_000_000
MAX_SHARDS = 100_000
MAX_BYTES = 20_000_000_000
"""In a bundle once it is unpacked."""


class BundleHeader(Struct, frozen=True):
    """What a bundle is of: part `shard` of `of`, of a plan with this digest, at this commit.

    `names` and `models` are what the user selected.
    """

    plan: str
    shard: int
    of: int
    commit: str = ""
    names: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    promptci_bundle: int = FORMAT


def bundle_parts(
    header: BundleHeader, answers: Iterable[tuple[str, Completion]]
) -> Iterator[bytes]:
    """The bytes of a bundle in parts: equal for equal content."""
    out = io.BytesIO()
    total = hashlib.sha256()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, filename="") as packed:
        for line in _lines(header, answers):
            total.update(line)
            packed.write(line)
            if out.tell() > 1_000_000:
                yield out.getvalue()
                out.seek(0)
                out.truncate()
        packed.write(_end(total.hexdigest()))
    yield out.getvalue()


def _lines(header: BundleHeader, answers: Iterable[tuple[str, Completion]]) -> Iterator[bytes]:
    yield json.dumps(asdict(header)).encode() + b"\n"
    for key, completion in answers:
        yield answer_line(key, completion).encode() + b"\n"


def _end(checksum: str) -> bytes:
    return json.dumps({"end": checksum}).encode() + b"\n"


def read_header(path: Path) -> BundleHeader:
    """What a bundle is of. Raises `RequestError` for a file that is none."""
    for line in _raw(path):
        return _header(line, path)
    raise _damaged(path, "is empty")


def refuse_other_file(path: Path, cure: str) -> None:
    """An earlier bundle and an empty file are replaced, nothing else. Raises `RequestError`."""
    with as_storage_error(path, "cannot be read"):
        is_other = path.exists() and not (path.is_file() and not path.stat().st_size)
    if not is_other:
        return
    try:
        if path.is_file():
            read_header(path)
            return
    except RequestError:
        pass
    raise RequestError(f"{path}: this is no bundle and is not replaced: {cure}")


def read_answers(path: Path) -> Iterator[tuple[str, Completion]]:
    """The answers of a bundle, in order; the last checksum is looked at before the end.

    Raises `RequestError` for a bundle that was cut off or changed; what came before may be kept,
    since each answer has a checksum of its own.
    """
    total = hashlib.sha256()
    lines = _raw(path)
    first = next(lines, b"")
    _header(first, path)
    total.update(first)
    for line in lines:
        if line.startswith(b'{"end": '):
            if line != _end(total.hexdigest()):
                raise _damaged(path, "was changed")
            if next(lines, b""):
                more = "the bundle goes on after its end: name several bundles one by one"
                raise RequestError(f"{path}: {more}")
            return
        total.update(line)
        try:
            yield read_answer_line(line.decode())
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
            raise _damaged(path, f"cannot be used ({error})") from None
    raise _damaged(path, "was cut off")


def check_bundle(path: Path) -> None:
    """Read all of it. Raises `RequestError` for a bundle that was cut off or changed."""
    for _ in read_answers(path):
        pass


def _header(line: bytes, path: Path) -> BundleHeader:
    try:
        body = json.loads(line)
        if not isinstance(body, dict):
            raise TypeError("no mapping")
        _refuse_other_format(body.get("promptci_bundle", FORMAT), path)
        names, models = _texts(body.pop("names", [])), _texts(body.pop("models", []))
        header = BundleHeader(**body, names=names, models=models)
    except (ValueError, TypeError, RecursionError):
        raise RequestError(
            f"{path}: this is no bundle: name one that `run --shard` or `cache export` wrote"
        ) from None
    is_sound = isinstance(header.shard, int) and isinstance(header.of, int)
    if not (is_sound and 1 <= header.shard <= header.of <= MAX_SHARDS and _is_text(header)):
        raise RequestError(f"{path}: the bundle names no part: have it rewritten")
    return header


def _refuse_other_format(number: object, path: Path) -> None:
    """Before anything else is looked at: another format may have other fields."""
    if not isinstance(number, int):
        raise TypeError("no number")
    if number != FORMAT:
        wrong = f"has format {number}, and this version reads {FORMAT}"
        raise RequestError(f"{path}: the bundle {wrong}: use the version that wrote it")


def _is_text(header: BundleHeader) -> bool:
    return isinstance(header.plan, str) and isinstance(header.commit, str)


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError("no list of texts")
    return tuple(value)


def _raw(path: Path) -> Iterator[bytes]:
    """The lines of a packed file, bounded. Raises `RequestError` for what is no such file."""
    if path.is_fifo():
        raise RequestError(f"{path}: a pipe cannot be read twice: write the bundle to a file first")
    left = MAX_BYTES
    with as_storage_error(path, "cannot be read"), path.open("rb") as file:
        try:
            with gzip.GzipFile(fileobj=file) as packed:
                while line := packed.readline(MAX_LINE + 1):
                    left -= len(line)
                    if len(line) > MAX_LINE or left < 0:
                        raise _damaged(path, "is too large")
                    yield line
        except (gzip.BadGzipFile, EOFError, zlib.error):
            raise _damaged(path, "is no bundle, or was cut off") from None


def _damaged(path: Path, what: str) -> RequestError:
    return RequestError(f"{path}: the bundle {what}: have it written again")

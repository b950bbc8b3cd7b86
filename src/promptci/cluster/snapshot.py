"""The files of a project, to be read by workers on other machines."""

import io
import os
import subprocess
import tarfile
from pathlib import Path
from secrets import token_hex
from shutil import rmtree

from promptci.errors import RequestError
from promptci.git.repo import Repo
from promptci.records.chunkfiles import is_record_file

MOST_BYTES = 4_000_000_000
"""Of all files together."""


def pack_project(repo: Repo) -> bytes:
    """The files that git tracks or would track, as they are on disk; score records apart.

    Raises `RequestError` where they are too large to be sent.
    """
    listed = repo.git("ls-files", "-z", "--cached", "--others", "--exclude-standard", at=repo.root)
    out, size = io.BytesIO(), 0
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in sorted(set(filter(None, listed.decode().split("\0")))):
            path = repo.root / name
            if is_record_file(name) or path.is_symlink() or not path.is_file():
                continue
            size += path.stat().st_size
            if size > MOST_BYTES:
                raise RequestError(
                    f"{name}: the project's files take more than {MOST_BYTES / 1e9:.0f} GB, which "
                    "are not sent to workers: keep what no eval needs out of git"
                )
            archive.add(path, name, recursive=False)
    return out.getvalue()


def unpack_project(data: bytes, folder: Path, name: str) -> Path:
    """A repository with these files, called so below a folder; made once."""
    root = folder / name
    if root.is_dir():
        return root
    new = root.with_name(f".{token_hex(8)}")
    new.mkdir(parents=True, mode=0o700)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(new, filter="data")
    subprocess.run(["git", "init", "-q"], cwd=new, check=True, capture_output=True)
    try:
        os.rename(new, root)  # noqa: PTH104 (fails where another worker was first)
    except OSError:
        rmtree(new, ignore_errors=True)
    return root

"""Packages of others, installed by themselves for tests marked `long`."""

import hashlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest


def peer_python(folder: Path, *packages: str) -> Path:
    """A Python that has these packages, in a folder of its own.

    That takes minutes: `PEER_FOLDER` names a folder in which they are kept.
    """
    name = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    home = Path(os.environ.get("PEER_FOLDER") or folder) / name
    python = home / "bin/python"
    if not (home / "installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        got = subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *packages], capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        if got.returncode:
            pytest.skip(f"{' '.join(packages)} cannot be installed: {got.stderr[-300:]}")
        (home / "installed").touch()
    return python


def run_python(python: Path, script: str, *arguments: str) -> str:
    """What a script prints."""
    done = subprocess.run(
        [str(python), "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@contextmanager
def served(command: list[str], port: int, environment: dict[str, str]) -> Iterator[str]:
    """A server on a port of this machine, until the block ends."""
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            _wait_for(url, process)
            yield url
        finally:
            os.killpg(process.pid, 15)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1200):
        assert process.poll() is None, "the server ended"
        try:
            urlopen(url, timeout=5).close()
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


def free_port() -> int:
    """A port where no server listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])

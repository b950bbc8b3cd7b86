"""The modules of a command, compiled, in one file: to find and open each takes half of the start.

It is beside Python's own files of compiled modules, and holds what those hold. It is believed as
long as no source file of the program looks otherwise than when it was written.
"""

import hashlib
import marshal
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType
from typing import TypeAlias

from promptci.program import SOURCE, program_digest

COMMANDS = frozenset(("check", "lint", "run"))
"""Commands that are started often and waited for. Each has a file of some two megabytes."""

_FEW = 8
"""So many modules and fewer are not worth writing a file for."""
_MOST_PARTS = 6

_SEAL = hashlib.sha256().digest_size

_SIZE = 8
"""Bytes that tell how long the list of parts is."""

_Place: TypeAlias = tuple[str, str, bool]
"""The paths of a module's source and of Python's own compiled file, and whether it is a package."""

_Part: TypeAlias = tuple[dict[str, _Place], int]
"""Modules by name, and the bytes of all of their code together."""


class ModuleFile:
    """Finds the modules of a program in one file, for `sys.meta_path`.

    They are in parts, one for each time that a command needed others; a part is read when one of
    its modules is imported. `source` is the folder of the program, `folder` that of the file.
    """

    def __init__(self, command: str, source: str = SOURCE, folder: str = "") -> None:
        """Raises `OSError` where the program is not in a folder."""
        tag = sys.implementation.cache_tag
        self._source, self._package = source, os.path.basename(source)
        self._path = os.path.join(folder or _folder(source), f"{command}.{tag}.modules")
        self._program = program_digest(source)
        self._parts, self._data = self._read()
        self._places = {name: at for places, _ in self._parts for name, at in places.items()}
        self._codes: dict[str, CodeType] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """How a module of ours is loaded; None for others."""
        place = self._places.get(name)
        if place is None:
            return None
        at, cached, is_package = place
        spec = ModuleSpec(name, _Loader(name, at, self), origin=at, is_package=is_package)
        spec.has_location, spec.cached = True, cached or None
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(os.path.dirname(at))
        return spec

    def code(self, name: str) -> CodeType:
        """What a module that was found runs."""
        start = 0
        for places, size in self._parts:
            if name in places and name not in self._codes:
                self._codes |= marshal.loads(self._data[start : start + size])
            start += size
        return self._codes[name]

    def keep(self) -> None:
        """Leave what was imported otherwise to the next process, if that may be written."""
        if sys.dont_write_bytecode or len(self._parts) >= _MOST_PARTS:
            return
        specs = self._imported()
        if len(specs) <= _FEW or not self._may_write():
            return
        with suppress(Exception, KeyboardInterrupt):  # the verdict is told, and must not change
            codes = marshal.dumps({name: loader.get_code(name) for name, (loader, _) in specs})
            places = {n: (x.path, cached, x.is_package(n)) for n, (x, cached) in specs}
            if program_digest.__wrapped__(self._source) == self._program:  # not written to since
                self._write([*self._parts, (places, len(codes))], codes)

    def _may_write(self) -> bool:
        """Whether the file may be left: else all would be made ready for it each time."""
        folder = os.path.dirname(self._path)
        with suppress(OSError):
            os.makedirs(folder, exist_ok=True)
        return os.access(folder, os.W_OK)

    def _imported(self) -> list[tuple[str, tuple[SourceFileLoader, str]]]:
        """Modules that Python found itself: how it loaded them, and the compiled file."""
        found = []
        for name, module in list(sys.modules.items()):
            loader = getattr(module, "__loader__", None)
            is_ours = name.partition(".")[0] == self._package and name not in self._places
            if is_ours and type(loader) is SourceFileLoader:
                found.append((name, (loader, getattr(module, "__cached__", None) or "")))
        return found

    def _seal(self, data: bytes | memoryview) -> bytes:
        """A digest of a file and of all that it holds for: this program on this Python, here."""
        key = f"{sys.version} {sys.flags.optimize} {self._source} {self._program}"
        sha = hashlib.sha256(key.encode("utf-8", "surrogateescape"))
        sha.update(data)
        return sha.digest()

    def _read(self) -> tuple[list[_Part], memoryview]:
        with suppress(OSError), open(self._path, "rb", buffering=0) as file:
            data = memoryview(file.readall())
            if data[:_SEAL] == self._seal(data[_SEAL:]):
                start = _SEAL + _SIZE
                end = start + int.from_bytes(data[_SEAL:start], "big")
                return marshal.loads(data[start:end]), data[end:]
        return [], memoryview(b"")

    def _write(self, parts: list[_Part], codes: bytes) -> None:
        head = marshal.dumps(parts)
        data = b"".join((len(head).to_bytes(_SIZE, "big"), head, self._data, codes))
        new = f"{self._path}.{os.getpid()}"
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines((self._seal(data), data))
            os.replace(new, self._path)
        except BaseException:
            os.unlink(new)
            raise


class _Loader(SourceFileLoader):
    """Loads as Python does, but for where the compiled code is from."""

    def __init__(self, name: str, path: str, together: ModuleFile) -> None:
        super().__init__(name, path)
        self._together = together

    def get_code(self, fullname: str) -> CodeType:
        return self._together.code(fullname)


def _folder(source: str) -> str:
    """Where Python has the compiled modules of a folder."""
    if sys.pycache_prefix is None:
        return os.path.join(source, "__pycache__")
    return os.path.join(sys.pycache_prefix, source.lstrip(os.sep))


def import_together(command: str) -> ModuleFile | None:
    """Have Python find what a command imports in one file; None where that is not done for it."""
    if command not in COMMANDS:
        return None
    try:
        found = ModuleFile(command)
    except OSError:
        return None
    sys.meta_path.insert(0, found)
    return found

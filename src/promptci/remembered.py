"""Findings that can be made again, kept by the digest of all that they follow from.

One file each in the state folder, or one for all small ones of a shelf, with those of late in
another: a checksum, then MessagePack. A file that is damaged, of another release or not there costs
the time to find out again and nothing else.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeVar

import msgspec

from promptci.digest import digest
from promptci.program import SOURCE, program_digest
from promptci.pruning import make_room
from promptci.secrets.known import redact_document
from promptci.version import __version__

FOLDER = "known"
MOST_FILES, MOST_BYTES, MOST_AGE = 2000, 256 * 2**20, 90 * 86_400
"""Findings are kept up to so many, so large together, and so many seconds old."""

_AT_ONCE, _OVERLAP = 1 << 16, 1 << 14
"""Bytes looked through at once, and those before them, where a key may begin."""

_LARGE = 1 << 18
"""A finding of more bytes than these is written at once, and takes no memory from then on."""

_MOST_SHELVED, _LESS = 1 << 25, {"records": 1 << 23}
"""Bytes of all findings on a shelf, and on some; beyond these only those asked for stay."""
_FEW_NEW = 8
"""A shelf is written again once one in so many of its bytes is new; until then they are aside."""
_MOST, _LATE = "shelf", "beside the shelf"
"""The kinds of the two files of a shelf."""

_SEAL = hashlib.sha256().digest_size

StateFolder: TypeAlias = Callable[[], Path]
"""The state folder; it is only asked for when something is looked for."""

T = TypeVar("T")


class Remembered:
    """Findings of one process, and those that earlier ones left in a state folder.

    Keys come from `key_of`. What is equal under 256 bits is equal, so it makes no difference whose
    folder a finding was left in.
    """

    def __init__(self) -> None:
        self._state: StateFolder | None = None
        self._found: dict[str, bytes] = {}
        self._new: set[str] = set()
        self._shelves: dict[str, _Shelf] = {}

    def keep_in(self, state: StateFolder) -> None:
        """Use this state folder from now on, and forget what another one held."""
        self._state, self._found, self._new, self._shelves = state, {}, set(), {}

    def leave(self, state: StateFolder) -> None:
        """Write what is new, and use this state folder no more: its project is closed."""
        if self._state == state:
            self.write()
            self._state = None

    @contextmanager
    def kept_in(self, state: StateFolder) -> Iterator[None]:
        """Use a state folder for a while, and leave there what was found meanwhile."""
        self.keep_in(state)
        try:
            yield
        finally:
            self.leave(state)

    def get(self, key: str, kind: type[T]) -> T | None:
        """The finding of a key; None where there is none that can be trusted."""
        data = self._found.get(key) or self._read(key)
        if 0 < len(data) <= _LARGE:
            self._found[key] = data
        try:
            return msgspec.msgpack.decode(data, type=kind)
        except ValueError:
            return None

    def get_small(self, shelf: str, key: str, kind: type[T]) -> T | None:
        """The same of a small finding, which is kept in one file with others."""
        try:
            return msgspec.msgpack.decode(self._shelf(shelf).take(key), type=kind)
        except (KeyError, ValueError):
            return None

    def put_small(self, shelf: str, key: str, finding: object) -> None:
        """Keep a small finding with others, unless it holds a key."""
        self._shelf(shelf).put(key, msgspec.msgpack.encode(finding))

    def put(self, key: str, finding: object, *, said: Iterable[object] = ()) -> None:
        """Keep a finding until `write`, which writes none that holds a key, or a part of one.

        `said` are the parts of it that could, where that is not all.
        """
        self._found[key] = data = msgspec.msgpack.encode(finding)
        parts = map(msgspec.msgpack.encode, said) if said else (data,)
        if not any(map(_holds_a_key, parts)):
            self._new.add(key)
        if len(data) > _LARGE:
            self.write()

    def write(self) -> None:
        """Leave what is new in the state folder, if there is one already; it may be refused."""
        for name, shelf in self._shelves.items():
            for part, data in shelf.written().items():
                self._found[key := key_of(part, name)] = data
                self._new.add(key)
        if not self._new or self._state is None:
            return
        with suppress(OSError):
            folder = self._state() / FOLDER
            if not folder.parent.is_dir() or folder.is_symlink():
                return  # before the first answer is stored there may be no state folder yet
            new, self._new = self._new, set()
            folder.mkdir(exist_ok=True)
            make_room(folder, files=MOST_FILES, age=MOST_AGE, size=MOST_BYTES)
            for key in new:
                _write(folder / key, _seal(key, self._found[key]), self._found[key])
                del self._found[key]  # it is read again if somebody asks

    def _shelf(self, name: str) -> "_Shelf":
        if name not in self._shelves:
            kept, late = (self.get(key_of(part, name), dict[str, bytes]) for part in (_MOST, _LATE))
            self._shelves[name] = _Shelf(kept or {}, late or {}, _LESS.get(name, _MOST_SHELVED))
        return self._shelves[name]

    def _read(self, key: str) -> bytes:
        """What the state folder has; nothing, which is no finding, where it has none."""
        if self._state is not None:
            with suppress(OSError), (self._state() / FOLDER / key).open("rb") as file:
                seal, data = file.read(_SEAL), file.read()
                if seal == _seal(key, data):
                    return data
        return b""


class _Shelf:
    """Small findings that are in one file: to open one for each would take longer than they do.

    Those of `late` are in a file of their own, so that a few new ones are soon written.
    """

    def __init__(self, kept: dict[str, bytes], late: dict[str, bytes], most: int) -> None:
        self._kept, self._late, self._mine = kept, late, dict[str, bytes]()
        self._new, self._used, self._most = set[str](), set[str](), most

    def take(self, key: str) -> bytes:
        """A finding. Raises `KeyError`."""
        for part in (self._mine, self._late, self._kept):
            if key in part:
                self._used.add(key)
                return part[key]
        raise KeyError(key)

    def put(self, key: str, data: bytes) -> None:
        """One more finding."""
        self._mine[key] = data
        self._new.add(key)

    def written(self) -> Mapping[str, bytes]:
        """What its files are to hold, by their kinds: no finding in which there is a key."""
        fresh = {key: self._mine[key] for key in self._new}
        new, self._new = {k: data for k, data in fresh.items() if not _holds_a_key(data)}, set()
        if not new:
            return {}
        had_late, self._late = bool(self._late), self._late | new
        if _size(self._late) * _FEW_NEW < _size(self._kept):
            return {_LATE: msgspec.msgpack.encode(self._late)}
        self._kept, self._late = self._kept | self._late, {}
        if _size(self._kept) > self._most:
            used = self._kept.keys() & (self._used | self._mine.keys())
            self._kept = {key: self._kept[key] for key in used}
        is_little = _size(self._kept) <= self._most
        found = {_MOST: msgspec.msgpack.encode(self._kept)} if is_little else {}
        return found | ({_LATE: msgspec.msgpack.encode({})} if had_late else {})


def _size(of: Mapping[str, bytes]) -> int:
    return sum(map(len, of.values()))


REMEMBERED = Remembered()
"""What this process knows: findings are the same for whichever project asks."""


def key_of(kind: str, *parts: object) -> str:
    """The key of a finding of a kind: parts are all that it follows from, as JSON can hold it.

    The program that makes it is one of them.
    """
    return digest([kind, __version__, program_digest(SOURCE), *parts])


def content_of(file: BinaryIO) -> str:
    """The SHA-256 of the rest of a file, as 64 hex digits."""
    sha = hashlib.sha256()
    while part := file.read(1 << 20):
        sha.update(part)
    return sha.hexdigest()


def _holds_a_key(data: bytes) -> bool:
    """Whether data would be shown otherwise than it is, looked at a part at a time."""
    for start in range(0, len(data), _AT_ONCE):
        text = data[max(0, start - _OVERLAP) : start + _AT_ONCE].decode("utf-8", "ignore")
        if redact_document(text) != text:
            return True
    return False


def _seal(key: str, data: bytes) -> bytes:
    sha = hashlib.sha256(key.encode())
    sha.update(data)  # which may be large: no copy of it
    return sha.digest()


def _write(path: Path, *parts: bytes) -> None:
    """A file that is there whole, or damaged, which is seen; it need not outlive a power cut."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise

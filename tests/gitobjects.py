"""`git add --all` and `git commit` for repositories of the plainest kind, without a process.

As processes both cost a test six milliseconds of processor time, and half of one here. What is
written is what git writes: loose objects, an index of version 2, the branch and its log;
`test_gitobjects.py` compares them with git's. Whatever is not plain is left to git: see `Unplain`.
"""

# Paths are bytes here, as git has them.
# ruff: noqa: PTH103, PTH105, PTH110, PTH112, PTH113, PTH114, PTH115
# ruff: noqa: PTH116, PTH118, PTH120, PTH123, PTH208

import os
import re
import stat
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha1
from pathlib import Path
from struct import Struct

_ENTRY = Struct(">10I20sH")
"""Times of change and of writing as seconds and nanoseconds, device, inode, mode, owner, group,
size, id, and the length of the name, which follows with one to eight zeros."""

_PLAIN_VARIABLES = frozenset(
    ("GIT_CONFIG_NOSYSTEM", "GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE", "GIT_PYTHON_REFRESH")
)
_AUTHOR = "Ada Test <ada@test.invalid>"
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
_MESSAGE = re.compile(r"[^\s#][^\n\r\0]*(?<!\s)", re.ASCII)
_BRANCH = re.compile(r"ref: (refs/heads/[\w-]+)\n")
_IGNORED = re.compile(r"(\.?[\w-][\w.-]*)/")
_KNOWN_INSIDE = frozenset(
    (
        *(b"HEAD", b"config", b"description", b"index", b"objects", b"refs", b"logs"),
        *(b"COMMIT_EDITMSG", b"branches", b"hooks", b"info", b"FETCH_HEAD", b"ORIG_HEAD"),
    )
)
"""What `.git` has where nothing else is under way: no merge, no packed ref, no worktree."""


class Unplain(Exception):
    """Something that only git itself is sure to treat right."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as the index has it."""

    mode: int
    id: bytes
    state: tuple[int, ...]
    """Everything that tells whether it was written since."""


class _Objects:
    """The loose objects of a repository."""

    def __init__(self, inside: bytes) -> None:
        self._folder = inside + b"/objects/"

    def write(self, kind: bytes, content: bytes) -> bytes:
        """Keep an object that is not there yet; gives its id."""
        whole = b"%b %d\0%b" % (kind, len(content), content)
        id_ = sha1(whole).digest()
        name = id_.hex().encode()
        folder = self._folder + name[:2]
        path = folder + b"/" + name[2:]
        if not os.path.exists(path):
            os.makedirs(folder, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
            with os.fdopen(descriptor, "wb") as file:
                file.write(zlib.compress(whole, 1))
        return id_


def commit_all(top: Path, message: str, *, config: bytes, home_config: str) -> str:
    """Commit everything in the working tree; gives the full id.

    `config` and `home_config` are what a plain repository's and a user's configuration say.
    Raises `Unplain`, having changed nothing but objects that nothing refers to.
    """
    inside = os.fsencode(top / ".git")
    _check_plain(inside, message, config, home_config)
    branch = _BRANCH.fullmatch(_read(inside + b"/HEAD").decode())
    if branch is None:
        raise Unplain("no branch is checked out")
    ref = inside + b"/" + branch[1].encode()
    parent = _read(ref).strip() if os.path.exists(ref) else b""
    objects = _Objects(inside)
    entries = _staged(os.fsencode(top), objects)
    tree = _write_tree(objects, entries, b"")
    author, committer = (_when(f"GIT_{who}_DATE") for who in ("AUTHOR", "COMMITTER"))
    lines = [b"tree " + tree.hex().encode()]
    lines += [b"parent " + parent] * bool(parent)
    lines += [f"author {_AUTHOR} {author}".encode(), f"committer {_AUTHOR} {committer}".encode()]
    text = b"\n".join((*lines, b"", message.encode(), b""))
    made = objects.write(b"commit", text).hex()
    _write_index(inside + b"/index", entries)
    kind = "commit" if parent else "commit (initial)"
    line = f"{(parent or b'0' * 40).decode()} {made} {_AUTHOR} {committer}\t{kind}: {message}\n"
    for log in (b"/logs/HEAD", b"/logs/" + branch[1].encode()):
        os.makedirs(os.path.dirname(inside + log), exist_ok=True)
        with open(inside + log, "ab") as file:
            file.write(line.encode())
    _replace(inside + b"/COMMIT_EDITMSG", message.encode() + b"\n")
    os.makedirs(os.path.dirname(ref), exist_ok=True)
    _replace(ref, made.encode() + b"\n")
    return made


def _staged(top: bytes, objects: _Objects) -> list[tuple[bytes, Entry]]:
    """The entries of the index as `git add --all` would write it, in order."""
    before, written = _index(top + b"/.git/index")
    entries = dict(_entries(top, before, written, objects))
    gone = (top + b"/" + path for path in before if path not in entries)
    if any(os.path.islink(path) or os.path.isfile(path) for path in gone):
        raise Unplain("a file is tracked and ignored")
    return sorted(entries.items())


def _check_plain(inside: bytes, message: str, config: bytes, home_config: str) -> None:
    unknown = {n for n in os.environ if n.startswith("GIT_")} - _PLAIN_VARIABLES
    is_plain = (
        not unknown
        and _MESSAGE.fullmatch(message)
        and os.path.isdir(inside)
        and _read(inside + b"/config") == config
        and _KNOWN_INSIDE.issuperset(os.listdir(inside))
        and not _any_in(inside + b"/hooks")
        and not _any_in(inside + b"/info")
        and (Path.home() / ".gitconfig").read_text() == home_config
        and not (Path(os.environ["XDG_CONFIG_HOME"]) / "git").exists()
    )
    if not is_plain:
        raise Unplain("settings of its own")


def _any_in(folder: bytes) -> bool:
    return os.path.isdir(folder) and bool(os.listdir(folder))


def _read(path: bytes) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _replace(path: bytes, content: bytes) -> None:
    with open(path + b".lock", "xb") as file:
        file.write(content)
    os.replace(path + b".lock", path)


def _when(variable: str) -> str:
    date = os.environ.get(variable, "")
    if not _DATE.fullmatch(date):
        raise Unplain("a date in another form")
    seconds = int(datetime.fromisoformat(date).timestamp())
    if seconds < 10**8:
        raise Unplain("a date that git may read otherwise")
    return f"{seconds} +0000"


def _entries(
    top: bytes, before: Mapping[bytes, Entry], written: int, objects: _Objects
) -> Iterator[tuple[bytes, Entry]]:
    """What the index has of each file in the working tree."""
    ignored = _ignored(top)
    for folder, folders, names in os.walk(top):
        below = folder[len(top) + 1 :]
        if below and b".git" in (*folders, *names):
            raise Unplain("a repository in the repository")
        if b".gitattributes" in names or (below and b".gitignore" in names):
            raise Unplain("rules for some files")
        folders[:] = [each for each in folders if each not in ignored]
        if any(os.path.islink(os.path.join(folder, each)) for each in folders):
            raise Unplain("a link to a folder")
        for name in names:
            path = os.path.join(below, name)
            yield path, _entry(os.path.join(folder, name), before.get(path), written, objects)


def _ignored(top: bytes) -> set[bytes]:
    """The names of folders that are ignored, wherever they are."""
    if not os.path.lexists(top + b"/.gitignore"):
        return {b".git"}
    found = [_IGNORED.fullmatch(line) for line in _read(top + b"/.gitignore").decode().splitlines()]
    if None in found or os.path.islink(top + b"/.gitignore"):
        raise Unplain("rules for what is ignored")
    return {b".git", *(each[1].encode() for each in found if each)}


def _entry(path: bytes, before: Entry | None, written: int, objects: _Objects) -> Entry:
    """A file as it is now, read only where it may have changed since the index was written."""
    is_ = os.lstat(path)
    times = (is_.st_ctime_ns, is_.st_mtime_ns)
    state = (*(part for each in times for part in divmod(each, 10**9)),)
    state += (is_.st_dev & 0xFFFFFFFF, is_.st_ino & 0xFFFFFFFF)
    if stat.S_ISLNK(is_.st_mode):
        mode, content = 0o120000, os.readlink(path)
    elif stat.S_ISREG(is_.st_mode):
        mode, content = 0o100755 if is_.st_mode & 0o100 else 0o100644, None
    else:
        raise Unplain("no regular file")
    state += (mode, is_.st_uid, is_.st_gid, is_.st_size & 0xFFFFFFFF)
    if before and before.state == state and max(times) < written:
        return before
    return Entry(mode, objects.write(b"blob", _read(path) if content is None else content), state)


def _index(path: bytes) -> tuple[dict[bytes, Entry], int]:
    """The entries by path, and when the index was written."""
    if not os.path.exists(path):
        return {}, 0
    data = _read(path)
    count = int.from_bytes(data[8:12])
    if data[:8] != b"DIRC\0\0\0\2":
        raise Unplain("an index of another version")
    at, found = 12, {}
    for _ in range(count):
        *state, id_, flags = _ENTRY.unpack_from(data, at)
        start = at + _ENTRY.size
        if flags & 0xF000 or flags == 0xFFF or state[6] == 0o160000:
            raise Unplain("an entry with flags, or a repository's")
        found[data[start : start + flags]] = Entry(state[6], id_, tuple(state))
        at += (_ENTRY.size + flags + 8) // 8 * 8
    more = data[at:-20]
    if more and (more[:4] != b"TREE" or int.from_bytes(more[4:8]) != len(more) - 8):
        raise Unplain("an index with more in it")
    return found, os.stat(path).st_mtime_ns


def _write_index(path: bytes, entries: list[tuple[bytes, Entry]]) -> None:
    parts = [b"DIRC\0\0\0\2" + len(entries).to_bytes(4)]
    for name, entry in entries:
        head = _ENTRY.pack(*entry.state, entry.id, min(len(name), 0xFFF))
        parts.append((head + name).ljust((_ENTRY.size + len(name) + 8) // 8 * 8, b"\0"))
    data = b"".join(parts)
    _replace(path, data + sha1(data).digest())


def _write_tree(objects: _Objects, entries: list[tuple[bytes, Entry]], above: bytes) -> bytes:
    """The id of the tree with these files, whose paths begin with `above`."""
    rows: dict[bytes, tuple[bytes, bytes]] = {}
    folders: dict[bytes, list[tuple[bytes, Entry]]] = {}
    for path, entry in entries:
        name, slash, _ = path[len(above) :].partition(b"/")
        if slash:
            folders.setdefault(name, []).append((path, entry))
        else:
            rows[name] = (b"%o %b\0" % (entry.mode, name), entry.id)
    for name, below in folders.items():
        id_ = _write_tree(objects, below, above + name + b"/")
        rows[name + b"/"] = (b"40000 %b\0" % name, id_)
    return objects.write(b"tree", b"".join(b"".join(rows[name]) for name in sorted(rows)))

"""A command while it runs: what it says and reads, kept if it did nothing else."""

import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Set
from contextlib import suppress
from typing import Any, TypeAlias

from promptci.unchanged.asking import ask
from promptci.unchanged.filetimes import NEAR, tell_of_changes
from promptci.unchanged.gitsettings import LIST, settings_files
from promptci.unchanged.latercommits import KeptHead, kept_head
from promptci.unchanged.sayagain import FOLDER
from promptci.unchanged.stamps import (
    GIT,
    OWN,
    STATE,
    contents,
    git_folder,
    is_in_folder,
    look,
    look_at_files,
    moving_files,
)
from promptci.unchanged.stored import MOST_BYTES, Piece, StoredSaying, write
from promptci.unchanged.witness import Witness

_DECIDED = (0, 1)
"""Exit codes of commands that found out what was asked."""

SETTLED = 2 * 10**9
"""Nanoseconds after which a file's time tells whether it was written since: clocks are coarse."""

_MOST_FOLDERS, _MOST_FILES, _MOST_OBJECTS = 2000, 20_000, 2000
_SHORT = 4
"""Digits of a commit's id that git shows at least, and so does whatever cuts it off."""

_Hear: TypeAlias = Callable[[int, bytes], None]

_IGNORED = ("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
_TRACKED = ("ls-files", "-z", "--cached", "--", STATE)


class Recording:
    """Begins at once. The streams of the process are replaced by such as listen."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._began, self._ahead = time.time_ns(), _clock_ahead()
        self._said: list[Piece] = []
        self._size = 0
        self._witness = Witness()
        sys.stdout = _heard(sys.stdout, 1, self._hear)
        sys.stderr = _heard(sys.stderr, 2, self._hear)
        self._witness.listen()

    def _hear(self, stream: int, data: bytes) -> None:
        self._size += len(data)
        if self._size > MOST_BYTES:
            self._witness.spoil()
        if not self._witness.is_spoilt:
            self._said.append((stream, data))

    def end(self, code: int) -> None:
        """Keep what was said, if the command would say it again as long as nothing changes."""
        witness = self._witness
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
            witness.end()
            if code in _DECIDED and witness.root and not witness.is_spoilt:
                self._keep(witness, code)

    def _keep(self, witness: Witness, code: int) -> None:
        top, root = git_folder(witness.root), witness.root
        has_state = os.path.isdir(f"{root}/{STATE}") and not os.path.islink(f"{root}/{STATE}")
        is_told = len(witness.asked) == witness.compared
        if not top or not has_state or not is_told:
            return
        ours = {f for f in witness.files if f.startswith(f"{root}/{STATE}/")}
        if not self._are_settled(top, witness.files - ours) or (listed := _listed(root)) is None:
            return
        searched = _searched(witness, os.path.dirname(top))
        there = witness.folders - searched | listed | {os.path.dirname(file) for file in ours}
        folders = sorted(there - {f"{root}/{STATE}/known", f"{root}/{STATE}"})
        read = witness.files - ours | settings_files(ask(root, *LIST), os.path.dirname(top))
        files = sorted(file for file in read if not file.startswith(f"{top}/"))
        state = {f for f in witness.written if os.path.dirname(f) != f"{root}/{STATE}"}
        around, seen = look(root, folders, state), look_at_files(files)
        moved, head = look_at_files(moving_files(top)), self._head(top, witness)
        is_little = len(folders) <= _MOST_FOLDERS and len(files) <= _MOST_FILES
        new = (around.newest, seen.newest, moved.newest)
        newest = max(*new, *(os.stat(folder).st_ctime_ns for folder in searched))
        if is_little and newest < self._began - SETTLED:
            answer = StoredSaying(
                root,
                code,
                folders=folders,
                files=files,
                digest=around.digest(),
                read=seen.digest(),
                contents=contents(files),
                moved=moved.digest(),
                head=head,
                asked=witness.asked,
                said=self._said,
            )
            own = os.path.join(top, OWN, FOLDER)
            os.makedirs(own, exist_ok=True)
            if not self._is_clock_set() and tell_of_changes(own, around.devices):
                write(own, self._key, answer)

    def _are_settled(self, top: str, files: Set[str]) -> bool:
        """Whether what was read is old enough to be kept, as far as is known without asking git.

        In a hook it never is: the index was written just before, and to ask takes longer than to
        say again would save.
        """
        read = (file for file in files if not file.startswith(f"{top}/"))
        return look_at_files([*moving_files(top), *read]).newest < self._began - SETTLED

    def _head(self, top: str, witness: Witness) -> KeptHead | None:
        """The commit that is checked out, where what was said is the same after some others."""
        unheard = (f"{top}/objects/", *moving_files(top))
        is_heard = not any(file.startswith(unheard) for file in witness.files)
        if not is_heard or len(witness.objects) > _MOST_OBJECTS:
            return None
        head = kept_head(top, witness.commands, witness.objects)
        texts = (b"".join(data for at, data in self._said if at == each) for each in (1, 2))
        is_named = head and any(head.commit[:_SHORT].encode() in text for text in texts)
        return None if is_named else head

    def _is_clock_set(self) -> bool:
        """Whether the clock was set since we began, so that a file may look older than it is."""
        (least, most), (began_least, began_most) = _clock_ahead(), self._ahead
        return least - began_most > NEAR or began_least - most > NEAR


def _clock_ahead() -> tuple[int, int]:
    """By how many nanoseconds the clock is ahead of the one that is never set: at least, at most.

    A busy machine may hold a process up between a look at one and at the other.
    """
    before, now, after = time.monotonic_ns(), time.time_ns(), time.monotonic_ns()
    return now - after, now - before


def _searched(witness: Witness, top: str) -> set[str]:
    """Folders outside the working tree that were listed to find modules.

    Their own times are in the key. What else is in them, and who writes to it, says nothing.
    """
    return {
        folder for folder in witness.libraries & witness.folders if not is_in_folder(folder, top)
    }


def _listed(root: str) -> set[str] | None:
    """The folders of a project that git does not ignore.

    None where it tracks the state folder, and where another repository is among them: what git
    says of a submodule goes by its branches, too.
    """
    if ask(root, *_TRACKED) not in (b"", f"{STATE}/.gitignore\0".encode()):
        return None
    ignored = {
        os.path.join(root, os.fsdecode(p)).rstrip("/") for p in ask(root, *_IGNORED).split(b"\0")
    }
    found = dict(_folders(root, ignored))
    return None if any(found.values()) else set(found)


def _folders(root: str, ignored: set[str]) -> Iterator[tuple[str, bool]]:
    """Folders, and whether each is the top of a repository below that of the project."""
    for at, names, files in os.walk(root):
        yield at, at != root and (GIT in names or GIT in files)
        kept = (name for name in names if name not in (GIT, STATE))
        names[:] = [name for name in kept if os.path.join(at, name) not in ignored]


class _Heard(io.RawIOBase):
    """A stream that also keeps what was written to it."""

    def __init__(self, raw: Any, number: int, hear: _Hear) -> None:
        self._raw, self._number, self._hears = raw, number, hear

    def write(self, data: Any) -> int:
        count = int(self._raw.write(data))
        self._hears(self._number, bytes(data[:count]))
        return count

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        return bool(self._raw.isatty())


def _heard(stream: Any, number: int, hear: _Hear) -> io.TextIOWrapper:
    """The same stream, recorded where it hands bytes to the system."""
    stream.flush()
    below = stream.buffer
    found = getattr(below, "raw", below)
    raw, is_direct = _Heard(found, number, hear), found is below
    return io.TextIOWrapper(
        raw if is_direct else io.BufferedWriter(raw),  # type: ignore[arg-type]
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=is_direct,
    )

"""Git as a child process.

Blobs come from one `git cat-file --batch`: a tenth of a millisecond each.
"""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import IO, NoReturn

from promptci.errors import RepoError, RequestError
from promptci.git.treeobjects import list_files
from promptci.gitcommand import COMMAND, git_environment
from promptci.latepattern import late
from promptci.parsing.source import excerpt

_LASTING = late(r"[0-9a-f]{40}(?:[0-9a-f]{24})?(?: listed)?")
"""Names of what never changes."""
_SMALL, _MOST_KEPT = 1 << 15, 1 << 21
"""Bytes of one object that is kept, and of all: two states of the files share most of theirs."""

_NOT_FETCHED = "lazy fetching disabled"
"""What git says where a partial clone lacks an object; without it the object is gone."""

ASKED, OBJECTS = "promptci.asked", "promptci.objects"
"""The events of Python's audit hooks for what git was asked and said, and for what was read."""

AT_ONCE = 32
"""Ids that fit a pipe of the smallest size that POSIX allows."""


class Git:
    """Git in one folder. `close` ends the process that reads objects."""

    def __init__(
        self, folder: Path, variables: Mapping[str, str] | None = None, *, is_bare: bool = False
    ) -> None:
        """`variables` are added to the environment of every command.

        With `is_bare` the folder itself is the repository; git would not take it for one unasked.
        """
        self._command = (*COMMAND, f"--git-dir={folder}") if is_bare else COMMAND
        self._folder = folder
        self._variables = dict(variables or {})
        self._batch: subprocess.Popen[bytes] | None = None
        self._is_closed = False
        self._kept: dict[str, bytes] = {}
        self._room = _MOST_KEPT
        self.is_accepted = False
        """Whether git is known to work here: it has answered."""

    @cached_property
    def _environ(self) -> dict[str, str]:
        return git_environment() | self._variables

    def run(
        self, *arguments: str, at: Path | None = None, given: bytes | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """A finished command, whatever came of it; `given` is what it reads.

        Raises `RepoError` where git cannot start.
        """
        command, folder = [*self._command, *arguments], at or self._folder
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=self._environ,
                input=given,
                capture_output=True,
                check=False,
            )
        except OSError as error:
            _refuse_to_start(error)
        if given is None:
            sys.audit(ASKED, command, str(folder), done.returncode, done.stdout)
        return done

    def output(self, *arguments: str, at: Path | None = None, given: bytes | None = None) -> bytes:
        """What a command prints. Raises `RepoError` with git's own words if it fails."""
        done = self.run(*arguments, at=at, given=given)
        if done.returncode:
            words = done.stderr.decode("utf-8", "replace")
            if _NOT_FETCHED in words:
                self._need_whole()
            said = "\n".join(x for x in words.splitlines() if not x.startswith("hint:")).strip()
            raise RepoError(f"git {arguments[0]} failed: {said or f'exit {done.returncode}'}")
        return done.stdout

    def content(self, name: str) -> bytes:
        """The bytes of an object by its id or as `COMMIT:PATH`, read without filters.

        Raises `RepoError` if this clone does not have it.
        """
        data = self.find(name)
        return self._lack(name) if data is None else data

    def find(self, name: str) -> bytes | None:
        """The same; None if there is no such object, or this clone does not have it."""
        if (kept := self._kept.get(name)) is not None:
            return kept
        if "\n" in name:
            wrong = f"`{excerpt(name)}` holds a line break, so git cannot be asked for it"
            raise RequestError(wrong)
        _, data = self._replies((name,))[0]
        return None if data is None else self._keep(name, data)

    def named(self, name: str) -> str | None:
        """The id of the object that a name means; None if there is none.

        It costs no process where objects are read anyway.
        """
        header, data = self._replies((name,))[0]
        return None if data is None else header.split(b" ", 1)[0].decode()

    def listing(self, commit: str) -> bytes:
        """All files of a commit by its id, as `ls-tree -r -z` gives them; a short one is kept."""
        name = f"{commit} listed"
        if (kept := self._kept.get(name)) is not None:
            return kept
        listed = list_files(self.find_all, commit)
        if listed is None:
            listed = self.output("ls-tree", "-r", "-z", "--full-tree", commit)
        return self._keep(name, listed)

    def find_all(self, ids: Sequence[str]) -> list[bytes | None]:
        """The bytes of a few objects, `AT_ONCE` at most, with None for each that is not here."""
        new = [id_ for id_ in ids if id_ not in self._kept]
        read = dict(zip(new, (data for _, data in self._replies(new)), strict=True))
        for id_, data in read.items():
            if data is not None:
                self._keep(id_, data)
        return [read[id_] if id_ in read else self._kept[id_] for id_ in ids]

    def contents(self, ids: Sequence[str]) -> list[bytes]:
        """The same for a few objects at once, which on a busy machine is many times faster.

        Git must take all the ids before anybody reads what it answers: `AT_ONCE` at most.
        """
        return [
            self._lack(id_) if data is None else self._keep(id_, data)
            for id_, (_, data) in zip(ids, self._replies(ids), strict=True)
        ]

    def _keep(self, name: str, data: bytes) -> bytes:
        """The same bytes; those of a small object are kept, as other trees often have it."""
        is_small = len(data) <= min(_SMALL, self._room)
        if is_small and name not in self._kept and _LASTING.fullmatch(name):
            self._kept[name] = data
            self._room -= len(data)
        return data

    def _replies(self, ids: Sequence[str]) -> list[tuple[bytes, bytes | None]]:
        """For each id the header of git's answer, and the bytes if there are any."""
        sys.audit(OBJECTS, ids)
        batch = self._batch or self._start_batch()
        assert batch.stdin is not None
        assert batch.stdout is not None
        try:
            batch.stdin.write("".join(f"{id_}\n" for id_ in ids).encode("utf-8", "surrogateescape"))
            batch.stdin.flush()
        except BrokenPipeError:
            self._give_up()
        return [self._reply(batch.stdout) for _ in ids]

    def _reply(self, stdout: IO[bytes]) -> tuple[bytes, bytes | None]:
        """The header of the next answer, and its bytes if there are any."""
        header = stdout.readline() or self._give_up()
        self.is_accepted = True
        size = header.rpartition(b" ")[2].strip()
        if not size.isdigit():
            return header, None
        data = stdout.read(int(size))
        return header, data if stdout.read(1) else self._give_up()

    def close(self) -> None:
        """End the process that reads objects; no other is started."""
        self._end_batch()
        self._is_closed = True

    def _end_batch(self) -> None:
        if self._batch is not None:
            self._batch.communicate()
            self._batch = None

    def _start_batch(self) -> subprocess.Popen[bytes]:
        if self._is_closed:  # by whoever would end it
            raise RepoError("the repository was closed: open the project once more")
        try:
            self._batch = subprocess.Popen(
                [*self._command, "cat-file", "--batch"],
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            _refuse_to_start(error)
        return self._batch

    def _lack(self, name: str) -> NoReturn:
        self._need_whole()
        shown = name[:12] if name.isalnum() else excerpt(name, 100)
        raise RepoError(f"git has no object {shown}: fetch it, or the clone is damaged")

    def _give_up(self) -> NoReturn:
        """The reader died: say why, if git says it to others too."""
        self._end_batch()
        self.output("rev-parse", "--git-dir")
        self._need_whole()
        raise RepoError("git stopped while it read objects: check the clone with `git fsck`")

    @cached_property
    def _lazy(self) -> str:
        """The settings of a clone that fetches objects when they are needed; asked for once."""
        found = self.run("config", "--get-regexp", r"^remote\..*\.(promisor|partialclonefilter)$")
        return found.stdout.decode("utf-8", "replace")

    def _need_whole(self) -> None:
        """Raises `RepoError` where the clone leaves objects to be fetched when they are needed."""
        if found := self._lazy:
            kind = re.search(r"partialclonefilter (\S+)", found)
            which = f" (`--filter={kind[1]}`)" if kind else ""
            raise RepoError(
                f"this is a partial clone{which}, which lacks objects that are needed, and nothing "
                "is fetched here: `git fetch --refetch --no-filter` gets them, "
                "in a job clone without a filter"
            )


def _refuse_to_start(error: OSError) -> NoReturn:
    if isinstance(error, FileNotFoundError) and error.filename == COMMAND[0]:
        raise RepoError("git is not installed: install it and try again") from None
    raise RepoError(f"git cannot be started: {error}") from error

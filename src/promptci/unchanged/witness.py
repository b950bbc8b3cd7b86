"""What a command reads while it runs, and whether it does more than read.

Python tells of every file that is opened, every folder that is listed, every child and every
connection (https://docs.python.org/3/library/audit_events.html), so nothing has to remember to say
so. Files of a working tree are opened from folder to folder, so they are told of by
`promptci.read`.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from promptci.gitcommand import COMMAND
from promptci.program import SOURCE
from promptci.unchanged.asking import Asked, answer_digest
from promptci.unchanged.stamps import STATE

_Path: TypeAlias = str | bytes | os.PathLike[str] | int

_OURS = (f"/{STATE}/", "/__pycache__/")
"""Folders that are written to without making a difference, or one that shows in how they look."""

_DEVICES = (os.devnull, "/dev/tty", "/dev/urandom")

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


_READS_NO_FILES = frozenset(
    (
        *("cat-file", "config", "for-each-ref", "log", "ls-files", "ls-tree", "merge-base"),
        *("rev-list", "rev-parse", "show"),
    )
)
"""What git is asked that does not look into files of the working tree, as we ask it."""

_OTHERWISE = "otherwise"
"""What git was asked in another way than ours, of which not all is heard."""

_WITH_VALUE = ("-c", "-C")
"""Options of git before its command that have a value behind them."""


class Witness:
    """Listens from when it is called `listen` on until `end`; there may be one in a process.

    `libraries` are folders in which modules are looked for, whatever else is read there.
    `commands` are those of git, from its command on, and `objects` what was read out of it.
    `compared` counts those that looked into files of the working tree, of which nothing is heard,
    and `asked` has those of them that may be asked again, with what they answered.
    """

    def __init__(self) -> None:
        self.root = ""
        self.folders: set[str] = set()
        self.files: set[str] = set()
        self.written: set[str] = set()
        self.commands: set[tuple[str, ...]] = set()
        self.objects: set[str] = set()
        self.asked: list[Asked] = []
        self.compared = 0
        self.is_spoilt = False
        self._helpers = 0
        libraries = (os.path.dirname(os.__file__), SOURCE, sys.prefix, sys.base_prefix)
        self.libraries = {folder for folder in sys.path if os.path.isabs(folder)}
        self._passed_over = (*(f"{each}/" for each in libraries), "/proc/", "/sys/", *_DEVICES)
        self._heard: dict[str, Callable[..., None]] = {}

    def listen(self) -> None:
        """Begin to listen. Python knows no way to take that back.

        It tells of each `id` and lock, too, for as long as the process lives: what it calls is a
        plain function, which takes a third of the time of a method.
        """
        self._heard = heard = dict(_HEARD)

        def hear(event: str, arguments: tuple[object, ...]) -> None:
            if event in heard:
                self._hear(heard[event], arguments)

        sys.addaudithook(hear)

    def end(self) -> None:
        """Listen no more."""
        self._heard.clear()

    def _hear(self, heard: Callable[..., None], arguments: tuple[object, ...]) -> None:
        try:
            heard(self, *arguments)
        except Exception:  # noqa: BLE001 (what is raised here would be raised by what is told)
            self.spoil()
        if self.is_spoilt:
            self.end()

    def _read(self, root: str, path: str) -> None:
        self.is_spoilt |= self.root not in ("", root)
        self.root = root
        full = os.path.join(root, path)
        self.folders.add(os.path.dirname(full))
        if path:
            self.files.add(full)

    def _opened(self, path: _Path, _: object, flags: int) -> None:
        if isinstance(path, int) or self._is_library(path, flags):
            return
        name = os.path.abspath(os.fsdecode(path))
        if flags & _WRITING:
            self._wrote(name)
        elif not flags & os.O_DIRECTORY and not name.startswith(self._passed_over):
            self.files.add(name)

    def _is_library(self, path: _Path, flags: int) -> bool:
        """Whether that is plain to see: most of what is opened are modules."""
        if not isinstance(path, str) or "/../" in path or flags & _WRITING:
            return False
        return path.startswith(self._passed_over)

    def _listed(self, path: _Path | None, *_: object) -> None:
        if isinstance(path, int):
            return
        name = os.path.abspath(os.fsdecode(path or "."))
        if not name.startswith(self._passed_over):
            self.folders.add(name)

    def _wrote(self, *paths: _Path) -> None:
        for path in paths:
            if isinstance(path, int):  # a folder's descriptor, or a mode
                continue
            name = os.path.abspath(os.fsdecode(path))
            is_ours = any(folder in f"{name}/" for folder in _OURS)
            self.is_spoilt |= not is_ours and name not in _DEVICES
            self.written.add(name)

    def _began_child(self, program: str, arguments: Sequence[str], *_: object) -> None:
        self.is_spoilt |= os.path.basename(program) != "git"
        asked = _asked_of_git(arguments)
        is_our_way = tuple(arguments[: len(COMMAND)]) == COMMAND
        self.commands.add(asked if is_our_way else (_OTHERWISE,))
        self.compared += not _READS_NO_FILES.issuperset(asked[:1])

    def _answered(self, command: Sequence[str], folder: str, status: int, said: bytes) -> None:
        if not _READS_NO_FILES.issuperset(_asked_of_git(command)[:1]):
            self.asked.append((folder, command, answer_digest(status, said)))

    def _objects_read(self, names: Sequence[str]) -> None:
        self.objects.update(names)

    def spoil(self, *_: object) -> None:
        """The command did more than read."""
        self.is_spoilt = True

    def _forked(self) -> None:
        """A child was forked, of which nothing is heard: a helper does what its caller would."""
        self.is_spoilt |= self._helpers == 0
        self._helpers -= self._helpers > 0

    def _begins_helper(self) -> None:
        """The next one that is forked is a helper."""
        self._helpers += 1


def _asked_of_git(arguments: Sequence[str]) -> tuple[str, ...]:
    """Which of its commands git was called with, and with what behind it."""
    rest = iter(arguments[1:])
    for each in rest:
        if each in _WITH_VALUE:
            next(rest, "")
        elif not each.startswith("-"):
            return (each, *rest)
    return ("",)


_Heard: TypeAlias = Callable[..., None]

_HEARD: Mapping[str, _Heard] = {
    "promptci.asked": Witness._answered,
    "promptci.helps": Witness._begins_helper,
    "os.fork": Witness._forked,
    "promptci.objects": Witness._objects_read,
    "promptci.passed": Witness._listed,
    "promptci.read": Witness._read,
    "open": Witness._opened,
    "os.listdir": Witness._listed,
    "os.scandir": Witness._listed,
    "sqlite3.connect": Witness._wrote,
    "subprocess.Popen": Witness._began_child,
    **dict.fromkeys(
        (
            "os.chmod",
            "os.link",
            "os.mkdir",
            "os.remove",
            "os.rename",
            "os.rmdir",
            "os.symlink",
            "os.truncate",
            "os.utime",
        ),
        Witness._wrote,
    ),
    **dict.fromkeys(
        (
            "builtins.input",
            "os.exec",
            "os.forkpty",
            "os.posix_spawn",
            "os.spawn",
            "os.system",
            "socket.connect",
            "socket.getaddrinfo",
            "socket.gethostbyname",
            "socket.sendto",
        ),
        Witness.spoil,
    ),
}

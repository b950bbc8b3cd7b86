"""A report that follows the files: made again whenever what it is made of has changed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

from promptci.errors import PromptCIError
from promptci.interrupt import raise_pending
from promptci.project.workspace import ProjectFiles
from promptci.serving.pageserver import PageServer
from promptci.suite.filenames import FOLDERS

_EVERY = 0.5
"""Seconds between two looks at the files."""


def follow_report(
    make: Callable[[], bytes],
    stamp: Callable[[], object],
    say: Callable[[str], None],
    begin: Callable[[str], None],
) -> None:
    """Serve a page until Ctrl-C; what `make` raises later is said, and the last page stays.

    `stamp` is equal as long as nothing has changed; `begin` receives the address.
    """
    seen = stamp()
    server = PageServer(make())
    try:
        begin(server.address)
        while True:
            raise_pending()  # an interrupt that nothing was ended by
            sleep(_EVERY)
            found = stamp()
            if found != seen:
                seen = found
                _renew(server, make, say)
    except KeyboardInterrupt:
        return
    finally:
        server.close()


def _renew(server: PageServer, make: Callable[[], bytes], say: Callable[[str], None]) -> None:
    try:
        server.renew(make())
    except PromptCIError as error:  # a file half written: the next look will find it whole
        say(str(error))


def files_stamp(project: ProjectFiles) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of everything that a report is made of."""
    root, state = project.workspace.repo.root, project.workspace.state
    git = project.workspace.repo.top / ".git"
    places = (*(root / folder for folder in FOLDERS), state / "runs")
    single = (root / "promptci.yaml", git / "HEAD", git / "logs" / "HEAD")
    found = [*single, *(path for place in places for path in _below(place))]
    return tuple(stamp for path in found if (stamp := _stamp(path)))


def _below(folder: Path) -> Iterator[Path]:
    return iter(sorted(folder.rglob("*"))) if folder.is_dir() else iter(())


def _stamp(path: Path) -> tuple[str, int, int] | None:
    try:
        seen = path.stat()
    except OSError:
        return None
    return str(path), seen.st_mtime_ns, seen.st_size

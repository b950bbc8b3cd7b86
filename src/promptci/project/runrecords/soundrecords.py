"""Score files that earlier processes on this machine could read, by what is in them."""

import hashlib

from promptci.git.tree import Tree, read_file
from promptci.project.workspace import Workspace
from promptci.records.chunkfiles import score_path
from promptci.records.recordfile import chunked
from promptci.remembered import REMEMBERED, key_of

MOST = 10_000
"""Files that are remembered."""


class SoundRecords:
    """Reads the records of the working tree in order to find out whether that can be done.

    A record is read once for its contents. One with chunks is read each time, since other files
    belong to it, as is an old one, whose digests come from the files of its eval.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._key = key_of("sound records", workspace.repo.prefix)
        self._known = REMEMBERED.get(self._key, set[bytes]) or set()
        self._seen: set[bytes] = set()

    def check(self, name: str) -> None:
        """Find out whether the records of an eval can be read. Raises `SpecError` if not."""
        tree: Tree = self._workspace.repo.worktree
        if not tree.exists(path := score_path(name)):
            return
        content = hashlib.sha256(path.encode("utf-8", "surrogateescape") + b"\0")
        content.update(read_file(tree, path))
        if (seen := content.digest()) not in self._known:
            records = self._workspace.records(tree, name)
            if chunked(records) or any(record.is_old for record in records.values()):
                return
        self._seen.add(seen)

    def save(self) -> None:
        """Leave what is known of the records that are there for later processes."""
        if self._seen != self._known and len(self._seen) <= MOST:
            REMEMBERED.put(self._key, self._seen)

"""What earlier run logs say of each example last: a run writes only what is new."""

from collections.abc import Hashable
from hashlib import blake2b

MOST = 200_000
"""Lines remembered; a run of more examples than that writes all of them again."""


class LoggedLines:
    """Digests of the newest line of each example; lines are added the newest first."""

    def __init__(self) -> None:
        self._lines: dict[bytes, str] = {}
        self._seen: set[int] = set()

    @property
    def is_full(self) -> bool:
        """Whether no more is remembered."""
        return len(self._seen) >= MOST

    def add(self, example: Hashable, line: bytes, log: str) -> None:
        """Remember a line of a log, unless a newer one says something of the same example."""
        place = hash(example)
        if place not in self._seen and not self.is_full:
            self._seen.add(place)
            self._lines[_digest(line)] = log

    def complete(self) -> None:
        """All is added: forget which examples there were."""
        self._seen.clear()

    def log_of(self, line: bytes) -> str:
        """The earlier log that says just this of an example, and no later one anything else."""
        return self._lines.get(_digest(line), "") if self._lines else ""


def _digest(line: bytes) -> bytes:
    return blake2b(line.rstrip(b"\n"), digest_size=16).digest()

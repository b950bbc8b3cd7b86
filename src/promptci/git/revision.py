"""A commit, resolved: only full ids travel beyond the place where a user named one."""

from msgspec import Struct


class Revision(Struct, frozen=True):
    """A commit by its full id; abbreviated only when shown."""

    id: str
    name: str = ""

    @property
    def short(self) -> str:
        """The first seven digits, for people."""
        return self.id[:7]

"""Values some of whose fields make no difference to what they are."""

from typing import ClassVar

from msgspec import Struct


class WithAsides(Struct, frozen=True, eq=False):
    """A value that is equal to another, and hashes, without its `ASIDES`, such as its place."""

    ASIDES: ClassVar[frozenset[str]] = frozenset()

    @property
    def counted(self) -> tuple[object, ...]:
        """What makes it what it is."""
        names = (name for name in self.__struct_fields__ if name not in self.ASIDES)
        return tuple(getattr(self, name) for name in names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, WithAsides) or type(other) is not type(self):
            return NotImplemented
        return self.counted == other.counted

    def __hash__(self) -> int:
        return hash(self.counted)

"""What a store must be able to do: list, read and write small objects that never change."""

from typing import Protocol

from msgspec import Struct

from promptci.errors import PromptCIError


class StoreError(PromptCIError):
    """A shared store refused, did not answer in time or is not there. Exit 3."""


class Stored(Struct, frozen=True):
    """An object of a store: its name and its size in bytes."""

    name: str
    size: int


class Objects(Protocol):
    """Where objects lie. Each method raises `StoreError` with a sentence."""

    url: str

    def has(self, folder: str) -> bool:
        """Whether anything lies below a folder."""
        ...

    def listed(self, folder: str) -> list[Stored]:
        """The objects of a folder, those that came first at the beginning; none without one."""
        ...

    def read(self, folder: str, name: str, most: int) -> bytes:
        """The bytes of an object, at most so many and one more; none of one that is gone."""
        ...

    def write(self, folder: str, name: str, data: bytes) -> None:
        """Write a whole object or none; one of that name has the same bytes."""
        ...

"""What is found out once for a value and kept with it, where that is done for every example."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class FoundOnce(Generic[T]):
    """As `functools.cached_property`, which takes a lock before Python 3.12: five times the time.

    Two threads may both find it out; it is the same.
    """

    def __init__(self, find: Callable[[Any], T]) -> None:
        self.__doc__ = find.__doc__
        self._find, self._name = find, find.__name__

    @overload
    def __get__(self, value: None, kind: type) -> "FoundOnce[T]": ...
    @overload
    def __get__(self, value: object, kind: type) -> T: ...
    def __get__(self, value: object | None, kind: type) -> "FoundOnce[T] | T":
        """What was found, from now on without a call."""
        if value is None:
            return self
        found = vars(value)[self._name] = self._find(value)
        return found


found_once = FoundOnce

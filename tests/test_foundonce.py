"""What is found out once for a value."""

from msgspec import Struct
from msgspec.structs import replace

from promptci.foundonce import FoundOnce, found_once


class Sum(Struct, frozen=True, dict=True):
    parts: list[int]

    @found_once
    def total(self) -> int:
        """All of them."""
        return sum(self.parts)


def test_it_is_found_at_the_first_look_and_not_again():
    one = Sum([1, 2])
    other = replace(one, parts=[5])
    assert one.total == 3
    one.parts.append(4)
    assert (one.total, other.total, replace(one, parts=[1]).total) == (3, 5, 1)
    assert one == Sum([1, 2, 4])
    assert isinstance(Sum.total, FoundOnce)
    assert Sum.total.__doc__ == "All of them."

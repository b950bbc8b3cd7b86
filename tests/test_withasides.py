"""Values some of whose fields make no difference."""

import pytest
from msgspec import Struct
from msgspec.structs import replace

from promptci.errors import Fault, told_once
from promptci.withasides import WithAsides


class Place(WithAsides, frozen=True):
    ASIDES = frozenset({"line"})

    name: str
    line: int = 0


class Other(Place, frozen=True):
    """Says the same, and is something else."""


def test_asides_make_no_difference():
    assert Place("a", 1) == Place("a", 2)
    assert hash(Place("a", 1)) == hash(Place("a", 2))
    assert Place("a", 1) != Place("b", 1)
    assert {Place("a", 1), Place("a", 2)} == {Place("a")}
    assert replace(Place("a", 1), line=2).line == 2


def test_another_class_is_another_value():
    assert Place("a") != Other("a")
    assert Place("a") != "a"
    with pytest.raises(AttributeError):
        Place("a").name = "b"  # type: ignore[misc]
    assert issubclass(Place, Struct)


def test_faults_are_told_in_file_order_and_once():
    first, second = Fault("a.yaml", 2, 1, "wrong"), Fault("a.yaml", 10, 1, "wrong", more=3)
    assert sorted([second, first]) == [first, second]
    assert [fault.more for fault in told_once([second, first, second])] == [6, 0]

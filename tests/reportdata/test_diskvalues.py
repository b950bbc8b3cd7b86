"""Values put aside: they come back as they were, from memory, from disk, or kept whole."""

from msgspec import Struct

from promptci.reportdata import diskvalues
from promptci.reportdata.diskvalues import DiskValues


class Kept(Struct):
    text: str
    value: object = None


def test_values_come_back_from_memory_and_from_disk(monkeypatch):
    monkeypatch.setattr(diskvalues, "ROOM", 50)
    kept = DiskValues(Kept)
    numbers = [kept.add(Kept("é" * 20, number)) for number in range(5)]
    assert [kept.read(number).value for number in reversed(numbers)] == [4, 3, 2, 1, 0]
    later = kept.add(Kept("x"))
    assert (kept.read(later), kept.read(numbers[0])) == (Kept("x"), Kept("é" * 20, 0))


def test_what_the_format_cannot_hold_is_kept_all_the_same():
    kept = DiskValues(Kept)
    odd = [Kept("half \ud800"), Kept("large", 2**70)]
    assert [kept.read(kept.add(each)) for each in odd] == odd

"""Objects of a shared store: equal for equal answers, and refused where anything was changed."""

import gzip
import hashlib
from decimal import Decimal

import pytest
from msgspec.structs import replace

from promptci.specs.completion import Completion
from promptci.specs.tokenprice import Usage
from promptci.stores import batches
from promptci.stores.batches import pack_answers, unpack_answers
from tables import every_row

PLACE = "0" * 32
FULL = Completion(
    "yes\nor nö",
    usage=Usage(7, 5, thought_tokens=3),
    cost=Decimal("0.0001"),
    thoughts="Hm.",
    sampling="provider-default",
)
ANSWERS = [("b" * 64, FULL), ("a" * 64, Completion("no", outcome="truncated", latency=0.5))]


def test_answers_come_back_as_they_were():
    name, data = pack_answers(PLACE, ANSWERS)
    assert unpack_answers(PLACE, name, data) == ANSWERS[::-1]
    assert pack_answers(PLACE, ANSWERS[::-1]) == (name, data)


def _renamed(data):
    return hashlib.sha256(data).hexdigest() + ".gz", data


def _edited(old, new):
    data = gzip.decompress(pack_answers(PLACE, ANSWERS)[1])
    assert old in data
    return _renamed(gzip.compress(data.replace(old, new, 1)))


@every_row(
    "harmed",
    [
        (pack_answers(PLACE, ANSWERS)[0], b"anything"),
        _renamed(pack_answers(PLACE, ANSWERS)[1][:-20]),
        _renamed(b"no archive"),
        _renamed(pack_answers("1" * 32, ANSWERS)[1]),
        _edited(b'"count": 2', b'"count": 3'),
        _edited(b'"promptci_answers": 1', b'"promptci_answers": 2'),
        _edited(b'"text": "no"', b'"text": "on"'),
        _edited(b'"key": "a', b'"key": "c'),
        _renamed(gzip.compress(b"[" * 100_000 + b"\n")),
    ],
)
def test_what_is_not_as_it_was_written_is_refused(harmed):
    with pytest.raises(ValueError, match=r"."):
        unpack_answers(PLACE, *harmed)


def test_a_bomb_is_not_unpacked(monkeypatch):
    name, data = pack_answers(PLACE, [("a" * 64, replace(FULL, text="a" * 10_000))])
    monkeypatch.setattr(batches, "MOST_UNPACKED", 5_000)
    with pytest.raises(ValueError, match="too large"):
        unpack_answers(PLACE, name, data)


def test_an_answer_that_ended_in_no_known_way_is_refused():
    name, data = pack_answers(PLACE, [("a" * 64, replace(FULL, outcome="splendid"))])
    with pytest.raises(ValueError, match="no known way"):
        unpack_answers(PLACE, name, data)

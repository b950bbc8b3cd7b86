"""Score records that were read before are what their files say, and others are read."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects import MemoryTree
from promptci.errors import SpecError
from promptci.history import recordsonce
from promptci.history.recordsonce import records_once
from promptci.records.record import Accepted, Parts, Record, Result, Tally
from promptci.records.scorefile import dump, parse
from promptci.remembered import REMEMBERED
from properties import usually

PATH = "evals/router.scores.yaml"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=6)
DIGESTS = st.integers(0).map(lambda number: sha256(b"%d" % number).hexdigest()[:32])
SCORES = st.integers(0, 10**6).map(lambda number: number / 10**6)


@pytest.fixture(autouse=True)
def state(tmp_path):
    """The state folder."""
    REMEMBERED.keep_in(lambda: tmp_path)
    return tmp_path


def read(text, path=PATH, name="router"):
    """The records in a file as a process reads it that was just started."""
    state = REMEMBERED._state
    REMEMBERED.write()
    REMEMBERED.keep_in(state)
    return records_once(text.encode(), MemoryTree({path: text}), path, name)


@st.composite
def records(draw):
    """A record whose figures add up."""
    ids = draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
    fates = [draw(st.sampled_from(["pass", "fail"])) for _ in ids]
    results = tuple(
        Result(id_, draw(DIGESTS), fate, draw(SCORES), draw(st.sampled_from([(), (("a", 0.5),)])))
        for id_, fate in zip(sorted(ids), fates, strict=True)
    )
    return Record(
        eval="router",
        model=draw(TEXTS),
        fingerprint=draw(DIGESTS),
        parts=Parts(*(draw(DIGESTS) for _ in range(4))),
        score=sum(each.score for each in results) / len(results),
        passed=fates.count("pass"),
        total=len(ids),
        results=results,
        prompt="router",
        model_id=draw(TEXTS),
        build=draw(st.sampled_from(["", "b1"])),
        sampling=draw(st.sampled_from(["greedy", "picked"])),
        metrics=draw(st.dictionaries(TEXTS, SCORES, max_size=2)),
        tags=draw(st.dictionaries(TEXTS, st.builds(Tally, SCORES, st.just(0), st.just(1)))),
        accepted=draw(st.sampled_from([(), (Accepted(sorted(ids)[0], "so", "Ada"),)])),
    )


def parts_of(found):
    """All that records hold, with the order of what has one."""
    return [
        (name, repr(record), list(record.metrics.items()), list(record.tags))
        for name, record in found.items()
    ]


@usually(60)
@given(record=records())
def test_what_was_read_before_is_what_the_file_says(record):
    text = dump({record.model: record})
    told = parse(text, PATH, "router")
    for _ in range(2):
        found = read(text)
        assert found == told
        assert parts_of(found) == parts_of(told)


WHOLE = dump(
    {
        "m": Record(
            "router", "m", "1" * 32, Parts(*("2" * 32,) * 4), 1.0, 1, 1,
            (Result("a", "3" * 32, "pass", 1.0),), prompt="router", model_id="m",
        )
    }
)  # fmt: skip


def test_the_same_bytes_are_read_once(monkeypatch):
    first = read(WHOLE)
    monkeypatch.setattr(recordsonce, "read_from_tree", None)
    assert read(WHOLE) == first


def test_any_other_byte_path_or_name_is_read(monkeypatch):
    made, work = [], recordsonce.read_from_tree

    def counted(*arguments):
        made.append(arguments)
        return work(*arguments)

    monkeypatch.setattr(recordsonce, "read_from_tree", counted)
    read(WHOLE)
    for at in range(0, len(WHOLE), 7):
        other = f"{WHOLE[:at]}{'2' if WHOLE[at] != '2' else '4'}{WHOLE[at + 1 :]}"
        before = len(made)
        try:
            read(other)
        except SpecError:
            with pytest.raises(SpecError):  # what is damaged is damaged the next time, too
                read(other)
        assert len(made) > before, other[max(0, at - 9) : at + 9]
    count = len(made)
    assert read(WHOLE, name="other")["m"].eval == "other"
    read(WHOLE, path="evals/other.scores.yaml")
    assert len(made) == count + 2


def test_a_damaged_memory_is_not_believed(state):
    first = read(WHOLE)
    REMEMBERED.write()
    for file in (state / "known").iterdir():
        data = bytearray(file.read_bytes())
        data[-5] ^= 1
        file.write_bytes(data)
    assert read(WHOLE) == first


def test_large_records_are_read_each_time(monkeypatch):
    monkeypatch.setattr(recordsonce, "_SMALL", len(WHOLE) - 1)
    read(WHOLE)
    monkeypatch.setattr(recordsonce, "read_from_tree", lambda *_: {})
    assert read(WHOLE) == {}

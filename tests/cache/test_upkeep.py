"""What is done with all stored answers."""

import os
import sqlite3
from contextlib import closing

import pytest

from promptci.bundles.carrying import Carried, take_answers, write_answers
from promptci.cache import upkeep
from promptci.cache.cache import Cache
from promptci.cache.upkeep import damaged, drop_all_but, every_answer, open_cache
from promptci.errors import RequestError
from promptci.specs.completion import Completion
from tables import every_row


def key(number):
    return f"{number * 7919:064x}"


@pytest.fixture
def cache(tmp_path):
    made = Cache(tmp_path / "a/cache.sqlite")
    made.put((key(n), Completion(f"answer {n}", latency=0.5)) for n in range(1200))
    yield made
    made.close()


def test_all_answers_come_in_order_of_their_keys(cache):
    assert [each for each, _ in every_answer(cache)] == [key(n) for n in range(1200)]


def test_only_the_newest_are_kept(cache):
    assert drop_all_but(cache, 10) == 1190
    assert [answer.text for _, answer in every_answer(cache)] == [
        f"answer {n}" for n in range(1190, 1200)
    ]
    assert drop_all_but(cache, 10) == 0


def test_damaged_answers_are_found_and_deleted(cache):
    with sqlite3.connect(cache.path) as db:
        db.execute("UPDATE completion SET text = 'x' WHERE text IN ('answer 3', 'answer 700')")
    assert damaged(cache) == (1198, 2)
    assert damaged(cache) == (1198, 0)


@every_row(
    "meanwhile, bad",
    [
        (lambda other: other.put((key(n), Completion("late")) for n in range(2000, 2600)), 1),
        (lambda other: drop_all_but(other, 100), 0),
    ],
)
def test_answers_that_come_and_go_meanwhile_are_not_damaged(tmp_path, monkeypatch, meanwhile, bad):
    path = tmp_path / f"{bad}/cache.sqlite"
    with closing(Cache(path)) as cache:
        cache.put((key(n), Completion(f"answer {n}")) for n in range(1200))
        with sqlite3.connect(path) as db:
            db.execute("UPDATE completion SET text = 'x' WHERE text = 'answer 700'")
        read = upkeep._rows_after

        def beside(db, last):
            found = read(db, last)
            with closing(Cache(path)) as other:
                meanwhile(other)
            return found

        with monkeypatch.context() as patch:
            patch.setattr(upkeep, "_rows_after", beside)
            assert damaged(cache)[1] == bad
        assert damaged(cache) == (cache.size().answers, 0)


def test_a_file_whose_index_lacks_answers_is_moved_aside(cache):
    with sqlite3.connect(cache.path) as db:
        db.execute("CREATE TABLE empty (key BLOB PRIMARY KEY)")
        places = dict(db.execute("SELECT name, rootpage FROM sqlite_master WHERE type = 'index'"))
        good, bare = (f"sqlite_autoindex_{name}_1" for name in ("completion", "empty"))
        db.execute("PRAGMA writable_schema=ON")
        for name, other in ((good, bare), (bare, good)):
            change = "UPDATE sqlite_master SET rootpage = ? WHERE name = ?"
            db.execute(change, [places[other], name])
    assert damaged(cache) == (0, 0)
    assert "was damaged and moved to" in cache.remarks[0]


@pytest.mark.slow
def test_answers_are_carried_to_another_machine(cache, tmp_path):
    file = tmp_path / "carried"
    assert write_answers(file, every_answer(cache)) == 1200
    first = file.read_bytes()
    other = Cache(tmp_path / "b/cache.sqlite")
    other.put([(key(1), Completion("mine"))])
    assert take_answers(other, file) == Carried(held=1200, new=1199)
    assert take_answers(other, file) == Carried(held=1200, new=0)
    assert other.size().answers == 1200
    assert other.get([key(1), key(2)])[key(1)].text == "mine"
    assert other.get([key(2)]) == cache.get([key(2)])
    write_answers(file, every_answer(cache))
    assert file.read_bytes() == first
    file.write_bytes(first[:-60])
    with pytest.raises(RequestError, match="cut off"):
        take_answers(other, file)
    other.close()


def test_a_file_of_another_kind_is_not_replaced(tmp_path):
    file = tmp_path / "router.yaml"
    file.write_text("messages: []")
    with pytest.raises(RequestError, match="is no bundle and is not replaced: name another file"):
        write_answers(file, ())
    assert file.read_text() == "messages: []"
    file.write_bytes(b"")
    assert (write_answers(file, ()), write_answers(file, ())) == (0, 0)


def test_it_is_opened_where_a_system_does_not_tell_users_apart(tmp_path, monkeypatch):
    real = os.access

    def access(path, mode, *, effective_ids=False):
        if effective_ids:
            raise NotImplementedError
        return real(path, mode)

    monkeypatch.setattr(os, "access", access)
    with closing(open_cache(tmp_path / "a/cache.sqlite")) as opened:
        assert opened.may_write

"""Findings kept by the digest of what they follow from: a bad file costs time and nothing else."""

import os

import pytest

from promptci import remembered
from promptci.program import program_digest
from promptci.remembered import (
    FOLDER,
    MOST_AGE,
    MOST_FILES,
    Remembered,
    key_of,
)
from promptci.secrets.known import keep
from promptci.specs.credentials import Secret

KEY = key_of("test", "a")


@pytest.fixture
def state(tmp_path):
    """A state folder with one finding in it."""
    known = opened(tmp_path)
    known.put(KEY, [1, "two"])
    known.write()
    return tmp_path


def opened(folder):
    """What another process finds in a folder."""
    known = Remembered()
    known.keep_in(lambda: folder)
    return known


def test_a_finding_is_there_for_the_next_process(state):
    assert opened(state).get(KEY, list[int | str]) == [1, "two"]
    assert opened(state).get(key_of("test", "b"), list[int | str]) is None


@pytest.mark.parametrize("held", ["lk_kanari/7f3A+99zz-Q1", "lk_kanari/7f3A…"])
def test_a_finding_with_a_key_or_a_part_of_one_stays_in_this_process(tmp_path, held):
    keep([Secret("lk_kanari/7f3A+99zz-Q1", "the key in LAB_KEY")])
    one = opened(tmp_path)
    one.put(KEY, [1, f"expected {held}"])
    one.write()
    assert one.get(KEY, list[int | str]) == [1, f"expected {held}"]
    assert opened(tmp_path).get(KEY, list[int | str]) is None


def test_small_findings_of_a_shelf_are_in_one_file(tmp_path):
    one, keys = opened(tmp_path), [key_of("test", n) for n in range(20)]
    for n, key in enumerate(keys):
        one.put_small("tests", key, n)
    one.write()
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
    again = opened(tmp_path)
    assert [again.get_small("tests", key, int) for key in keys] == list(range(20))
    assert again.get_small("tests", key_of("test", 20), int) is None
    assert again.get_small("others", keys[0], int) is None
    assert again.get_small("tests", keys[0], str) is None


def test_few_new_findings_of_a_shelf_are_beside_it_until_it_is_written_again(tmp_path):
    def add(*numbers):
        one = opened(tmp_path)
        for n in numbers:
            one.put_small("tests", key_of("test", n), n)
        one.write()
        found = [opened(tmp_path).get_small("tests", key_of("test", n), int) for n in range(20)]
        sizes = sorted(path.stat().st_size for path in (tmp_path / FOLDER).iterdir())
        return [n for n in found if n is not None], sizes

    there, [whole] = add(*range(16))
    assert there == [*range(16)]
    there, [few, most] = add(16)
    assert (there, most) == ([*range(17)], whole)
    there, [none, more] = add(16, 17, 18)
    assert there == [*range(19)]
    assert (none < few, more > most) == (True, True)
    assert add(19)[0] == [*range(20)]


def test_of_a_shelf_that_is_too_large_what_was_asked_for_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(remembered, "_MOST_SHELVED", 30)
    old, new = key_of("test", "old"), key_of("test", "new")
    one = opened(tmp_path)
    one.put_small("tests", old, "x" * 20)
    one.write()
    two = opened(tmp_path)
    two.put_small("tests", new, "y" * 20)
    two.write()
    assert opened(tmp_path).get_small("tests", old, str) is None
    assert opened(tmp_path).get_small("tests", new, str) == "y" * 20
    three = opened(tmp_path)
    three.put_small("tests", old, "x" * 40)
    three.write()
    assert three.get_small("tests", old, str) == "x" * 40
    assert opened(tmp_path).get_small("tests", new, str) == "y" * 20


def test_a_shelf_that_grows_with_each_commit_is_the_smaller(tmp_path, monkeypatch):
    """It is read as a whole: what is not asked for any more would be read for years."""
    monkeypatch.setitem(remembered._LESS, "grows", 60)
    for number in range(9):
        one = opened(tmp_path)
        one.put_small("grows", key_of("test", number), "x" * 20)
        one.put_small("stays", key_of("test", number), "x" * 20)
        one.write()
    there = {
        shelf: [bool(opened(tmp_path).get_small(shelf, key_of("test", n), str)) for n in range(9)]
        for shelf in ("grows", "stays")
    }
    assert there["stays"] == [True] * 9
    assert there["grows"][-1] is True
    assert sum(there["grows"]) < 4


def test_a_small_finding_with_a_key_stays_in_this_process(tmp_path):
    keep([Secret("lk_kanari/7f3A+99zz-Q1", "the key in LAB_KEY")])
    one, other = opened(tmp_path), key_of("test", "b")
    one.put_small("tests", KEY, "lk_kanari/7f3A+99zz-Q1")
    one.put_small("tests", other, "b")
    one.write()
    assert one.get_small("tests", KEY, str) == "lk_kanari/7f3A+99zz-Q1"
    assert opened(tmp_path).get_small("tests", KEY, str) is None
    assert opened(tmp_path).get_small("tests", other, str) == "b"


def test_keys_tell_kinds_and_parts_apart():
    keys = {key_of("a", "b"), key_of("a", "c"), key_of("b", "b"), key_of("a", "b", ""), key_of("a")}
    assert len(keys) == 5


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:20],
        lambda data: b"",
        lambda data: data[:-1] + bytes([data[-1] ^ 1]),
        lambda data: bytes([data[0] ^ 1]) + data[1:],
    ],
)
def test_a_damaged_file_is_as_good_as_none(state, damage):
    path = state / FOLDER / KEY
    path.write_bytes(damage(path.read_bytes()))
    assert opened(state).get(KEY, list[int | str]) is None


def test_a_file_under_another_name_is_as_good_as_none(state):
    other = key_of("test", "b")
    (state / FOLDER / KEY).rename(state / FOLDER / other)
    assert opened(state).get(other, list[int | str]) is None


def test_a_finding_of_another_shape_is_as_good_as_none(state):
    assert opened(state).get(KEY, dict[str, int]) is None


def test_nothing_is_written_where_there_is_no_state_folder(tmp_path):
    known = opened(tmp_path / "none")
    known.put(KEY, 1)
    known.write()
    assert list(tmp_path.iterdir()) == []


def test_what_is_found_before_there_is_a_state_folder_is_left_there_later(tmp_path):
    state = tmp_path / ".promptci"
    known = opened(state)
    known.put(KEY, "x" * 300_000)  # which is to be written at once
    state.mkdir()
    known.write()
    assert opened(state).get(KEY, str) == "x" * 300_000


def test_a_link_is_not_written_through(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / FOLDER).symlink_to(tmp_path / "elsewhere")
    known = opened(tmp_path / "state")
    known.put(KEY, 1)
    known.write()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_only_its_owner_may_read_a_finding(state):
    assert (state / FOLDER / KEY).stat().st_mode & 0o777 == 0o600


def test_what_is_old_goes_when_something_new_comes(state):
    path = state / FOLDER / KEY
    written = path.stat().st_mtime - MOST_AGE - 60
    os.utime(path, (written, written))
    known = opened(state)
    known.put(key_of("test", "b"), 2)
    known.write()
    assert [each.name for each in (state / FOLDER).iterdir()] == [key_of("test", "b")]


def test_the_oldest_go_where_there_are_too_many(state, monkeypatch):
    monkeypatch.setattr("promptci.remembered.MOST_FILES", 3)
    assert MOST_FILES > 3
    for number in range(4):
        known = opened(state)
        known.put(key_of("test", number), number)
        known.write()
        moment = 1_000_000_000 + number
        for each in (state / FOLDER).iterdir():
            if each.name == key_of("test", number):
                os.utime(each, (2 * moment, 2 * moment))
    names = {each.name for each in (state / FOLDER).iterdir()}
    assert names == {key_of("test", number) for number in (1, 2, 3)}


def test_a_closed_project_leaves_what_is_new_and_its_folder_alone(tmp_path):
    known, state = Remembered(), tmp_path.resolve
    known.keep_in(state)
    known.put(KEY, [1])
    known.leave(tmp_path.absolute)  # of another project, which was closed after this one opened
    assert not (tmp_path / FOLDER).exists()
    known.leave(state)
    assert opened(tmp_path).get(KEY, list[int]) == [1]
    known.put(key_of("test", "b"), [2])
    known.write()
    assert [each.name for each in (tmp_path / FOLDER).iterdir()] == [KEY]


def test_another_program_of_the_same_version_makes_other_keys(tmp_path, monkeypatch):
    monkeypatch.setattr("promptci.remembered.SOURCE", tmp_path)
    source = tmp_path / "scorers" / "equals.py"
    source.parent.mkdir()
    keys = set()
    for text in ("a = 1", "a = 12"):
        source.write_text(text)
        program_digest.cache_clear()
        keys.add(key_of("test", "a"))
    (tmp_path / "notes.txt").write_text("no program")
    program_digest.cache_clear()
    assert key_of("test", "a") in keys
    assert len(keys) == 2
    program_digest.cache_clear()


def test_a_large_finding_is_written_at_once_and_read_again(tmp_path):
    one = opened(tmp_path)
    one.put(KEY, ["x" * 1000] * 500)
    assert opened(tmp_path).get(KEY, list[str]) == ["x" * 1000] * 500
    assert one.get(KEY, list[str]) == ["x" * 1000] * 500


def test_a_large_finding_takes_no_memory_beside_what_it_says(tmp_path):
    large = ["x" * 100] * 5_000
    opened(tmp_path).put(KEY, large)
    known = opened(tmp_path)
    assert [known.get(KEY, list[str]) for _ in range(2)] == [large, large]
    assert not known._found


@pytest.mark.parametrize("before", [65_520, 65_536 - 12])
def test_a_key_is_seen_wherever_it_is_in_a_large_finding(tmp_path, before):
    keep([Secret("lk_kanari/7f3A+99zz-Q1", "the key in LAB_KEY")])
    one = opened(tmp_path)
    one.put(KEY, ["x" * before + "lk_kanari/7f3A+99zz-Q1" + "x" * 300_000])
    one.write()
    assert opened(tmp_path).get(KEY, list[str]) is None
    assert one.get(KEY, list[str]) is not None


def test_the_parts_that_could_hold_a_key_are_looked_through_one_by_one(tmp_path):
    keep([Secret("lk_kanari/7f3A+99zz-Q1", "the key in LAB_KEY")])
    one = opened(tmp_path)
    one.put(KEY, ["a"], said=iter([["b"], ["lk_kanari/7f3A+99zz-Q1"]]))
    one.write()
    assert opened(tmp_path).get(KEY, list[str]) is None

"""A shared store: read once, the first answer first, what was changed passed over."""

import os

import pytest

from promptci.specs.completion import Completion
from promptci.stores.folder import Folder
from promptci.stores.objects import StoreError
from promptci.stores.shared import ROOT, SharedStore, place_of

HERE = place_of("prompt", "settings")


def key(number):
    return f"{number:064x}"


@pytest.fixture
def store(tmp_path):
    return SharedStore(Folder(tmp_path))


def fetched(path, *places):
    return [each for some in SharedStore(Folder(path)).fetch(places or (HERE,)) for each in some]


def test_what_one_sends_another_fetches(store, tmp_path):
    store.send(HERE, [(key(1), Completion("one")), (key(2), Completion("two"))])
    store.send(place_of("other", "settings"), [(key(3), Completion("three"))])
    assert [text.text for _, text in fetched(tmp_path)] == ["one", "two"]


def test_two_that_send_the_same_write_one_object(store, tmp_path):
    for each in (store, SharedStore(Folder(tmp_path))):
        each.send(HERE, [(key(1), Completion("one"))])
    assert len(list((tmp_path / ROOT / HERE).iterdir())) == 1


def test_the_first_good_answer_comes_first(store, tmp_path):
    texts = ("cut", "first", "second")
    for number, text in enumerate(texts):
        outcome = "truncated" if text == "cut" else "ok"
        store.send(HERE, [(key(1), Completion(text, outcome=outcome))])
        [new] = [p for p in (tmp_path / ROOT / HERE).iterdir() if p.stat().st_mtime > 1000]
        os.utime(new, (number, number))
    assert [text.text for _, text in fetched(tmp_path)] == ["first", "second", "cut"]


def test_a_place_is_looked_at_once(store, tmp_path):
    assert store.is_new(HERE)
    assert list(store.fetch([HERE])) == [[]]
    assert not store.is_new(HERE)


def test_objects_that_lie_are_passed_over_and_named(store, tmp_path):
    store.send(HERE, [(key(1), Completion("one"))])
    folder = tmp_path / ROOT / HERE
    [good] = folder.iterdir()
    (folder / f"{'0' * 64}.gz").write_bytes(good.read_bytes())
    (folder / "notes.txt").write_text("not ours")
    (folder / f"{'1' * 64}.gz").symlink_to(good)
    other = place_of("other", "settings")
    (tmp_path / ROOT / other).mkdir()
    (tmp_path / ROOT / other / good.name).write_bytes(good.read_bytes())
    assert [text.text for some in store.fetch([HERE, other]) for _, text in some] == ["one"]
    assert sorted(store.refused) == sorted(
        [f"{ROOT}/{HERE}/{'0' * 64}.gz", f"{ROOT}/{other}/{good.name}"]
    )


def test_a_damaged_object_is_written_again(store, tmp_path):
    store.send(HERE, [(key(1), Completion("one"))])
    [path] = (tmp_path / ROOT / HERE).iterdir()
    path.write_bytes(path.read_bytes()[::-1])
    assert fetched(tmp_path) == []
    SharedStore(Folder(tmp_path)).send(HERE, [(key(1), Completion("one"))])
    assert [text.text for _, text in fetched(tmp_path)] == ["one"]


def test_a_file_that_is_renamed_meanwhile_hides_no_other(store, tmp_path, monkeypatch):
    for number in range(3):
        store.send(HERE, [(key(number), Completion("one"))])
    (tmp_path / ROOT / HERE / "partly").write_bytes(b"")
    scan = os.scandir

    def late(path):
        entries = sorted(scan(path), key=lambda entry: entry.name != "partly")
        (tmp_path / ROOT / HERE / "partly").unlink(missing_ok=True)
        return entries

    monkeypatch.setattr("promptci.stores.folder.os.scandir", late)
    assert len(fetched(tmp_path)) == 3


def test_an_object_that_is_deleted_meanwhile_hides_no_other(store, tmp_path, monkeypatch):
    for number in range(3):
        store.send(HERE, [(key(number), Completion("one"))])
    listed = Folder.listed

    def before(self, folder):
        found = listed(self, folder)
        (tmp_path / folder / found[0].name).unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Folder, "listed", before)
    assert len(fetched(tmp_path)) == 2


def test_a_folder_that_is_not_there_is_no_empty_one(tmp_path):
    store = SharedStore(Folder(tmp_path / "unmounted"))
    with pytest.raises(StoreError, match="no such folder"):
        list(store.fetch([HERE]))
    with pytest.raises(StoreError, match="no such folder"):
        store.send(HERE, [(key(1), Completion("one"))])


def test_a_reader_does_not_write(tmp_path):
    with pytest.raises(StoreError, match="does not write"):
        SharedStore(Folder(tmp_path), is_read_only=True).send(HERE, [(key(1), Completion("one"))])
    assert not list(tmp_path.iterdir())

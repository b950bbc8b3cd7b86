"""What is known of batches on this machine."""

import pytest

from promptci.batching.receipt import KEPT, BatchEntry, BatchFolder, Receipt, ReceiptShape
from promptci.errors import StorageError

UID = "0" * 31 + "1"


def receipt(**changes):
    given = {
        "uid": UID,
        "endpoint": "lab",
        "address": "http://lab.invalid/v1",
        "model": "small",
        "model_id": "small-1",
        "task": "chat",
        "count": 2,
        "size": 10,
        "created": 1000.0,
        "stage": "planned",
        "shapes": (ReceiptShape("greedy", ("END",)),),
    }
    return Receipt(**(given | changes))


ENTRIES = [BatchEntry("a" * 64), BatchEntry("b" * 64, 0, replaces=True)]


@pytest.fixture
def folder(tmp_path):
    return BatchFolder(tmp_path / "batches")


def test_a_receipt_comes_back_as_it_was(folder):
    assert folder.receipts() == []
    folder.plan(receipt(), ENTRIES)
    assert folder.read(UID) == receipt()
    assert folder.entries(UID) == ENTRIES
    assert folder.open() == [receipt()]
    folder.write(receipt(stage="collected"))
    assert folder.open() == []
    with folder.collecting(UID) as now:
        assert now == receipt(stage="collected")
    with folder.collecting("2" * 32) as now:
        assert now is None


def test_old_ones_and_lines_left_by_the_killed_go(folder):
    folder.plan(receipt(stage="collected"), ENTRIES)
    folder.plan(receipt(uid="2" * 32, stage="sent"), ENTRIES)
    folder.lines(UID).write_text("x")
    folder.tidy(1000.0 + KEPT)
    assert len(folder.receipts()) == 2
    assert not folder.lines(UID).exists()
    folder.tidy(1001.0 + KEPT)
    assert [each.uid for each in folder.receipts()] == ["2" * 32]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 2}', "[" * 100_000, '{"uid": "../../x"}']
)
def test_what_is_no_receipt_is_told(folder, text):
    folder.plan(receipt(), ENTRIES)
    (folder.path / f"{UID}.json").write_text(text)
    with pytest.raises(StorageError, match="is no receipt of a batch"):
        folder.receipts()


def test_a_receipt_under_another_name_is_none(folder):
    folder.plan(receipt(), ENTRIES)
    (folder.path / f"{UID}.json").rename(folder.path / f"{'3' * 32}.json")
    (folder.path / "notes.json").write_text("x")
    assert folder.receipts() == []


@pytest.mark.parametrize("line", ["a" * 63 + " 0", "../x 0", "a" * 64, "A" * 64 + " 0"])
def test_what_is_no_key_is_told(folder, line):
    folder.plan(receipt(), ENTRIES)
    (folder.path / f"{UID}.keys").write_text(f"{line}\n")
    with pytest.raises(StorageError, match="holds something that is no request key"):
        folder.entries(UID)


def test_links_are_not_followed(folder, tmp_path):
    folder.plan(receipt(), ENTRIES)
    path = folder.path / f"{UID}.keys"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StorageError, match="cannot be read"):
        folder.entries(UID)

"""Which folders of chunks have no record beside them, and whose they are."""

from io import BytesIO

import pytest

from promptci.records import chunkfiles
from promptci.records.chunkwriter import dump_files
from promptci.records.record import Parts, Record, Result
from promptci.records.recordfile import moved_chunks
from promptci.records.straychunks import stray_folders

RESULTS = tuple(Result(f"e{n}", "a" * 32, "pass", 1.0) for n in range(30))
PARTS = Parts("1" * 32, "2" * 32, "3" * 32, "4" * 32)
RECORD = Record("a", "m", "f" * 32, PARTS, 1.0, 30, 30, RESULTS, metrics={"equals": 1.0})


class Files(dict[str, str]):
    """Files by path, read as those of a tree."""

    name = "test"

    def files(self, folder):
        return sorted(path for path in self if path.startswith(f"{folder}/"))

    def exists(self, path):
        return path in self

    def open(self, path):
        return BytesIO(self[path].encode())

    def strays(self, folder):
        return []


@pytest.fixture
def files(monkeypatch):
    monkeypatch.setattr(chunkfiles, "LARGE", 10)
    return Files(dump_files({"m": RECORD}).at("evals/a.scores.yaml"))


def moved(files, was, now):
    return Files({path.replace(was, now, 1): text for path, text in files.items()})


def test_a_folder_beside_its_record_is_no_stray(files):
    assert stray_folders(files) == {}
    assert list(moved_chunks(files)) == []


def test_chunks_belong_to_the_renamed_record_whose_lines_they_have(files):
    renamed = moved(files, "a.scores.yaml", "sub/b.scores.yaml")
    assert list(stray_folders(renamed)) == ["evals/a.scores"]
    assert list(moved_chunks(renamed)) == [("evals/a.scores", "evals/sub/b.scores")]


@pytest.mark.parametrize("spoil", ["lines", "no chunk", "one less"])
def test_other_chunks_belong_to_no_record(files, spoil):
    renamed = moved(files, "a.scores.yaml", "b.scores.yaml")
    first = min(path for path in renamed if path.endswith(".chunk"))
    text = renamed.pop(first)
    if spoil != "one less":
        renamed[first] = text.replace("a" * 32, "b" * 32) if spoil == "lines" else "..."
    assert list(stray_folders(renamed)) == ["evals/a.scores"]
    assert list(moved_chunks(renamed)) == []

"""What may be read and not written, as far as the system says."""

import os

import pytest

from promptci.cache.writable import is_closed, may


@pytest.fixture
def denied(monkeypatch):
    """Paths that may not be written; the tests may run as root, who may write everywhere."""
    paths, access = set(), os.access

    def answer(path, mode, **options):
        return access(path, mode, **options) and not (mode & os.W_OK and path in paths)

    monkeypatch.setattr(os, "access", answer)
    monkeypatch.setattr(os, "supports_effective_ids", {answer})
    return paths


def test_what_is_there_is_closed_where_it_may_not_be_written(tmp_path, denied):
    assert not is_closed(tmp_path)
    denied.add(tmp_path)
    assert may(tmp_path, os.R_OK)
    assert is_closed(tmp_path)


def test_what_is_not_there_goes_by_the_folder_that_it_would_be_in(tmp_path, denied):
    below = tmp_path / "not" / "there"
    assert not is_closed(below)
    denied.add(tmp_path)
    assert is_closed(below)


def test_nothing_is_below_a_file(tmp_path, denied):
    file = tmp_path / "file"
    file.write_text("")
    denied.add(file)
    assert is_closed(file)
    assert not is_closed(file / "below")

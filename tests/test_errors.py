"""Errors: what the system refuses is told with the file and the cure."""

from errno import EACCES, ENOSPC
from os import strerror
from pathlib import Path

import pytest

from promptci.errors import StorageError, as_storage_error
from tables import every_row


@every_row(
    ("number", "what", "said"),
    [
        (EACCES, {}, "a.yaml: cannot be written: Permission denied: make its folder writable, or"),
        (EACCES, {"if_closed": "name another"}, "cannot be written: Permission denied: name ano"),
        (EACCES, {"what": "cannot be read"}, "a.yaml: cannot be read: Permission denied"),
        (ENOSPC, {}, "a.yaml: cannot be written: No space left on device"),
    ],
)
def test_a_closed_file_is_told_with_its_cure(number, what, said):
    with pytest.raises(StorageError) as told, as_storage_error(Path("a.yaml"), **what):
        raise OSError(number, strerror(number))
    assert said in str(told.value)
    assert str(told.value).count(": ") == said.count(": ") + ("a.yaml" not in said)

"""What is in files, read some at a time: any change of it makes another digest."""

import os
import stat

from promptci.unchanged import stamps
from promptci.unchanged.stamps import contents


def test_any_change_of_what_is_in_files_changes_their_digest(tmp_path, monkeypatch):
    monkeypatch.setattr(stamps, "_AT_ONCE", 4)
    one, other = tmp_path / "one", tmp_path / "other"
    listed = [str(one), str(other), str(tmp_path / "gone")]
    one.write_bytes(b"0123456789")
    other.write_bytes(b"")
    seen = [contents(listed)]
    assert contents(listed) == seen[0]
    changes = (
        lambda: one.write_bytes(b"0123456788"),
        lambda: one.write_bytes(b"0123"),
        lambda: other.write_bytes(b"456788"),
        lambda: one.chmod(stat.S_IRUSR),
        lambda: (tmp_path / "gone").write_bytes(b""),
        lambda: other.unlink(),
    )
    for change in changes:
        change()
        seen.append(contents(listed))
    assert len(set(seen)) == len(seen)


def test_folders_and_more_than_is_looked_at_have_no_digest(tmp_path, monkeypatch):
    monkeypatch.setattr(stamps, "_MOST_READ", 10)
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"012345")
    other.write_bytes(b"6789")
    assert contents([str(one), str(other)])
    other.write_bytes(b"67890")
    assert contents([str(one), str(other)]) == ""
    assert contents([str(tmp_path)]) == ""
    first_free = _first_free()
    contents([str(one), str(tmp_path / "gone"), str(tmp_path)])
    assert _first_free() == first_free


def _first_free():
    """The number of the file that is opened next."""
    handle = os.open(os.devnull, os.O_RDONLY)
    os.close(handle)
    return handle

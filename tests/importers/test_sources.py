"""What an import may read."""

import os

import pytest

from promptci.errors import SpecError
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../x", "leaves the folder"),
        ("/etc/passwd", "leaves the folder"),
        (".env", "is hidden"),
        ("a/.git/config", "is hidden"),
        ("link", "leaves the folder"),
        ("inside", "no regular file"),
        ("pipe", "no regular file"),
        ("none", "there is no file"),
    ],
)
def test_only_plain_files_below_the_folder_are_read(tmp_path, path, said):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "x").write_text("secret")
    (root / "link").symlink_to(tmp_path / "x")
    (root / "y").write_text("y")
    (root / "inside").symlink_to(root / "y")
    os.mkfifo(root / "pipe")
    with pytest.raises(SpecError, match=said):
        Sources(root).read(path)


def test_patterns_find_files_in_order_and_no_hidden_ones(tmp_path):
    for name in ("b/2.txt", "a/1.txt", "a/c/3.txt", ".h/4.txt", "a/5.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    sources = Sources(tmp_path)
    assert sources.find("a/*.txt", Mark("f")) == ["a/1.txt"]
    assert sources.find("**/*.txt", Mark("f")) == ["a/1.txt", "a/c/3.txt", "b/2.txt"]
    with pytest.raises(SpecError, match="leaves the folder"):
        sources.find("../*", Mark("f"))

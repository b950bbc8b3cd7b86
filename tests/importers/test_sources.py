"""What an import may read."""

import os

import pytest

from promptci.errors import SpecError
from promptci.importers.foreignyaml import MAX_JSON_VALUES, MAX_VALUES, load_foreign
from promptci.importers.sources import Sources
from promptci.parsing.source import Mark
from tables import every_row


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../x", "leaves the folder"),
        ("/etc/passwd", "leaves the folder"),
        (".env", "is hidden"),
        ("a/.git/config", "is hidden, which no file may name"),
        ("link", "leaves the folder"),
        ("inside", "no regular file"),
        ("loop", "leaves the folder"),
        ("nul\0", "leaves the folder"),
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
    (root / "loop").symlink_to(root / "loop")
    os.mkfifo(root / "pipe")
    with pytest.raises(SpecError, match=said):
        Sources(root).read(path)


def test_what_a_person_names_is_read_though_it_is_hidden(tmp_path):
    for name in (".tool/a.json", ".tool/.git/config", ".env", "b.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    folder = Sources(tmp_path, named=".tool")
    assert folder.at(".tool") == [".tool/a.json"]
    assert folder.read(".tool/a.json") == b".tool/a.json"
    assert Sources(tmp_path, named=".env").read(".env") == b".env"
    for sources, path in (
        (folder, ".tool/.git/config"),
        (Sources(tmp_path, named="b.json"), ".env"),
    ):
        with pytest.raises(SpecError, match="is hidden"):
            sources.read(path)


def test_patterns_find_files_in_order_and_no_hidden_ones(tmp_path):
    for name in ("b/2.txt", "a/1.txt", "a/c/3.txt", ".h/4.txt", "a/5.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    sources = Sources(tmp_path)
    assert sources.find("a/*.txt", Mark("f")) == ["a/1.txt"]
    assert sources.find("**/*.txt", Mark("f")) == ["a/1.txt", "a/c/3.txt", "b/2.txt"]
    with pytest.raises(SpecError, match="leaves the folder"):
        sources.find("../*", Mark("f"))


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("**", True),
        ("**/**/a.txt", True),
        ("d/**/d/*.txt", True),
        ("**/" * 40 + "a.txt", True),
        ("**/" * 40 + "b.txt", False),
        ("d/**/e/**", False),
    ],
)
def test_a_pattern_of_many_stars_is_soon_decided(tmp_path, pattern, found):
    deep = tmp_path.joinpath(*"d" * 20)
    deep.mkdir(parents=True)
    (deep / "a.txt").write_text("")
    assert bool(Sources(tmp_path).find(pattern, Mark("f"))) is found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", f"[{'a,' * MAX_VALUES}a]"),
        ("a.yaml", f"{'- a' + chr(10)}" * (MAX_VALUES + 1)),
        ("a.yaml", "a: &a [" + "x," * 999 + "x]\nb: [" + "*a," * 201 + "]"),
        ("a.json", f"[{'[],' * MAX_JSON_VALUES}1]"),
    ],
)
def test_a_file_of_too_many_values_is_refused(name, text):
    with pytest.raises(SpecError, match=r"over [24]00,000 values"):
        load_foreign(text.encode(), name, [])


@every_row("name", ["a.yaml", "a.json"])
def test_a_long_text_is_one_value(name):
    text = "a, [b], {c: d}" * 50_000
    assert load_foreign(f'["{text}"]'.encode(), name, []).plain() == [text]

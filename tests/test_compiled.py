"""Modules that are together in one file are those that Python would have found."""

import os
import subprocess
import sys
import textwrap

import pytest

from promptci.compiled import ModuleFile
from tables import every_row

MODULES = {f"m{number:02}": f"NUMBER = {number}\n" for number in range(12)}
SCRIPT = """
    import sys
    sys.path.insert(0, {above!r})
    from promptci.compiled import ModuleFile

    opened = []
    sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
    together = ModuleFile("check", {source!r}, {folder!r})
    sys.meta_path.insert(0, together)
    import shop.m00, shop.m01, shop.deep.inner
    {more}
    print(shop.m00.NUMBER, shop.m01.NUMBER, shop.deep.inner.WHAT)
    print(sum(each.endswith(".pyc") and "shop" in each for each in opened))
    together.keep()
"""


@pytest.fixture
def shop(tmp_path):
    """The folder of a program of fourteen modules."""
    folder = tmp_path / "shop"
    (folder / "deep").mkdir(parents=True)
    for name, text in MODULES.items():
        (folder / f"{name}.py").write_text(text)
    rest = "".join(f"import shop.{name}\n" for name in MODULES)
    (folder / "__init__.py").write_text(rest)
    (folder / "deep/__init__.py").write_text("")
    (folder / "deep/inner.py").write_text("WHAT = 'inner'\n")
    return folder


@pytest.fixture
def run(shop, tmp_path):
    """Import it in a process of its own; gives what was printed, and the compiled files opened."""

    def once(*options, more="", **environ):
        where = {"above": str(tmp_path), "source": str(shop), "folder": str(tmp_path / "kept")}
        script = textwrap.dedent(SCRIPT.format(**where, more=more))
        clean = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        done = subprocess.run(
            [sys.executable, *options, "-c", script],
            env={**clean, **environ},
            capture_output=True,
            text=True,
            check=True,
        )
        said, opened = done.stdout.splitlines()
        return said, int(opened)

    return once


def kept(tmp_path):
    """The one file of modules."""
    [found] = (tmp_path / "kept").iterdir()
    return found


def test_the_second_start_opens_one_file(run, tmp_path):
    run()
    before = kept(tmp_path).read_bytes()
    assert run() == ("0 1 inner", 0)
    assert kept(tmp_path).read_bytes() == before


def test_modules_are_as_python_makes_them(run, tmp_path):
    told = """
    import inspect
    from importlib.resources import files
    assert inspect.getsource(shop.m00) == "NUMBER = 0\\n"
    assert files(shop).joinpath("m01.py").is_file()
    names = "__name__ __file__ __cached__ __package__ __path__".split()
    with open({path!r}, "w") as file:
        for m in (shop, shop.m00, shop.deep, shop.deep.inner):
            traits = [getattr(m, name, None) for name in names]
            spec = m.__spec__
            print(*traits, spec.origin, spec.has_location, spec.cached, spec.parent, file=file)
    """
    paths = [tmp_path / name for name in ("first", "second")]
    for path in paths:
        run(more=told.format(path=str(path)))
    first, second = (path.read_text() for path in paths)
    assert first == second
    assert first.count("shop") > 20


def edited(shop):
    """Another text of the same length, at a time of its own."""
    file = shop / "m01.py"
    file.write_text("NUMBER = 7\n")
    os.utime(file, ns=(1, 1))


def longer(shop):
    (shop / "m01.py").write_text("NUMBER = 3 + 4\n")


def elsewhere(shop):
    (shop / "m05.py").write_text("NUMBER = 'another'\n")


def added(shop):
    (shop / "m99.py").write_text("")


def removed(shop):
    (shop / "__init__.py").write_text("")
    (shop / "m07.py").unlink()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edited, "0 7 inner"),
        (longer, "0 7 inner"),
        (elsewhere, "0 1 inner"),
        (added, "0 1 inner"),
        (removed, "0 1 inner"),
    ],
)
def test_after_any_change_of_the_program_python_finds_its_modules(run, shop, change, said):
    run()
    assert run()[1] == 0
    change(shop)
    found, opened = run()
    assert found == said
    assert opened > 0


def test_another_way_to_run_python_has_a_file_of_its_own_or_none(run, tmp_path):
    run()
    assert run("-O")[1] > 0
    assert run("-B", "-O")[1] == 0  # -B reads what is there, as it does with Python's own files
    run()
    before = kept(tmp_path).read_bytes()
    (tmp_path / "shop/m01.py").write_text("NUMBER = 99\n")
    assert run("-B")[0] == "0 99 inner"
    assert kept(tmp_path).read_bytes() == before


@every_row("at", [0, 20, 33, 39, 45, 200, -400, -1, None])
def test_a_damaged_file_is_not_believed(run, tmp_path, at):
    run()
    file = kept(tmp_path)
    data = bytearray(file.read_bytes())
    if at is None:
        del data[len(data) // 2 :]
    else:
        data[at] ^= 1
    file.write_bytes(data)
    assert run() == ("0 1 inner", 15)
    assert run() == ("0 1 inner", 0)


def test_what_is_needed_later_is_a_second_part(run, shop):
    for number in range(12):
        (shop / f"n{number}.py").write_text(f"N = {number}\n")
    run()
    wanted = "import " + ", ".join(f"shop.n{number}" for number in range(12))
    assert run(more=wanted)[1] == 12
    assert run(more=wanted)[1] == 0
    assert run()[1] == 0


def test_a_few_modules_are_not_worth_a_file(run, shop):
    run()
    (shop / "__init__.py").write_text("")
    assert run()[1] > 0
    assert run()[1] > 0


def test_nothing_is_kept_of_a_program_that_was_written_to_meanwhile(run, shop, tmp_path):
    touched = f"import os; os.utime({str(shop / 'm03.py')!r}, ns=(5, 5))"
    run(more=touched)
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_no_matter(run, tmp_path):
    (tmp_path / "kept").write_text("a file in its place\n")
    for _ in range(2):
        assert run() == ("0 1 inner", 15)


def test_nothing_is_made_ready_where_it_may_not_be_written(run, tmp_path):
    """As where a program was installed by somebody else; the tests may run as root."""
    folder = str(tmp_path / "kept")
    denied = f"""
    import os
    access = os.access
    os.access = lambda path, mode: path != {folder!r} and access(path, mode)
    loader = type(shop.__loader__)
    def refuse(*_):
        open({str(tmp_path / "asked")!r}, "w").close()
    loader.get_code = refuse
    """
    run(more=denied)
    assert not (tmp_path / "asked").exists()
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_program_that_is_in_no_folder_is_left_to_python(tmp_path):
    with pytest.raises(OSError, match="absent"):
        ModuleFile("check", str(tmp_path / "absent"))

"""The page's script: its modules by themselves under node, and that they fit into one."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from promptci.render.html.commands import commands_of
from promptci.render.html.labels import link_of
from promptci.render.html.script import LIVE, SCRIPT, joined
from render.html.pages import page_of

ASSETS = Path(__file__).parents[3] / "src/promptci/render/html/assets"
TESTS = Path(__file__).parent / "script"


def test_every_module_is_in_the_script():
    assert {path.name for path in ASSETS.glob("*.mjs")} == {*SCRIPT, *LIVE}


def test_the_modules_make_one_script_in_which_every_name_is_there_once():
    script = joined(SCRIPT)
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    names = re.findall(r"^(?:async )?(?:function|class|const) (\w+)", script, re.MULTILINE)
    assert sorted(names) == sorted(set(names))


def test_modules_import_only_from_those_before_them():
    for index, name in enumerate(SCRIPT):
        wanted = re.findall(r'from "\./(.*?)"', (ASSETS / name).read_text())
        assert set(wanted) <= set(SCRIPT[:index]), name


def test_nothing_in_the_script_makes_code_of_a_text():
    script = joined(SCRIPT) + joined(LIVE)
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "Function(", "fetch("):
        assert word not in script


def test_both_sides_make_the_same_commands():
    page = page_of({}, {"t-01": "x"})
    [lost] = [each for each in page.examples if each.fate == "lost"]
    assert list(commands_of(lost, page)) == [
        "promptci show router t-01",
        "promptci why router",
        "promptci accept -m WHY router t-01",
        f"promptci bisect --good {page.base_rev} router t-01",
    ]
    assert len(list(commands_of(lost, replace(page, base_rev=None)))) == 3
    twice = list(commands_of(lost, replace(page, evals=2 * page.evals)))
    named = [f"--model {lost.model} router t-01" in each for each in twice]
    assert named == [True, False, True, True], "`bisect` refuses an eval of several models"
    past = replace(page, head_rev="v 2", elsewhere=["router"])
    searched = f"promptci bisect --good {page.base_rev} --bad 'v 2' router t-01"
    assert list(commands_of(lost, past)) == [searched]
    assert list(commands_of(lost, replace(past, head_rev=None))) == []


def test_both_sides_make_the_same_addresses():
    assert link_of("a b/ü", "'(x)!*~#?%") == "a%20b%2F%C3%BC/'(x)!*~%23%3F%25"


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_the_modules_do_what_they_say():
    """One process for all: `node --test` would start one for each file."""
    files = sorted(TESTS.glob("*.test.mjs"))
    loads = "".join(f"await import({str(file)!r});" for file in files)
    done = subprocess.run(
        ["node", "--input-type=module", "--eval", loads],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert len(re.findall(r"^ok |^✔ ", done.stdout, re.MULTILINE)) >= 13, done.stdout

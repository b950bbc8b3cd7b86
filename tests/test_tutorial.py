"""Pages to follow: every command in them is run, in order, in an empty folder, as it is pasted."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from promptci.commands.catalogue import COMMANDS
from tables import every_row

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ["tutorial.md", "strategies.md"]


def blocks(page):
    """The commands, block by block."""
    return re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


@every_row(
    ("page", "commands"),
    [
        ("tutorial.md", {"import", "lint", "run", "check", "why", "log", "compare"}),
        ("strategies.md", {"init", "compare", "shots", "curve", "sensitivity", "noise"}),
    ],
)
def test_every_command_of_promptci_is_one(page, commands):
    names = set(re.findall(r"^promptci (\w+)", "\n".join(blocks(page)), re.MULTILINE))
    assert commands <= names <= COMMANDS.keys()


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES)
def test_a_page_works_as_it_is_pasted(tmp_path, page):
    folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    assert shutil.which("promptci", path=environment["PATH"])
    for block in blocks(page):
        script = re.sub(
            r"^(promptci .*?)  # exits (\d)$",
            r"\1 && exit 90 || test $? -eq \2 || exit 91",
            block,
            flags=re.MULTILINE,
        )
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=tmp_path, env=environment, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (block, done.stdout, done.stderr)

"""The tutorial: every command in it is run, in order, in an empty folder, as it is pasted."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs/tutorial.md"


def blocks():
    """The commands, block by block."""
    return re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)


def test_every_command_of_promptci_is_one():
    names = re.findall(r"^promptci (\w+)", "\n".join(blocks()), re.MULTILINE)
    assert {"import", "lint", "run", "check", "why", "log", "compare"} <= set(names)


@pytest.mark.long
def test_the_tutorial_works_as_it_is_pasted(tmp_path):
    folder = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    assert shutil.which("promptci", path=environment["PATH"])
    for block in blocks():
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

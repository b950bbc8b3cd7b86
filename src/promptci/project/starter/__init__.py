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

_PATHS = re.compile(r"(?<=paths: \[).*(?=\])")
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_SPECIAL = re.compile(r"[*?+\[\]!\\]")
"""What a path filter of GitHub takes for a pattern."""

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
    """The workflow of a project in a folder: what starts it is there, and what it runs."""
    if not folder:
        return text
    before = _SPECIAL.sub(r"\\\g<0>", folder)

    def paths(found: re.Match[str]) -> str:
        each = (path.strip().strip('"') for path in found[0].split(","))
        return ", ".join(json.dumps(f"{before}/{path}", ensure_ascii=False) for path in each)

    text = _PATHS.sub(paths, text)
    text = text.replace("name: prompts\n", f"name: {json.dumps(f'prompts in {folder}')}\n", 1)
    for command in ("lint", "check"):
        run = f"promptci -C {shlex.quote(folder)} {command}"
        said = run if shlex.quote(folder) == folder else json.dumps(run, ensure_ascii=False)
        text = text.replace(f"- run: promptci {command}", f"- run: {said}", 1)
    return text

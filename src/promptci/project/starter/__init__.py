"""The files of a small working project, as `promptci init` writes them."""

import re
from collections.abc import Mapping
from importlib.resources import files

from promptci.project.starter.installedfrom import PACKAGE, UNKNOWN

WORKFLOW = ".github/workflows/promptci.yml"

_ANY = f"{PACKAGE} @ {UNKNOWN}"
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
"""Branches whose names are no pattern to GitHub."""

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

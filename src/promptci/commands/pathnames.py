"""Paths among the names that a command is given: they are relative to the current folder."""

import os
from pathlib import Path
from typing import Any

from promptci.suite.filenames import YAML

_NAMES = ("name", "names")
_OPERANDS = ("base", "head", "revisions")
"""Revisions, labels or models, or the file of a prompt."""


def names_from(here: Path, root: Path, given: dict[str, Any]) -> None:
    """Have paths among the names that a command was given begin at the project's root."""
    for key in (*_NAMES, *_OPERANDS):
        value = given.get(key)
        if isinstance(value, str):
            given[key] = _at_root(here, root, value, is_file=key in _OPERANDS)
        elif isinstance(value, tuple):
            given[key] = tuple(_at_root(here, root, v, is_file=key in _OPERANDS) for v in value)


def _at_root(here: Path, root: Path, name: str, *, is_file: bool) -> str:
    """A path as the project has it; what is none from `here` stays as it is."""
    if not name.endswith(YAML) and (is_file or not ("/" in name or name in (".", ".."))):
        return name
    path = os.path.normpath(Path(os.path.realpath(here), name))
    is_path = os.path.lexists(path) or name.startswith("../")
    if not is_path or not Path(path).is_relative_to(root):
        return name
    slash = "/" if name.endswith("/") else ""
    return f"{Path(path).relative_to(root).as_posix()}{slash}"

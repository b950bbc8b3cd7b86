"""The formats of report files: a line in the table for each."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

REPORTS: Mapping[str, str] = {
    "json": "promptci.render.json.files",
    "junit": "promptci.render.junit",
    "markdown": "promptci.render.markdown.files",
}
"""Every format by its name: a module that has a function for each command, imported late.

The functions are `run`, `check` and `compare`; each takes the command's result and gives the report
in parts.
"""


def writer_of(format: str, command: str) -> Callable[[Any], Iterable[str]]:
    """What writes a command's result in a format."""
    write: Callable[[Any], Iterable[str]] = getattr(import_module(REPORTS[format]), command)
    return write

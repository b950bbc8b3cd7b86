"""The formats of report files: a line in the table for each."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

REPORTS: dict[str, str] = {
    "csv": "promptci.render.csvtable",
    "ctrf": "promptci.render.ctrf",
    "dotenv": "promptci.render.dotenv",
    "github-output": "promptci.render.githuboutput",
    "html": "promptci.render.html.files",
    "json": "promptci.render.json.files",
    "junit": "promptci.render.junit",
    "markdown": "promptci.render.markdown.files",
}
"""Every format by its name: a module that has a function for each command, imported late.

The functions are `run`, `check` and `compare`; each takes the command's result and gives the report
in parts.
"""

LINT_REPORTS: dict[str, str] = {
    "codequality": "promptci.render.codequality",
    "sarif": "promptci.render.sarif",
}
"""The formats for faults of files; the function is `lint`."""

WITH_ANSWERS = frozenset({"html"})
"""Formats that show every answer: they take the result with all that was evaluated for it."""

ADDED = frozenset({"github-output"})
"""Formats that are added to a file that others write to, too."""


def writer_of(format: str, command: str) -> Callable[[Any], Iterable[str]]:
    """What writes a command's result in a format."""
    write: Callable[[Any], Iterable[str]] = getattr(
        import_module((REPORTS | LINT_REPORTS)[format]), command
    )
    return write

"""Faults of files as GitLab's code quality report, which merge requests show."""

from collections.abc import Iterator

from promptci.render.faultplaces import LintedFiles, fault_places
from promptci.render.json.jsontext import as_ascii


def lint(linted: LintedFiles) -> Iterator[str]:
    """A list of all faults; one about a whole file is placed at its first line."""
    entries = [
        {
            "description": place.message or "(empty)",
            "check_name": f"promptci/{place.rule}",
            "fingerprint": place.fingerprint,
            "severity": "minor" if place.is_warning else "critical",
            "location": {"path": place.path, "lines": {"begin": place.line or 1}},
        }
        for place in fault_places(linted.faults, linted.folder)
    ]
    yield as_ascii(entries) + "\n"

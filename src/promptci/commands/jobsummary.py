"""The summary of a job of GitHub Actions, and notes on lines of files there."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from promptci.errors import Fault, SpecError
from promptci.secrets.display import CleanStream

if TYPE_CHECKING:
    from promptci.check.checked import Checked
    from promptci.project.project import Project


def tell_github(checked: "Checked", project: "Project") -> None:
    """Write the reports of a check that GitHub takes by itself."""
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        markdown = import_module("promptci.render.markdown.report")
        _sum_up(markdown.summary(checked))
    if os.environ.get("GITHUB_ACTIONS"):
        annotations = import_module("promptci.render.annotations")
        _annotate(annotations.report(checked, project.workspace.repo.prefix))


@contextmanager
def faults_told(project: "Project") -> Iterator[None]:
    """Within the block faulty files, which end it, are reported in the summary of the job, too."""
    try:
        yield
    except SpecError as error:
        if os.environ.get("GITHUB_STEP_SUMMARY"):
            markdown = import_module("promptci.render.markdown.faults")
            _sum_up(markdown.summary(error.faults))
        annotate_faults(error.faults, project)
        raise


def annotate_faults(faults: Sequence[Fault], project: "Project") -> None:
    """Put what is wrong on the lines of the files, for GitHub."""
    if os.environ.get("GITHUB_ACTIONS"):
        annotations = import_module("promptci.render.annotations")
        _annotate(annotations.faults_report(faults, project.workspace.repo.prefix))


def _sum_up(text: str) -> None:
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
        CleanStream(file).write(text)


def _annotate(text: str) -> None:
    write = getattr(sys.stderr, "write_commands", sys.stderr.write)
    write(text)

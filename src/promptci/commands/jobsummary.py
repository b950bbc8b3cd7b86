"""What a job tells where people look: its summary, notes on lines of files, the comment."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from promptci.atomic import write_report
from promptci.errors import Fault, PromptCIError, SpecError
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
def refusal_told(project: "Project", reports: Sequence[tuple[str, Path]]) -> Iterator[None]:
    """Within the block an error, which ends it, is told in the summary of the job, too.

    So it is in the `reports`, format and file, that are a comment: one in which an earlier commit
    was judged would stay otherwise.
    """
    try:
        yield
    except PromptCIError as error:
        files = [path for format, path in reports if format == "markdown"]
        if files or os.environ.get("GITHUB_STEP_SUMMARY"):
            _tell_refusal(error, project, files)
        if isinstance(error, SpecError):
            annotate_faults(error.faults, project)
        raise


def _tell_refusal(error: PromptCIError, project: "Project", files: Sequence[Path]) -> None:
    refusal = import_module("promptci.render.markdown.refusal")
    if os.environ.get("GITHUB_STEP_SUMMARY"):
        _sum_up(refusal.summary(error))
    with suppress(PromptCIError):  # the error that is on its way says more
        comment = refusal.comment(error, project.workspace.repo.prefix.rstrip("/"))
        for path in files:
            write_report(path, [comment])


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

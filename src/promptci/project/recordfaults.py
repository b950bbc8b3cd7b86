"""What is wrong with the score records beside a project's evals, told without asking a model."""

from collections.abc import Iterator
from shlex import quote

from promptci.errors import Fault, SpecError
from promptci.project.project import Project
from promptci.project.runrecords.soundrecords import SoundRecords
from promptci.records.chunkfiles import RECORD, score_path
from promptci.records.recordfile import moved_chunks
from promptci.records.straychunks import stray_folders
from promptci.suite.suite import Suite


def record_faults(records: SoundRecords, name: str) -> Iterator[Fault]:
    """A score record that is damaged or in the middle of a merge."""
    try:
        records.check(name)
    except SpecError as error:
        yield from error.faults


def stray_records(project: Project, suite: Suite) -> Iterator[Fault]:
    """Records of which the eval was renamed or deleted; `log` counts them on."""
    of_evals = {score_path(name) for name in suite.evals}
    for path in project.workspace.repo.worktree.files("evals"):
        if path.endswith(RECORD) and path not in of_evals:
            wrong = f"this is the record of no eval that is here: `git rm {quote(path)}`"
            yield Fault(path, 1, 1, wrong, warning=True)


def stray_chunks(project: Project) -> Iterator[Fault]:
    """Folders of chunks whose record was deleted; one that was only renamed is named with it."""
    tree = project.workspace.repo.worktree
    moved = {was for was, _ in moved_chunks(tree)}
    for folder in sorted(stray_folders(tree).keys() - moved):
        wrong = f"these are chunks of a record that is not here: `git rm -r {quote(folder)}`"
        yield Fault(folder, 1, 1, wrong, warning=True)

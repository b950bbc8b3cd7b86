"""Which judges changed at the commits of an eval's history, read from the files at each."""

from collections.abc import Sequence

from msgspec.structs import replace

from promptci.errors import PromptCIError
from promptci.git.commits import parents
from promptci.git.revision import Revision
from promptci.history.recordlog import Entry
from promptci.judges.changedjudges import changed_judges
from promptci.project.workspace import ProjectFiles
from promptci.run.planning.answering import reach_from
from promptci.suite.evaljudges import Judges
from promptci.suite.loading import load_suite

MOST_READ = 10
"""Commits whose files are read for it, the newest first."""


def with_judges(project: ProjectFiles, name: str, rows: Sequence[Entry]) -> list[Entry]:
    """The same entries, with the judges that changed where the scorers did.

    The files are those at the commit and at the record before it.
    """
    found: list[Entry] = []
    read = 0
    for index, row in enumerate(rows):
        if "scorers" in row.what and row.record and row.base and read < MOST_READ:
            read += 1
            before = _before(project, row, rows[index + 1 :])
            sides = [_judges(project, name, at) for at in (before, row.step.revision)]
            base, head = sides
            if base is not None and head is not None:
                row = replace(row, judges=tuple(changed_judges(name, base, head)))
        found.append(row)
    return found


def _before(project: ProjectFiles, row: Entry, older: Sequence[Entry]) -> Revision | None:
    """The commit of the record before."""
    known = (each.step.revision for each in older if each.model == row.model and each.record)
    first = next(known, None)
    if first is None:
        before = next(iter(parents(project.workspace.repo, row.step.revision)), None)
        first = None if before is None else Revision(before)
    return first


def _judges(project: ProjectFiles, name: str, at: Revision | None) -> Judges | None:
    """An eval's scorers at a commit; None where the files cannot be used."""
    if at is None:
        return None
    try:
        suite = load_suite(project.workspace.repo.tree(at))
        spec = suite.evals.get(name)
        if spec is None:
            return None
        return Judges(spec, reach_from(suite, spec.mark.path, lambda _: ""), [])
    except PromptCIError:
        return None

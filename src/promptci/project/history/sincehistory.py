"""What the working tree has beyond the newest record of a history."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from importlib import import_module

from promptci.errors import PromptCIError
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.edits import edits_since
from promptci.project.workspace import ProjectFiles
from promptci.records.chunkfiles import score_path
from promptci.remembered import REMEMBERED
from promptci.suite.scanresult import NotScannedError

MOST_EXAMPLES = 100_000
"""Examples that are read to compare a record with the files as they are; a run reads any."""

_UNREAD = (
    "The newest record of {0} was not compared with the files as they are: it has"
    " more than {1:,} examples, and what they are is not known here from a run: `promptci run {0}`"
    " compares them"
)


def since_history(
    project: ProjectFiles, name: str, newest: Revision, *, is_stale: bool
) -> tuple[tuple[str, ...], Iterable[str]]:
    """What the newest record is not of, files edited since; and that a newer one has no commit.

    `newest` is the commit that it came with; `is_stale` says that it was not of that one's files.
    """
    repo = project.workspace.repo
    if repo.is_bare:
        return (), ()
    is_edited, records = edits_since(repo, newest)
    newer = _newer(project, name) if _is_newer(repo, name, records) else ()
    if not (is_edited or is_stale):
        return (), newer
    edits = import_module("promptci.history.olderrecords")
    known = project.workspace.known_configuration
    try:
        with REMEMBERED.kept_in(lambda: project.workspace.cache_path.parent):
            found = edits.older_records(repo.worktree, (name,), known=known, most=MOST_EXAMPLES)
    except NotScannedError:
        return (), [*newer, _UNREAD.format(name, MOST_EXAMPLES)]
    return edits.older_sentences(found), newer


def _is_newer(repo: Repo, name: str, records: Collection[str]) -> bool:
    """Whether an eval's record is in no commit; one that was only renamed differs from none."""
    path, head = score_path(name), repo.head()
    return path in records and (head is None or path in edits_since(repo, head)[1])


def _newer(project: ProjectFiles, name: str) -> Iterator[str]:
    """That the record in the working tree is in no commit; a damaged one is named elsewhere."""
    with suppress(PromptCIError):
        records = project.workspace.records(project.workspace.repo.worktree, name)
        scores = ", ".join(f"{each.score:.1%} on {each.model}" for each in records.values())
        said = f" ({scores})" if scores else ""
        yield f"A newer record is not committed{said}: `promptci diff` shows what changed."

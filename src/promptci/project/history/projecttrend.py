"""The trend of a whole project: all evals together, a line per commit."""

from collections.abc import Iterator
from functools import partial
from itertools import islice

from msgspec.structs import replace

from promptci.errors import NothingToRunError
from promptci.git.folderhistory import FolderChange, folder_changes
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.git.sincedate import check_date
from promptci.history.edits import edits_since
from promptci.history.olderrecords import older_records, older_sentences
from promptci.history.oldformat import with_long_digests
from promptci.history.stalemarks import stale_evals
from promptci.history.trend import UpdateFolder, find_trend
from promptci.history.trendpoints import Trend, TrendPoint
from promptci.parsing.source import excerpt
from promptci.project.history.askedhistory import CUT, last_commit
from promptci.project.workspace import ProjectFiles
from promptci.records.chunkfiles import RECORD
from promptci.records.record import Records
from promptci.records.recordfile import commit_opener
from promptci.remembered import REMEMBERED, Remembered


def project_trend(
    project: ProjectFiles,
    *,
    model: str | None = None,
    since: str | None = None,
    most: int | None = None,
) -> Trend:
    """How all evals scored at each commit of the main line that changed a record.

    Raises `NothingToRunError` where there is none.
    """
    repo, head = project.workspace.repo, last_commit(project)
    tree = repo.tree(head)
    blobs = {p: tree.object_id(p) for p in tree.files("evals") if p.endswith(RECORD)}
    changes = folder_changes(repo, "evals", head, since=check_date(since) if since else "")
    found = find_trend(
        changes,
        blobs,
        repo.blob,
        newest=head.id,
        open_at=partial(commit_opener, repo),
        model=model,
        update=_update(repo),
    )
    points = [_cut(repo, point) for point in islice(_of_model(found, model), most)]
    if not points:
        raise NothingToRunError(_none(model, since))
    cut = [CUT] if any(point.is_cut for point in points) else []
    remembered = Remembered()
    remembered.keep_in(lambda: project.workspace.cache_path.parent)
    with REMEMBERED.kept_in(lambda: project.workspace.cache_path.parent):
        marked, notes = stale_evals(repo, points, remembered)
        older = _older(project)
    return Trend(tuple(marked), (*cut, *notes, *_newer(repo, head)), older)


def _cut(repo: Repo, point: TrendPoint) -> TrendPoint:
    """A point before which a shallow clone has nothing: none of its records is known to be new."""
    is_cut = repo.is_shallow and not point.step.parents
    return replace(point, added=(), is_cut=True) if is_cut else point


def _older(project: ProjectFiles) -> tuple[str, ...]:
    """Which records in the working tree are older than the files there."""
    if project.workspace.repo.is_bare:
        return ()
    known = project.workspace.known_configuration
    found = older_records(project.workspace.repo.worktree, known=known)
    return older_sentences(each for each in found if each.has_record)


def _none(model: str | None, since: str | None) -> str:
    """That no commit is of what was asked for, and what to do."""
    of = f" of the model `{excerpt(model)}`" if model else ""
    if since:
        return f"no commit since then changed a score record{of}: give an earlier --since"
    cure = "name another" if model else "run `promptci run` and commit"
    return f"no commit changed a score record{of}: {cure}"


def _newer(repo: Repo, head: Revision) -> Iterator[str]:
    """That records of the working tree are in no commit yet."""
    _, paths = (False, []) if repo.is_bare else edits_since(repo, head)
    if paths:
        what = "1 newer record is" if len(paths) == 1 else f"{len(paths):,} newer records are"
        yield f"{what} not committed: `promptci diff` shows what changed."


def _of_model(points: Iterator[TrendPoint], model: str | None) -> Iterator[TrendPoint]:
    """The points at which anything of a model changed; all without one."""
    for point in points:
        if model is None or point.changed or point.added or point.removed or point.damaged:
            yield point


def _update(repo: Repo) -> UpdateFolder:
    def update(step: FolderChange, name: str, records: Records) -> Records:
        if not step.parents:
            return records
        return with_long_digests(records, repo.tree(Revision(step.parents[0])), name)

    return update

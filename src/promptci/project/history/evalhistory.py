"""The history of an eval's scores: its committed records, and those computed later."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from importlib import import_module

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.outcomes.splits import SplitBy
from promptci.compare.pairing.renamedetection import match_origins, traits_of_records
from promptci.errors import NothingToRunError, PromptCIError
from promptci.git.commits import ancestors, parents
from promptci.git.filechanges import FileChange
from promptci.git.lineage import commits
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.joinedevals import joining
from promptci.history.laterrecords import LaterRecords
from promptci.history.oldformat import with_long_digests
from promptci.history.recordentries import SplitAt, Update, entries
from promptci.history.recordhistory import RecordedCommit
from promptci.history.recordlines import RecordLines, record_lines
from promptci.history.recordlog import Entry, RecordLog
from promptci.history.recordorigins import split_at
from promptci.history.rememberedlog import RememberedLog
from promptci.parsing.didyoumean import did_you_mean
from promptci.project.history.askedhistory import CUT, AskedHistory
from promptci.project.history.sincehistory import since_history
from promptci.project.history.splitting import Splitting
from promptci.project.workspace import ProjectFiles
from promptci.records.chunkfiles import RECORD, score_path
from promptci.records.record import Records
from promptci.records.recordfile import commit_opener
from promptci.remembered import REMEMBERED, Remembered
from promptci.suite.filenames import path_eval_name

_LOCAL = "What was computed later is kept on this machine alone, beside the stored answers."


class CommittedHistory(Struct, frozen=True):
    """A history as the commits tell it, without what the working tree has beyond it.

    `is_fixed` where nothing but the commits had a part in it, and, where it is `is_split`, what the
    eval is `expected` to answer: a digest of that is found when it is asked for.
    """

    log: RecordLog
    is_fixed: bool
    is_split: bool
    expected: Callable[[], str]


def eval_history(project: ProjectFiles, asked: AskedHistory) -> RecordLog:
    """What became of an eval's records, commit by commit, and how the files differ from the last.

    Raises `NothingToRunError` where there is no line.
    """
    log = past_history(project, asked).log
    newest = log.entries[0].step.revision
    older, newer = since_history(project, asked.name, newest, is_stale=log.begins_stale)
    return replace(log, notes=(*log.notes, *newer), older=older)


def past_history(project: ProjectFiles, asked: AskedHistory) -> CommittedHistory:
    """What the commits tell. Raises `NothingToRunError` where there is no line."""
    repo, name = project.workspace.repo, asked.name
    later = _later(project, name, asked.head, asked.since)
    splits = Splitting(repo.tree(asked.head) if repo.is_bare else repo.worktree)
    known = _known(project, name, splits)
    with known.others() as others:
        lines = record_lines(
            repo,
            score_path(name),
            asked.head,
            later,
            since=asked.since,
            shows_all=asked.shows_all,
            others=others,
        )
    cut = frozenset(_cut(repo, (point.step for point in lines.points if not point.is_later)))
    rows = _first(_entries(repo, name, lines, cut, known, splits), asked.model, asked.most)
    known.save()
    if not rows:
        raise NothingToRunError(_nothing(project, name, asked.model, asked.since))
    has_judges = any("scorers" in row.what for row in rows)
    if has_judges:  # reading suites takes as long as the rest
        judgehistory = import_module("promptci.project.history.judgehistory")
        rows = judgehistory.with_judges(project, name, rows)
    rows = [_with_split(repo, row) for row in rows]
    stale = import_module("promptci.history.stalemarks")  # suites again
    with REMEMBERED.kept_in(lambda: project.workspace.cache_path.parent):
        rows, remarks = stale.mark_stale(repo, rows, known.found)
    is_cut = any(row.is_cut and not row.is_later for row in rows) and cut
    is_local = any(row.is_later for row in rows)
    notes = [
        *([CUT] if is_cut else []),
        *([_LOCAL] if is_local else []),
        *_hidden(lines),
        *remarks,
    ]
    log = RecordLog(name, tuple(rows), tuple(notes))
    is_fixed = known.is_whole and not has_judges
    return CommittedHistory(log, is_fixed, known.is_split, lambda: splits.expected(name))


def _known(project: ProjectFiles, name: str, splits: Splitting) -> RememberedLog:
    """What earlier processes on this machine worked out of an eval's history."""
    workspace, found = project.workspace, Remembered()
    found.keep_in(lambda: workspace.cache_path.parent)
    return RememberedLog(found, f"{workspace.repo.prefix}{name}", lambda: splits.expected(name))


def _entries(
    repo: Repo,
    name: str,
    lines: RecordLines,
    cut: frozenset[str],
    known: RememberedLog,
    splits: Splitting,
) -> Iterator[Entry]:
    """What became of the records at each point, as far as it is not known worked out."""
    known.begin(lines.points, lines.earlier, cut)
    return entries(
        lines.points,
        repo.blobs,
        name,
        earlier=lines.earlier,
        cut=cut,
        update=known.updating(_in_parent(repo)),
        join=joining(repo),
        split_at=known.splitting(_splitting(repo, splits)),
        known=known.at,
        note=known.note,
        open_at=partial(commit_opener, repo),
    )


def _splitting(repo: Repo, splits: Splitting) -> SplitAt:
    """Splits the records of two commits, whose files are read where need be."""

    def split_at(older: str, newer: str) -> SplitBy:
        base, head = (repo.tree(Revision(id_)) if id_ else None for id_ in (older, newer))
        return splits.between(base, head or repo.worktree)

    return split_at


def _with_split(repo: Repo, row: Entry) -> Entry:
    """A row with the names of the evals among which the eval was split at its commit."""
    is_smaller = row.record and row.base and row.record.total < row.base.total
    if not is_smaller or not row.step.parents or row.is_later:
        return row
    base, head = (repo.tree(Revision(id_)) for id_ in (row.step.parents[0], row.step.revision.id))
    return replace(row, split=split_at(base, head, row.step.source or row.step.path))


def _hidden(lines: RecordLines) -> Iterator[str]:
    if lines.hidden:
        what = "1 more commit changed" if lines.hidden == 1 else f"{lines.hidden:,} more changed"
        yield f"{what} the record on branches of which nothing was kept: `--all` shows them."


def _in_parent(repo: Repo) -> Update:
    """Gives old records of a change's first parent the digests that its files have today."""

    def update(step: FileChange, records: Records) -> Records:
        if not step.parents:
            return records
        return with_long_digests(
            records, repo.tree(Revision(step.parents[0])), path_eval_name(step.source or step.path)
        )

    return update


def _later(project: ProjectFiles, name: str, head: Revision, since: str) -> list[RecordedCommit]:
    """The commits of the history whose scores came later."""
    store = LaterRecords(project.workspace.state / "history")
    stored = store.commits(name)
    if not stored:
        return []
    there = set(ancestors(project.workspace.repo, head, since=since))
    known = [Revision(id_) for id_ in stored if id_ in there]
    points = []
    for commit in commits(project.workspace.repo, known):
        step = FileChange(
            commit.revision, score_path(name), commit.date, commit.author, commit.subject
        )
        points.append(RecordedCommit(step, store.get(commit.revision.id, name), is_later=True))
    return points


def _cut(repo: Repo, found: Iterable[FileChange]) -> Iterator[str]:
    """The commits from which a shallow clone does not go on, though they have parents."""
    for step in found:
        if not step.before and not step.parents and parents(repo, step.revision):
            yield step.revision.id


def _first(rows: Iterable[Entry], model: str | None, most: int | None) -> list[Entry]:
    """The entries of the first commits that have any of this model; all without limits."""
    shown: list[Entry] = []
    seen: set[str] = set()
    for row in rows:
        if model is not None and row.model not in (model, ""):
            continue
        seen.add(row.step.revision.id)
        if most is not None and len(seen) > most:
            break
        shown.append(row)
    return shown


def _nothing(project: ProjectFiles, name: str, model: str | None, since: str) -> str:
    """Why there is no line to show."""
    tree = project.workspace.committed
    if since:
        wanted = f" of {model}" if model else ""
        said = f"no commit since then changed a record of `{name}`{wanted}"
        return f"{said}: give an earlier --since"
    recorded = project.workspace.records(tree, name) if model and tree else {}
    if model and recorded:
        said = f"no commit changed a record of `{name}` of {model}"
        return f"{said}: {did_you_mean(model, recorded)}"
    there = tree.files("evals") if tree else []
    known = [path_eval_name(path) for path in there if path.endswith(RECORD)]
    if was := _former_name(project, name, known):
        cure = f"commit the renaming, or see `promptci log {was}`"
        return f"no record of `{name}` was ever committed, which was renamed from `{was}`: {cure}"
    if known:
        return f"no record of `{name}` was ever committed: {did_you_mean(name, known)}"
    return f"no record of `{name}` was ever committed: run `promptci run {name}` and commit it"


def _former_name(project: ProjectFiles, name: str, committed: Iterable[str]) -> str:
    """What an eval that is called otherwise since the last commit was called in it, by its record.

    Empty where nothing says so.
    """
    space, here = project.workspace, project.workspace.repo.worktree
    gone = [was for was in committed if not here.exists(score_path(was))]
    with suppress(PromptCIError):  # what is damaged is no help
        there = {was: space.records(space.committed, was) for was in gone}
        base = {was: traits_of_records(records.values()) for was, records in there.items()}
        head = {name: traits_of_records(space.records(here, name).values())}
        return match_origins(base, head).get(name, "")
    return ""

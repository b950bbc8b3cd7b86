"""`promptci log`."""

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module

import click

from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals, pass_files, splitting
from promptci.errors import NothingToRunError, RepoError
from promptci.git.commits import FileChange, ancestors, parents, steps
from promptci.git.gitdate import check_date
from promptci.git.lineage import commits
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.laterrecords import LaterRecords
from promptci.history.oldformat import with_long_digests
from promptci.history.recordhistory import RecordedCommit, Records, path_eval_name
from promptci.history.recordlog import Entry, RecordLog, Update, entries
from promptci.parsing.source import did_you_mean
from promptci.project.naming import named_eval
from promptci.project.workspace import ProjectFiles, score_path
from promptci.render.json.jsontext import dumps
from promptci.render.json.log import log_report
from promptci.render.terminal import log as report

_CUT = (
    "The history is cut short: this clone is shallow. Set `fetch-depth: 0` for actions/checkout, "
    "or run `git fetch --unshallow`."
)


@click.command()
@click.argument("name", shell_complete=complete_evals)
@click.option("--model", metavar="NAME", help="Only this model.")
@click.option(
    "--since", default=None, metavar="DATE", help="Only commits since then, as git reads dates."
)
@click.option(
    "-n", "most", type=click.IntRange(min=1), metavar="N", help="Only the last N commits."
)
@json_option
@pass_files
def command(
    project: ProjectFiles,
    name: str,
    *,
    model: str | None,
    since: str | None,
    most: int | None,
    wants_json: bool,
) -> int:
    """Show the history of an eval's scores, a line per commit.

    Reads committed records only, and what `promptci run --rev` computed later. Scores are in
    percent, changes in points; n/c is not comparable.
    """
    head = project.workspace.repo.head()
    if head is None:
        raise RepoError("there is no commit yet, so there is no history: commit first")
    name = named_eval(project, name)
    since = "" if since is None else check_date(since)
    limit = most if model is None else None
    repo = project.workspace.repo
    found = list(steps(repo, score_path(name), head, most=limit, since=since))
    points = _merged(project, name, head, found, since)
    cut = frozenset(_cut(project, found))
    split_by = splitting(repo.tree(head) if repo.is_bare else repo.worktree)
    history = entries(points, repo.blobs, name, cut=cut, update=_in_parent(repo), split_by=split_by)
    rows = _first(history, model, most)
    if not rows:
        raise NothingToRunError(_nothing(project, name, model, since))
    if any("scorers" in row.what for row in rows):  # reading suites takes as long as the rest
        rows = import_module("promptci.project.judgehistory").with_judges(project, name, rows)
    is_cut = any(row.is_cut and not row.is_later for row in rows) and cut
    log = RecordLog(name, tuple(rows), (_CUT,) if is_cut else (), _older(project, name, rows))
    if wants_json:
        click.echo(dumps(log_report(log)))
    else:
        click.echo(report.report(log, look()), nl=False)
    return log.exit_code


def _in_parent(repo: Repo) -> Update:
    """Gives old records of a change's first parent the digests that its files have today."""

    def update(step: FileChange, records: Records) -> Records:
        if not step.parents:
            return records
        return with_long_digests(
            records, repo.tree(Revision(step.parents[0])), path_eval_name(step.path)
        )

    return update


def _older(project: ProjectFiles, name: str, rows: Sequence[Entry]) -> tuple[str, ...]:
    """What the newest record is not of: files that were edited since."""
    repo = project.workspace.repo
    edits = import_module("promptci.history.olderrecords")
    if repo.is_bare or not edits.has_edits(repo, rows[0].step.revision, None):
        return ()
    return tuple(each.sentence for each in edits.older_records(repo.worktree, (name,)))


def _merged(
    project: ProjectFiles, name: str, head: Revision, found: list[FileChange], since: str
) -> list[RecordedCommit]:
    """The commits that changed the record, and between them those whose scores came later."""
    points = [RecordedCommit(step, {}) for step in found]
    store = LaterRecords(project.workspace.state / "history")
    stored = store.commits(name)
    if not stored:
        return points
    order = {
        id_: index for index, id_ in enumerate(ancestors(project.workspace.repo, head, since=since))
    }
    known = [Revision(id_) for id_ in stored if id_ in order]
    for commit in commits(project.workspace.repo, known):
        step = FileChange(
            commit.revision, score_path(name), commit.date, commit.author, commit.subject
        )
        points.append(RecordedCommit(step, store.get(commit.revision.id, name), is_later=True))
    return sorted(points, key=lambda p: (order.get(p.step.revision.id, 0), not p.is_later))


def _cut(project: ProjectFiles, found: Iterable[FileChange]) -> Iterator[str]:
    """The commits from which a shallow clone does not go on, though they have parents."""
    for step in found:
        if not step.before and not step.parents and parents(project.workspace.repo, step.revision):
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
    if model is not None or since:
        wanted = f" of {model}" if model else ""
        return f"no commit{' since then' if since else ''} changed a record of `{name}`{wanted}"
    there = project.workspace.committed.files("evals") if project.workspace.committed else []
    known = [path_eval_name(path) for path in there if path.endswith(".scores.yaml")]
    if known:
        return f"no record of `{name}` was ever committed: {did_you_mean(name, known)}"
    return f"no record of `{name}` was ever committed: run `promptci run {name}` and commit it"

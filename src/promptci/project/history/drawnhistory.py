"""The history of an eval as text, which is drawn once for a commit and those after it.

Which commits are before one is fixed by its id, and so is what they tell, unless scores were
computed later, the clone is a shallow one or the user's own files had a part in it. Commits in a
row that change no record add nothing.
"""

from collections.abc import Callable
from importlib import import_module

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from promptci.digest import digest
from promptci.errors import RepoError
from promptci.git.lineage import changed_since
from promptci.git.repo import Repo
from promptci.git.revision import Revision
from promptci.history.laterrecords import LaterRecords
from promptci.project.history.askedhistory import AskedHistory
from promptci.project.history.sincehistory import since_history
from promptci.project.history.splitting import Splitting
from promptci.project.workspace import ProjectFiles, Workspace
from promptci.records.chunkfiles import RECORD
from promptci.remembered import Remembered, key_of
from promptci.render.terminal.history.loggedframe import framed
from promptci.render.terminal.look import Look
from promptci.secrets.known import redact_document
from promptci.secrets.redact import MARK

_OF_RECORDS = (RECORD, ".chunk")
"""How the names of all files of records end."""


class _Drawn(Struct, frozen=True, array_like=True):
    """A history that was drawn, and what it followed from beside the commits up to its `head`.

    `newest` is the commit of its first line, of which a record may be stale. `expected` is the
    digest of what the eval expected, and `branch` what was checked out, where they had a part in
    it.
    """

    asked: str
    head: str
    newest: str
    is_stale: bool
    expected: str
    branch: str
    notes: tuple[str, ...]
    text: str


def drawn_history(project: ProjectFiles, asked: AskedHistory, look: Look) -> str:
    """What `log` shows of an eval. Raises `NothingToRunError` where there is no line."""
    workspace, found = project.workspace, Remembered()
    found.keep_in(lambda: workspace.cache_path.parent)
    key = key_of("drawn log", workspace.repo.prefix, asked.name)
    question = _question(workspace, asked, look)
    drawn = found.get(key, _Drawn) if question else None
    if drawn is None or drawn.asked != question or not _holds(workspace, asked, drawn):
        drawn, is_kept = _draw(project, asked, look, question)
        if question and is_kept:
            found.put(key, drawn)
            found.write()
    newest = Revision(drawn.newest)
    older, newer = since_history(project, asked.name, newest, is_stale=drawn.is_stale)
    return framed(drawn.text, look, older=older, notes=(*drawn.notes, *newer))


def _question(workspace: Workspace, asked: AskedHistory, look: Look) -> str:
    """A digest of all that was asked; empty where the id of a commit does not fix what is shown."""
    inner = workspace.repo.top / ".git"
    is_ordinary = inner.is_dir() and not (inner / "commondir").exists()
    if asked.since or not is_ordinary or (inner / "shallow").exists():
        return ""
    if LaterRecords(workspace.state / "history").commits(asked.name):
        return ""
    wanted = replace(asked, head=Revision("", asked.head.name))
    return digest([to_builtins(wanted), to_builtins(look)])


def _holds(workspace: Workspace, asked: AskedHistory, drawn: _Drawn) -> bool:
    """Whether no record was committed since, and what else had a part in it is what it was."""
    if drawn.head != asked.head.id and not _adds_nothing(workspace.repo, drawn.head, asked.head):
        return False
    if drawn.branch not in ("", workspace.repo.branch if drawn.branch else ""):
        return False
    if drawn.expected and drawn.expected != Splitting(workspace.repo.worktree).expected(asked.name):
        return False
    return redact_document(drawn.text) == drawn.text


def _adds_nothing(repo: Repo, before: str, head: Revision) -> bool:
    """Whether the commits since one that was the last follow it in a row and change no record."""
    try:
        changed = changed_since(repo, Revision(before), head)
    except RepoError:  # it is gone
        return False
    return changed is not None and not any(path.endswith(_OF_RECORDS) for path in changed)


def _draw(
    project: ProjectFiles, asked: AskedHistory, look: Look, question: str
) -> tuple[_Drawn, bool]:
    """A history worked out and drawn, and whether it may be kept."""
    past = import_module("promptci.project.history.evalhistory").past_history(project, asked)
    draw: Callable[..., str] = import_module("promptci.render.terminal.history.log").history
    entries, text = past.log.entries, draw(past.log, look)
    has_branches = any(entry.place.branch for entry in entries)
    drawn = _Drawn(
        asked=question,
        head=asked.head.id,
        newest=entries[0].step.revision.id,
        is_stale=past.log.begins_stale,
        expected=past.expected() if past.is_split else "",
        branch=project.workspace.repo.branch if has_branches else "",
        notes=past.log.notes,
        text=text,
    )
    return drawn, past.is_fixed and MARK not in text

"""Write a small working project into a repository."""

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from promptci.atomic import write_text
from promptci.errors import RequestError
from promptci.git.repo import Repo
from promptci.parsing.source import decode
from promptci.project.project import Project
from promptci.project.runrecords.mergedriver import ATTRIBUTES, install_driver, with_record_line
from promptci.project.schemas.fileschemas import write_schemas
from promptci.project.starter import WORKFLOW, starter_files, workflow_in, workflow_place
from promptci.project.starter.installedfrom import own_requirement
from promptci.project.workspace import STATE

_IGNORED = (
    (f"{STATE}/", STATE, f"/{STATE}", f"/{STATE}/"),
    ("report.html", "/report.html", "*.html"),
)
"""What is kept out of git, each in all its forms; the first is written."""


class StarterResult(Struct, frozen=True):
    """The paths of the files written; `names_source` says whether the workflow can install us."""

    written: tuple[str, ...]
    names_source: bool

    @property
    def workflow(self) -> str:
        """Where the workflow was written; empty where none was."""
        return next((path for path in self.written if path.startswith(".github/")), "")

    @property
    def exit_code(self) -> int:
        """0: what could not be written was refused."""
        return 0


def write_starter(project: Project, *, workflow_alone: bool = False) -> StarterResult:
    """Write the starter's files into the current folder, or the workflow alone.

    Raises `RequestError` before writing over a file, and `RepoError` in a bare repository.
    """
    project.workspace.repo.worktree  # noqa: B018
    requirement = own_requirement()
    write = _write_workflow if workflow_alone else _write
    return StarterResult(tuple(write(project, requirement)), requirement is not None)


def _write_workflow(project: Project, requirement: str | None) -> Iterator[str]:
    """Write the workflow alone, at the top of the repository, where workflows run."""
    repo = project.workspace.repo
    folder = project.workspace.new_root.relative_to(repo.top).as_posix()
    folder = "" if folder == "." else folder
    if "${{" in folder or not folder.isprintable():
        raise RequestError(f"{folder!r} is no name for a workflow: rename the folder")
    place = workflow_place(folder)
    if (repo.top / place).exists() or (repo.top / place).is_symlink():
        raise RequestError(f"{place} is there already: move it away first")
    files = starter_files(requirement, _main_branch(repo))
    write_text(repo.top / place, workflow_in(files[WORKFLOW], folder))
    yield place


def _write(project: Project, requirement: str | None) -> Iterator[str]:
    """Write the files; gives their paths. Raises `RequestError` before writing over one."""
    root = project.workspace.new_root
    files = starter_files(requirement, _main_branch(project.workspace.repo))
    if root != project.workspace.repo.top:  # workflows only run from the top of a repository
        del files[WORKFLOW]
    there = [path for path in files if (root / path).exists() or (root / path).is_symlink()]
    if there:
        which = f"{', '.join(there)} {'is' if len(there) == 1 else 'are'} there already"
        where = (
            "" if project.workspace.is_at(root) else f" in {root}, the project around this folder"
        )
        wrong = f"{which}{where}: nothing was written"
        raise RequestError(f"{wrong}; move away what is to be replaced")
    ignored = _with_ignored(root / ".gitignore")
    begun: list[Path] = []
    try:
        for path, text in files.items():
            begun.append(root / path)
            write_text(root / path, text)
    except BaseException:  # what is there in part would block another try
        for each in begun:
            each.unlink(missing_ok=True)
        raise
    yield from files
    if write_text(root / ".gitignore", ignored):
        yield ".gitignore"
    attributes = root / ATTRIBUTES
    before = decode(attributes.read_bytes(), ATTRIBUTES) if attributes.exists() else ""
    if write_text(attributes, with_record_line(before)):
        yield ATTRIBUTES
    install_driver(project.workspace.repo)
    yield from write_schemas(root)


def _main_branch(repo: Repo) -> str:
    """What the origin calls its main branch, or the only one there is; empty where unknown."""
    names = "for-each-ref", "--format=%(symref:lstrip=3)", "refs/remotes/origin/HEAD"
    if origin := repo.git(*names).decode("utf-8", "replace").strip():
        return origin
    local = repo.git("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()
    return repo.branch if len(local) <= 1 else ""


def _with_ignored(path: Path) -> str:
    """The text of `.gitignore` that keeps stored answers, logs and the report out of git."""
    before = decode(path.read_bytes(), path.name) if path.exists() else ""
    there = {line.strip() for line in before.splitlines()}
    missing = [forms[0] for forms in _IGNORED if there.isdisjoint(forms)]
    gap = "" if not before or before.endswith("\n") or not missing else "\n"
    return "".join((before, gap, *(f"{line}\n" for line in missing)))

"""Which project and which eval are meant, of those that are there or were."""

from promptci.errors import NothingToRunError, PromptCIError
from promptci.git.repo import inside
from promptci.parsing.source import excerpt
from promptci.project.workspace import ProjectFiles, Workspace
from promptci.projectpaths import CONFIG, PROMPT_YML
from promptci.records.chunkfiles import score_path
from promptci.suite.filenames import FOLDERS, YAML, name_below, path_eval_name
from promptci.suite.naming import evals_called, only_eval

MOST_PROJECTS = 5
"""Folders with a project of their own that are named."""

_PROJECTS = (CONFIG, *FOLDERS)
"""What a folder has that is a project."""


def need_project(workspace: Workspace, command: str) -> None:
    """Raises `NothingToRunError` where the folder is no project and folders below it are."""
    if sentence := projects_elsewhere(workspace, f"promptci -C {{}} {command}"):
        raise NothingToRunError(sentence)


def projects_elsewhere(workspace: Workspace, call: str) -> str:
    """Where the projects are, and how to name one, if the folder itself is none; else nothing.

    `call` is the command for one of them, with `{}` for its folder.
    """
    repo = workspace.repo
    if repo.is_bare or any((repo.root / name).exists() for name in _PROJECTS):
        return ""
    below = [] if repo.worktree.prompt_ymls() else repo.projects_below()
    if not below:
        return ""
    named = ", ".join(f"`{excerpt(each)}`" for each in below[:MOST_PROJECTS])
    cure = f"go there, or use `{call.replace('{}', below[0])}`"
    return f"there are no evals in evals/; projects are in {named}: {cure}"


def named_eval(project: ProjectFiles, name: str) -> str:
    """The name of the one eval that a name or a path means.

    An eval that has a file or a record by that very name comes first, as with every command; then
    what the files of the working tree make of the name; else it is taken for an eval of the past.
    Raises `RequestError` for a name that means several evals or leads out of the project.
    """
    plain = path_eval_name(name)
    if _is_there(project, plain):
        return plain
    project.workspace.names = (name,)
    try:
        suite = project.workspace.suite
    except PromptCIError:
        return _past(name, plain)
    found = evals_called(name, suite.evals, suite.prompts)
    return only_eval(found, name).name if found else _past(name, plain)


def _past(name: str, plain: str) -> str:
    """An eval that no file has now: a `.prompt.yml` is called by its path below `prompts/`."""
    return name_below(inside(name), "prompts/") if name.endswith(PROMPT_YML) else plain


def _is_there(project: ProjectFiles, name: str) -> bool:
    """Whether the working tree or the last commit has an eval or a record of just this name."""
    repo = project.workspace.repo
    trees = (None if repo.is_bare else repo.worktree, project.workspace.committed)
    paths = (score_path(name), *(f"evals/{name}{ending}" for ending in YAML))
    return any(tree.exists(path) for tree in trees if tree is not None for path in paths)

"""The files around a command that asks no model, and names for the shell to complete."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from pathlib import Path
from typing import Any, TypeAlias

import click

from promptci.commands.display import say
from promptci.commands.evalargument import EvalArgument, name_eval
from promptci.commands.pathnames import names_from
from promptci.errors import PromptCIError
from promptci.latepattern import late
from promptci.project.naming import need_project
from promptci.project.workspace import ProjectFiles
from promptci.suite.filenames import JUDGES

_WORD = late(r"\w[\w./@:,+=-]*")
"""A name that no shell takes for more than a word; others are not offered for completion."""


_Command: TypeAlias = Callable[..., Any]

OF_A_PROJECT = ("accept", "diff", "log", "show", "why")
"""Commands to which a folder without a project has nothing to say."""


def pass_files(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its project's files: with models and money it would start more slowly."""

    @click.pass_obj
    def wrapped(folder: Path, *args: Any, **kwargs: Any) -> Any:
        with _opened(folder) as project:
            project.workspace.learn_keys()
            name = click.get_current_context().info_name or ""
            if name in OF_A_PROJECT:
                need_project(project.workspace, name)
            names_from(folder.absolute(), project.workspace.repo.root, kwargs)
            name_eval(project.workspace, kwargs)
            return command(project, *args, **kwargs)

    return update_wrapper(wrapped, command)


@contextmanager
def _opened(folder: Path) -> Iterator[ProjectFiles]:
    project = ProjectFiles(folder.absolute())
    try:
        yield project
    finally:
        if project.workspace.state_remark:
            say(project.workspace.state_remark)
        project.close()


def eval_argument(command: _Command) -> _Command:
    """Give a command the argument `name`; to be used with `pass_files` or `pass_project`."""
    named = click.argument("name", cls=EvalArgument, required=False, shell_complete=complete_evals)
    return named(command)


def complete_evals(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The names of evals that begin so, for the shell; none where there is no project."""
    with _opened(ctx.find_root().params.get("folder") or Path()) as project:
        try:
            paths = project.workspace.repo.worktree.files("evals")
        except PromptCIError:
            return []
    names = (path.removeprefix("evals/").removesuffix(".yaml") for path in paths)
    evals = (name for name in names if f"evals/{name}.yaml" in paths and name[-7:] != ".scores")
    return _offered(incomplete, (name for name in evals if not _is_of_judges(name)))


def _is_of_judges(name: str) -> bool:
    """Whether a file is most likely a judge's; to be sure one would have to read it."""
    return JUDGES in name.split("/")[:-1]


def complete_judges(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The names of files for judges that begin so, for the shell."""
    with _opened(ctx.find_root().params.get("folder") or Path()) as project:
        try:
            paths = project.workspace.repo.worktree.files(f"evals/{JUDGES}")
        except PromptCIError:
            return []
    start = f"evals/{JUDGES}/"
    names = (path[len(start) : -5] for path in paths if path.endswith(".yaml"))
    return _offered(incomplete, names)


def _offered(incomplete: str, names: Iterable[str]) -> list[str]:
    """Names that begin so and are words to any shell, which takes them as they are."""
    return [name for name in names if name.startswith(incomplete) and _WORD.fullmatch(name)]

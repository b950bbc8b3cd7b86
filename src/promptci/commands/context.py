"""What commands share: the project around them, and how to write to this terminal."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click

from promptci.commands.observing import TerminalObserver
from promptci.errors import PromptCIError
from promptci.project.project import Project
from promptci.suite.suite import JUDGES

_WORD = re.compile(r"\w[\w./@:,+=-]*")
"""A name that no shell takes for more than a word; others are not offered for completion."""

ALLOW_CODE = "promptci.allow_code"
"""Where `--allow-code` is kept until the project is opened."""


def pass_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its project, and close that afterwards."""

    @click.pass_obj
    def wrapped(folder: Path, *args: Any, **kwargs: Any) -> Any:
        allow_code = bool(click.get_current_context().meta.get(ALLOW_CODE))
        with opened(folder, allow_code=allow_code) as project:
            project.workspace.learn_keys()
            code = command(project, *args, **kwargs)
            project.end()
            return code

    return update_wrapper(wrapped, command)


@contextmanager
def opened(folder: Path, *, allow_code: bool = False) -> Iterator[Project]:
    """A project for as long as it is used."""
    project = Project(
        folder.absolute(),
        environ=os.environ,
        allow_code=allow_code,
        observer=TerminalObserver(),
    )
    try:
        yield project
    finally:
        if project.workspace.state_remark:
            project.observer.remark(project.workspace.state_remark)
        project.close()


def complete_evals(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """The names of evals that begin so, for the shell; none where there is no project."""
    with opened(ctx.find_root().params.get("folder") or Path()) as project:
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
    with opened(ctx.find_root().params.get("folder") or Path()) as project:
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

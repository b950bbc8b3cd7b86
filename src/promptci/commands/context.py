"""The project around a command that may ask models."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from pathlib import Path
from typing import Any

import click

from promptci.commands.evalargument import name_eval
from promptci.commands.observing import TerminalObserver
from promptci.commands.options import ALLOW_CODE
from promptci.commands.pathnames import names_from
from promptci.project.naming import need_project
from promptci.project.project import Project

ANYWHERE = ("check", "import", "init", "merge-record")
"""Commands that say by themselves what is missing, or need no evals. Git starts a merge driver at
the repository's top, wherever the project is."""


def pass_project(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its project, and close that afterwards."""

    @click.pass_obj
    def wrapped(folder: Path, *args: Any, **kwargs: Any) -> Any:
        allow_code = bool(click.get_current_context().meta.get(ALLOW_CODE))
        with opened(folder, allow_code=allow_code) as project:
            project.workspace.learn_keys()
            name = click.get_current_context().info_name or ""
            if name not in ANYWHERE:
                need_project(project.workspace, name)
            names_from(folder.absolute(), project.workspace.repo.root, kwargs)
            name_eval(project.workspace, kwargs)
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
        project.close()

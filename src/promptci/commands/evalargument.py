"""The name of an eval as an argument, which may be left out where there is only one."""

from typing import Any

import click

from promptci.errors import RequestError
from promptci.parsing.didyoumean import did_you_mean
from promptci.project.workspace import Workspace


class EvalArgument(click.Argument):
    """An argument that `name_eval` fills in where it was left out."""


def name_eval(workspace: Workspace, given: dict[str, Any]) -> None:
    """Name the only eval where none was named.

    Raises `RequestError` where there are others, `NothingToRunError` where there is none, and
    `SpecError` where that cannot be said.
    """
    for each in click.get_current_context().command.params:
        if isinstance(each, EvalArgument) and given["name"] is None:
            from promptci.run.planning.selection import select  # late: it is mostly named

            names = [spec.name for spec in select(workspace.suite, ())]
            if len(names) != 1:
                raise RequestError(f"name an eval: {did_you_mean('', names)}")
            [given["name"]] = names

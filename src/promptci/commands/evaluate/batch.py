"""`promptci batch`."""

import click

from promptci.batching.receipt import OPEN, Receipt
from promptci.commands.context import pass_project
from promptci.commands.display import look
from promptci.commands.options import json_option
from promptci.project.batchruns.batchkeeping import cancel_batches, collect_batches, known_batches
from promptci.project.project import Project
from promptci.render.json.evaluate.batch import BatchesV1, batch_parts
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.evaluate.batch import batches


@click.group(invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, wants_json: bool) -> int:
    """List, collect or cancel the batches that were sent.

    `run --batch`, `check --batch` and `compare --batch` send them. Without a command this lists
    them.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    code: int = ctx.invoke(list_, wants_json=wants_json)
    return code


@command.command("list")
@json_option
@pass_project
def list_(project: Project, wants_json: bool) -> int:
    """List them: those under way, and what became of the others in the last 30 days."""
    return _say(known_batches(project), wants_json=wants_json, code=0)


@command.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@json_option
@pass_project
def collect(project: Project, ids: tuple[str, ...], wants_json: bool) -> int:
    """Store the answers of those that have ended; the others are not waited for.

    Afterwards `run`, `check` and `compare` find them stored. Exits 3 where one is under way. On
    another machine: copy `.promptci/batches` there before.
    """
    found = collect_batches(project, ids)
    code = 3 if any(each.stage in OPEN for each in found) else 0
    return _say(found, wants_json=wants_json, code=code)


@command.command()
@click.argument("ids", nargs=-1, metavar="[ID]...")
@json_option
@pass_project
def cancel(project: Project, ids: tuple[str, ...], wants_json: bool) -> int:
    """End those that are under way; what is answered by then has to be paid and is kept.

    The services take a while to end one: `promptci batch collect` then stores its answers.
    """
    return _say(cancel_batches(project, ids), wants_json=wants_json, code=0)


def _say(found: list[Receipt], *, wants_json: bool, code: int) -> int:
    """The same for people and for programs."""
    if wants_json:
        click.echo(dumps(BatchesV1(exit_code=code, batches=batch_parts(found))))
    else:
        click.echo(batches(found, look()), nl=False)
    return code

"""`promptci completion`."""

import click
from click.shell_completion import get_completion_class

from promptci.commands.options import OneOf, json_option
from promptci.render.json.jsontext import dumps
from promptci.render.json.setup import CompletionV1


@click.command(epilog='For example, in ~/.bashrc:  eval "$(promptci completion bash)"')
@click.argument("shell", type=OneOf(["bash", "zsh", "fish"]))
@json_option
@click.pass_context
def command(ctx: click.Context, shell: str, wants_json: bool) -> int:
    """Print the shell's completion script."""
    made = get_completion_class(shell)
    assert made is not None
    script = made(ctx.find_root().command, {}, "promptci", "_PROMPTCI_COMPLETE").source()
    click.echo(dumps(CompletionV1(script=script)) if wants_json else script)
    return 0

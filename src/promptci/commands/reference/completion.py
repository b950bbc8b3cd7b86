"""`promptci completion`."""

import click
from click.shell_completion import get_completion_class


@click.command(epilog='For example, in ~/.bashrc:  eval "$(promptci completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the shell's completion script."""
    made = get_completion_class(shell)
    assert made is not None
    click.echo(made(ctx.find_root().command, {}, "promptci", "_PROMPTCI_COMPLETE").source())
    return 0

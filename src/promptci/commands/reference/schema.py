"""`promptci schema`."""

import json
from pathlib import Path

import click

from promptci.commands.context import opened
from promptci.project.schemas.fileschemas import SCHEMAS, write_schemas


@click.command()
@click.argument("format", type=click.Choice(list(SCHEMAS)), required=False)
@click.pass_obj
def command(folder: Path, format: str | None) -> int:
    """Print the JSON Schema of a file format, for editors.

    An editor with a YAML language server uses it when a file begins with the line
    `# yaml-language-server: $schema=PATH`. Without FORMAT all of them are written to
    .promptci/schemas, where the files that `promptci init` writes look for them.
    """
    if format is not None:
        click.echo(json.dumps(SCHEMAS[format](), indent=2))
        return 0
    with opened(folder) as project:
        for path in write_schemas(project.workspace.repo.root):
            click.echo(f"wrote {path}")
    return 0

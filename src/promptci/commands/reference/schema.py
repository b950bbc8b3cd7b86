"""`promptci schema`."""

from pathlib import Path

import click

from promptci.commands.context import opened
from promptci.commands.options import OneOf, json_option
from promptci.project.schemas.fileschemas import SCHEMAS, schema_text, write_schemas
from promptci.render.json.jsontext import dumps
from promptci.render.json.setup import SchemaV1


@click.command()
@click.argument("format", type=OneOf(list(SCHEMAS)), required=False)
@json_option
@click.pass_obj
def command(folder: Path, format: str | None, wants_json: bool) -> int:
    """Print the JSON Schema of a file format, for editors.

    An editor with a YAML language server uses it when a file begins with the line
    `# yaml-language-server: $schema=PATH`. Without FORMAT all of them are written to
    .promptci/schemas, where the files that `promptci init` writes look for them.
    """
    if format is not None:
        click.echo(schema_text(SCHEMAS[format]()))
        return 0
    with opened(folder) as project:
        repo = project.workspace.repo
        repo.worktree  # noqa: B018  # a bare repository has no place for them
        written = [str(path) for path in write_schemas(repo.root)]
    said = "".join(f"wrote {path}\n" for path in written)
    click.echo(dumps(SchemaV1(written=written)) if wants_json else said, nl=wants_json)
    return 0

"""`promptci merge-record`."""

from pathlib import Path

import click

from promptci.atomic import write_text
from promptci.commands.context import pass_project
from promptci.commands.display import say
from promptci.errors import RequestError, StorageError
from promptci.project.mergedriver import install_driver
from promptci.project.project import Project
from promptci.records.chunkmerging import chunk_in, merge_chunks
from promptci.records.chunkwriter import merged_text
from promptci.records.merging import Records, merge_records
from promptci.records.recordfile import chunked, read_records


@click.command(
    epilog="`promptci merge-record --install`, once in each clone, has git call it: .gitattributes "
    "says for which files. Records that cannot be read stay in conflict."
)
@click.argument("files", nargs=-1, metavar="BASE OURS THEIRS [PATH]")
@click.option("--install", is_flag=True, help="Have git in this clone merge records with it.")
@pass_project
def command(project: Project, files: tuple[str, ...], *, install: bool) -> int:
    """Merge two branches' score records, as git's merge driver.

    The result is written to OURS. What neither side measured is marked unmeasured, which is never a
    pass: `promptci check` evaluates it, and `promptci run` writes it anew.
    """
    if install:
        if files:
            raise RequestError("--install takes no files: leave them out")
        install_driver(project.workspace.repo)
        click.echo("git merges score records with promptci in this clone")
        return 0
    if len(files) not in (3, 4):
        raise RequestError("name three files, base, ours and theirs, or use --install")
    path = files[-1] if len(files) == 4 else files[1]
    sides = [_bytes(each) for each in files[:3]]
    if any(map(chunk_in, sides)):
        write_text(Path(files[1]).absolute(), merge_chunks(*sides, path=path))
        return 0
    base, ours, theirs = (_records(*each) for each in zip(sides, files[:3], strict=True))
    merged = merge_records(base, ours, theirs)
    write_text(Path(files[1]).absolute(), merged_text(merged))
    if any(record.is_merged for record in merged.values()):
        count = _unmeasured(merged)
        say(f"{path}: merged, {count} not measured: `promptci run` writes it anew")
    return 0


def _unmeasured(merged: Records) -> str:
    """How many examples were not measured, or what both sides changed chunks of."""
    count = sum(r.is_merged for each in chunked(merged) for r in each.lines.values())
    if count:
        return "1 chunk" if count == 1 else f"{count} chunks"
    return str(sum(r.is_unmeasured for each in merged.values() for r in each.results))


def _bytes(file: str) -> bytes:
    """A file that git gives."""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise StorageError(f"{file}: cannot be read: {error.strerror}") from error


def _records(data: bytes, file: str) -> Records:
    """The records in a file that git gives; none in an empty one."""
    return read_records(data, file, "record") if data.strip() else {}

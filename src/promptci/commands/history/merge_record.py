"""`promptci merge-record`."""

from collections.abc import Sequence
from pathlib import Path

import click

from promptci.atomic import write_text
from promptci.commands.context import pass_project
from promptci.commands.display import say
from promptci.commands.options import json_option
from promptci.errors import RequestError, StorageError
from promptci.project.project import Project
from promptci.project.runrecords.mergedriver import (
    LINE,
    install_driver,
    is_heeded,
    merged_parts,
)
from promptci.records.chunkmerging import chunk_in, merge_chunks
from promptci.records.chunkwriter import merged_text
from promptci.records.merging import merge_records
from promptci.records.record import Records
from promptci.records.recordfile import chunked, read_records
from promptci.render.json.jsontext import dumps
from promptci.render.json.setup import MergeRecordV1


@click.command(
    epilog="`promptci merge-record --install`, once in each clone, has git call it: .gitattributes "
    "says for which files. Records that cannot be read stay in conflict."
)
@click.argument("files", nargs=-1, metavar="BASE OURS THEIRS [PATH]")
@click.option("--install", is_flag=True, help="Have git in this clone merge records with it.")
@json_option
@pass_project
def command(project: Project, files: tuple[str, ...], *, install: bool, wants_json: bool) -> int:
    """Merge two branches' score records, as git's merge driver.

    The result is written to OURS. What neither side measured is marked unmeasured, which is never a
    pass: `promptci check` evaluates it, and `promptci run` rewrites it.
    """
    if install:
        if files:
            raise RequestError("--install takes no files: leave them out")
        return _install(project, wants_json=wants_json)
    if len(files) not in (3, 4):
        raise RequestError("name three files, base, ours and theirs, or use --install")
    path = files[-1] if len(files) == 4 else files[1]
    sides = [_bytes(each) for each in files[:3]]
    ours = Path(files[1]).absolute()
    if any(map(chunk_in, sides)):
        write_text(ours, merge_chunks(*sides, path=path))
        unmeasured = ""
    else:
        text, unmeasured = _merged(project, sides, files, path)
        write_text(ours, text)
    if wants_json:
        click.echo(dumps(MergeRecordV1(path=path, unmeasured=unmeasured)))
    elif unmeasured:
        say(f"{path}: merged, {unmeasured} not measured: `promptci run` rewrites it")
    return 0


def _install(project: Project, *, wants_json: bool) -> int:
    """Install the driver, and say what git still lacks to call it."""
    repo = project.workspace.repo
    install_driver(repo)
    said = "git merges score records with promptci in this clone"
    lack = "" if is_heeded(repo) else f", once .gitattributes has the line `{LINE}`: add it"
    if wants_json:
        click.echo(dumps(MergeRecordV1(lacking=LINE if lack else "")))
    else:
        click.echo(f"{said}{lack}")
    return 0


def _merged(
    project: Project, sides: Sequence[bytes], files: Sequence[str], path: str
) -> tuple[str, str]:
    """Both sides' records as one file, and what of it neither measured, in words.

    The merged files are looked at where records alone do not say that a side measured just these;
    not of chunks, each of which is merged by itself.
    """
    base, ours, theirs = (_records(*each) for each in zip(sides, files[:3], strict=True))
    merged = merge_records(base, ours, theirs)
    if any(record.is_merged for record in merged.values()) and not list(chunked(merged)):
        now = merged_parts(project.workspace.repo, path, project.environ)
        merged = merge_records(base, ours, theirs, now=now)
    is_merged = any(record.is_merged for record in merged.values())
    return merged_text(merged), _unmeasured(merged) if is_merged else ""


def _unmeasured(merged: Records) -> str:
    """How many examples were not measured, or what both sides changed chunks of.

    Of chunks the summary alone says it: git has them elsewhere while it merges.
    """
    lines = [line for each in chunked(merged) for line in each.lines.values()]
    count = sum(line.is_merged for line in lines)
    if count:
        return "1 chunk" if count == 1 else f"{count} chunks"
    if lines:
        return str(sum(line.unmeasured for line in lines))
    return str(sum(record.unmeasured for record in merged.values()))


def _bytes(file: str) -> bytes:
    """A file that git gives."""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise StorageError(f"{file}: cannot be read: {error.strerror}") from error


def _records(data: bytes, file: str) -> Records:
    """The records in a file that git gives; none in an empty one."""
    return read_records(data, file, "record") if data.strip() else {}

"""The option `--report KIND=FILE`, and writing what it asks for."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click

from promptci.atomic import write_report
from promptci.parsing.source import did_you_mean
from promptci.render.reports import REPORTS, writer_of

Reports: TypeAlias = Sequence[tuple[str, Path]]
"""Reports that are asked for: format and file."""


def _parse(_: click.Context, __: click.Parameter, values: Sequence[str]) -> Reports:
    return tuple(_reports(values))


def _reports(values: Sequence[str]) -> Iterator[tuple[str, Path]]:
    for value in values:
        format, equals, path = value.partition("=")
        if not equals or not path:
            raise click.BadParameter(f"`{value}` names no file: write KIND=FILE")
        if format not in REPORTS:
            advice = did_you_mean(format, REPORTS)
            raise click.BadParameter(f"there is no format `{format}`: {advice}")
        yield format, Path(path)


_KINDS = f"{', '.join(list(REPORTS)[:-1])} or {list(REPORTS)[-1]}"

report_option = click.option(
    "--report",
    "reports",
    multiple=True,
    callback=_parse,
    metavar="KIND=FILE",
    help=f"Write a report to a file; KIND is {_KINDS}.  [repeatable]",
)
"""Report files to write, as the argument `reports`."""


def alias_option(name: str, help: str) -> Callable[[Any], Any]:
    """An older way to ask for one of them."""
    kind = click.Path(path_type=Path)
    parameter = f"{name.removeprefix('--')}_file"
    return click.option(name, parameter, type=kind, metavar="FILE", help=help)


def write_reports(command: str, result: object, reports: Reports) -> None:
    """Write a command's result in each format that is asked for."""
    for format, path in reports:
        write_report(path, writer_of(format, command)(result))

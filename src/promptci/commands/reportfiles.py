"""The option `--report KIND=FILE`, and writing what it asks for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import click

from promptci.atomic import add_report, write_report
from promptci.parsing.source import did_you_mean
from promptci.render.reports import ADDED, LINT_REPORTS, REPORTS, writer_of

Reports: TypeAlias = Sequence[tuple[str, Path]]
"""Reports that are asked for: format and file."""


def _option(table: Mapping[str, str]) -> Callable[[Any], Any]:
    """The option with the formats of a table."""
    names = sorted(table)
    kinds = f"{', '.join(names[:-1])} or {names[-1]}"

    def parse(_: click.Context, __: click.Parameter, values: Sequence[str]) -> Reports:
        return tuple(_reports(values, table))

    return click.option(
        "--report",
        "reports",
        multiple=True,
        callback=parse,
        metavar="KIND=FILE",
        help=f"Write a report to a file; KIND is {kinds}.  [repeatable]",
    )


def _reports(values: Sequence[str], table: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    seen: set[Path] = set()
    for value in values:
        format, equals, name = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"`{value}` names no file: write KIND=FILE")
        if format not in table:
            advice = did_you_mean(format, table)
            if format in REPORTS | LINT_REPORTS:
                advice = "`lint` writes it" if format in LINT_REPORTS else "`check` writes it"
            raise click.BadParameter(f"there is no format `{format}` here: {advice}")
        path = Path(name)
        if path in seen:
            raise click.BadParameter(f"{path} is named twice: give each report its own file")
        seen.add(path)
        yield format, path


report_option = _option(REPORTS)
"""Report files to write, as the argument `reports`."""

lint_report_option = _option(LINT_REPORTS)
"""The same with the formats for faults of files."""


def alias_option(name: str, help: str) -> Callable[[Any], Any]:
    """An older way to ask for one of them."""
    kind = click.Path(path_type=Path)
    parameter = f"{name.removeprefix('--')}_file"
    return click.option(name, parameter, type=kind, metavar="FILE", help=help)


def write_reports(command: str, result: object, reports: Reports) -> None:
    """Write a command's result in each format that is asked for."""
    for format, path in reports:
        write = add_report if format in ADDED else write_report
        write(path, writer_of(format, command)(result))

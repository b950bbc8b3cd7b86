"""The option `--report KIND=FILE`, and writing what it asks for."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from promptci.atomic import add_report, write_report
from promptci.parsing.didyoumean import did_you_mean, meant_name
from promptci.render.reports import ADDED, LINT_REPORTS, REPORTS, WITH_ANSWERS, writer_of

if TYPE_CHECKING:
    from promptci.project.project import Project
    from promptci.reportdata.answerbook import AnswerBook
    from promptci.reportdata.reported import Reported
    from promptci.run.driving.work import Finished

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
            kind = meant_name(format, table) or "KIND"
            raise click.BadParameter(f"`{value}` names no file: write {kind}=FILE")
        if format not in table:
            advice = did_you_mean(format, table)
            if format in REPORTS | LINT_REPORTS:
                advice = "`lint` writes it" if format in LINT_REPORTS else "`check` writes it"
            raise click.BadParameter(f"there is no format `{format}` here: {advice}")
        if name == "-":
            raise click.BadParameter(f"`{value}`: reports go into files: name one, or give --json")
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


def answers_for(reports: Reports) -> "AnswerBook | None":
    """Where all answers go, if a format is asked for that shows them."""
    if not any(format in WITH_ANSWERS for format, _ in reports):
        return None
    from promptci.reportdata.answerbook import AnswerBook

    return AnswerBook()


def remember(book: "AnswerBook | None") -> "Callable[[Finished], None]":
    """What receives every result."""
    from promptci.compare.planruns import pass_over

    return pass_over if book is None else book.take


def whole_page(
    page: str, project: "Project", result: object, book: "AnswerBook | None", **more: object
) -> "Callable[[], Reported] | None":
    """What a page shows of a result, by a function of `project.reporting`; if one is asked for."""
    if book is None:
        return None
    make = getattr(import_module("promptci.project.reporting"), page)
    return partial(make, project, result, book, **more)


def write_reports(
    command: str, result: object, reports: Reports, whole: "Callable[[], Reported] | None" = None
) -> None:
    """Write a command's result in each format that is asked for.

    `whole` gives the result with all answers, for the formats that show them.
    """
    for format, path in reports:
        write = add_report if format in ADDED else write_report
        shown = whole() if whole is not None and format in WITH_ANSWERS else result
        write(path, writer_of(format, command)(shown))

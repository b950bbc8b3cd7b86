"""`promptci lint`."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence

import click

from promptci.commands.context import pass_project
from promptci.commands.display import folded, say
from promptci.commands.jobsummary import annotate_faults
from promptci.commands.options import json_option
from promptci.commands.reading import complete_evals
from promptci.commands.reportfiles import (
    Reports,
    lint_report_option,
    write_reports,
)
from promptci.errors import Fault
from promptci.project.linting import lint_project
from promptci.project.project import Project
from promptci.render.faultplaces import LintedFiles
from promptci.render.figures import counted
from promptci.secrets.safetext import for_terminal

MOST_ALIKE = 5
"""Warnings that say the same of other places, of which a terminal shows no more."""


@click.command(
    epilog="NAME is an eval (with its prompt and its examples), a prompt, a file or a folder."
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete_evals)
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@lint_report_option
@json_option
@pass_project
def command(
    project: Project, names: tuple[str, ...], *, strict: bool, reports: Reports, wants_json: bool
) -> int:
    """Check prompts, evals and examples without asking a model.

    Every fault of every file is reported at once, with its place and its cure. Errors exit 2;
    warnings exit 0 unless --strict is given.
    """
    result = lint_project(project, names, strict=strict)
    linted = LintedFiles(result.faults, project.workspace.repo.prefix)
    write_reports("lint", linted, reports)
    annotate_faults(result.faults, project)
    if wants_json:
        from promptci.render.json.faults import lint_report
        from promptci.render.json.jsontext import dumps

        click.echo(dumps(lint_report(result.faults, result.exit_code)))
        return result.exit_code
    for line in _lines(result.faults, folds=sys.stdout.isatty()):
        click.echo(folded(for_terminal(line), sys.stdout))
    said = _closing(result.errors, len(result.faults) - result.errors)
    if not result.faults and _is_empty(project):
        said += ", since there are no prompts and no evals"
    say(said)
    return result.exit_code


def _lines(faults: Sequence[Fault], *, folds: bool) -> Iterator[str]:
    """A line for each; of many warnings that say the same of other files the first few."""
    seen: Counter[str] = Counter()
    for fault in faults:
        kind = _kind(fault) if folds and fault.warning else ""
        seen[kind] += 1
        if not kind or seen[kind] <= MOST_ALIKE:
            yield str(fault)
    left = sum(count - MOST_ALIKE for kind, count in seen.items() if kind and count > MOST_ALIKE)
    if left:
        yield f"… {counted(left, 'more warning')} like these: `promptci lint | cat` lists all"


def _kind(fault: Fault) -> str:
    """What a fault says, whatever it says it of; what it takes is loaded where there is one."""
    from promptci.compare.outcomes.failurereasons import reason_of

    return reason_of(fault.message)


def _is_empty(project: Project) -> bool:
    suite = project.workspace.suite
    return not suite.prompts and not suite.evals


def _closing(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "no faults"
    return f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

"""`promptci compare --variants`."""

from typing import Any

import click

from promptci.commands.display import look
from promptci.commands.estimates import say_estimates
from promptci.errors import RequestError
from promptci.project.experiments.variants import compare_variants, estimate_variants
from promptci.project.project import Project
from promptci.render.json.experiments.variants import variants_report
from promptci.render.json.jsontext import dumps
from promptci.render.terminal.experiments import variants as report
from promptci.spending.limits import Limits


def refuse_beside_variants(beside: bool) -> None:
    """Refuse what is about two sides."""
    if beside:
        wrong = "two sides, --eval, --prompts, --strict and --report"
        raise RequestError(f"--variants goes with none of {wrong}")


def show_variants(
    project: Project, name: str, limits: Limits, *, test: Any, is_dry: bool, wants_json: bool
) -> int:
    """Compare all variants of an eval's prompt and print a line for each."""
    project.workspace.names = (name,)
    if is_dry:
        say_estimates(estimate_variants(project, name, limits), wants_json=wants_json)
        return 0
    found = compare_variants(project, name, limits, test=test)
    if wants_json:
        click.echo(dumps(variants_report(found)))
    else:
        click.echo(report.report(found, look()), nl=False)
    return found.exit_code

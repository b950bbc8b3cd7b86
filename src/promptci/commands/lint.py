"""`promptci lint`."""

from collections.abc import Iterator
from dataclasses import replace

import click

from promptci.commands.context import pass_project
from promptci.errors import Fault, NothingToRunError, SpecError
from promptci.git.repo import PROMPT_YML
from promptci.judges.judging import bind_set
from promptci.judges.labels import judge_sets
from promptci.project.project import Project
from promptci.render.json import document
from promptci.run.plan import make_ready
from promptci.secrets.safetext import for_terminal
from promptci.specs.completion import ModelSpec
from promptci.specs.config import EMBEDDED
from promptci.specs.evalspec import EvalSpec
from promptci.suite.lint import lint_examples, lint_label, unused
from promptci.suite.suite import Suite, load_suite


@click.command()
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON document.")
@pass_project
def command(project: Project, strict: bool, wants_json: bool) -> int:
    """Check prompts, evals and examples without asking a model.

    Every fault of every file is reported at once, with its place and its cure. Errors exit 2;
    warnings exit 0 unless --strict is given.
    """
    faults = sorted(set(_faults(project)))
    errors = sum(not fault.warning for fault in faults)
    code = 2 if errors or (strict and faults) else 0
    if wants_json:
        click.echo(document.lint(faults, code))
        return code
    for fault in faults:
        click.echo(for_terminal(str(fault)))
    click.echo(_closing(errors, len(faults) - errors), err=True)
    return code


def _faults(project: Project) -> Iterator[Fault]:
    try:
        suite = project.suite
    except SpecError as error:
        yield from error.faults
        return
    yield from suite.warnings
    yield from unused(suite.prompts, suite.evals.values())
    for name in sorted(suite.evals):
        yield from _of_eval(suite, name)
        yield from _of_record(project, name)
    yield from _of_judges(suite)
    yield from _labels(project)


def _of_judges(suite: Suite) -> Iterator[Fault]:
    """The faults of judges' golden sets."""
    try:
        for found in judge_sets(suite, None):
            bind_set(found, suite, _no_build, both_orders=False)
    except NothingToRunError:
        return
    except SpecError as error:
        yield from error.faults


def _of_eval(suite: Suite, name: str) -> Iterator[Fault]:
    """The faults of one eval's examples and scorers; doubts only where there are no errors."""
    spec = suite.evals[name]
    prompt = suite.prompts[spec.prompt]
    faults: list[Fault] = []
    ready = make_ready(suite, spec, prompt, _no_build, faults)
    if spec.mark.path.endswith(PROMPT_YML):
        faults = _where_models_are(faults, suite, spec)
    yield from faults
    if ready is not None:
        yield from lint_examples(ready.golden, prompt)


class _Anybody(dict[str, ModelSpec]):
    """Models of every name."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> ModelSpec:
        return replace(EMBEDDED, name=name)


def _where_models_are(faults: list[Fault], suite: Suite, spec: EvalSpec) -> list[Fault]:
    """The faults of a `.prompt.yml`, where who answers to a model's id is only a doubt.

    The file is right; what it lacks is a line in `promptci.yaml`, and only once it is run.
    """
    config = suite.config
    known = replace(config, models=_Anybody(config.models), default_judge="anybody")
    rest: list[Fault] = []
    answered = replace(suite, config=known)
    make_ready(answered, spec, suite.prompts[spec.prompt], _no_build, rest)
    return [each if each in rest else replace(each, warning=True) for each in faults]


def _no_build(_: ModelSpec) -> str:
    return ""


def _of_record(project: Project, name: str) -> Iterator[Fault]:
    """A score record that is damaged or in the middle of a merge."""
    try:
        project.records(project.repo.worktree, name)
    except SpecError as error:
        yield from error.faults


def _labels(project: Project) -> Iterator[Fault]:
    """Labels that were left as they were although the content changed."""
    if project.committed is None:
        return
    try:
        before = load_suite(project.committed).prompts
    except SpecError:
        return
    now = project.suite.prompts
    for name in sorted(before.keys() & now.keys()):
        yield from lint_label(before[name], now[name])


def _closing(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "no faults"
    return f"{_count(errors, 'error')}, {_count(warnings, 'warning')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

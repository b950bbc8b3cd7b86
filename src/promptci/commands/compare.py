"""`promptci compare`."""

from collections.abc import Sequence
from typing import Any

import click

from promptci.commands.context import look, pass_project
from promptci.compare.compared import Compared, compare_pairs
from promptci.compare.pairs import make_pairs
from promptci.compare.renames import find_renames
from promptci.compare.sides import ComparedSide, Sides, revision_side
from promptci.errors import NothingToRunError
from promptci.project.contests import hold_contests
from promptci.project.project import Project
from promptci.project.session import Session, confirm_option, limit_options, limits_of
from promptci.render.json import document
from promptci.render.terminal import compare as report
from promptci.run.selection import select
from promptci.specs.evalspec import EvalSpec
from promptci.suite.suite import Suite


@click.command(
    epilog="A and B are each a prompt file, a model, a version label of prompts or a git revision. "
    "Where a name could be several of these, write path:, model:, label: or rev: before it."
)
@click.argument("base", metavar="A")
@click.argument("head", metavar="B")
@click.option(
    "--eval", "names", multiple=True, metavar="NAME", help="Only this eval.  [repeatable]"
)
@click.option(
    "--golden",
    type=click.Choice(["base", "head"]),
    default="head",
    show_default=True,
    help="Whose golden examples both sides answer.",
)
@confirm_option
@click.option(
    "--test",
    type=click.Choice(["exact", "midp"]),
    default="exact",
    show_default=True,
    help="The form of McNemar's test.",
)
@click.option("--prompts", is_flag=True, help="Show how the prompts differ.")
@click.option("--strict", is_flag=True, help="Exit 1 where too few examples leave it open.")
@click.option("--json", "wants_json", is_flag=True, help="Print one JSON document instead.")
@limit_options
@pass_project
def command(
    project: Project,
    *,
    base: str,
    head: str,
    names: tuple[str, ...],
    golden: str,
    times: int,
    test: Any,
    prompts: bool,
    strict: bool,
    wants_json: bool,
    **options: Any,
) -> int:
    """Put two revisions, models or versions of prompts against each other.

    Both sides answer the same golden examples; stored answers are not asked again. Exits 1 where
    B is worse than A and 3 where there is no verdict.
    """
    project.names = names
    sides = Sides(project.repo, project.suite, names)
    before, after = sides.resolve(base), sides.resolve(head)
    suite = (before if golden == "base" else after).suite or project.suite
    before, after = _called(before, suite), _called(after, suite)
    specs = _relevant(suite, select(suite, names), before, after, is_named=bool(names))
    pairs, obstacles = make_pairs(suite, specs, before, after, project.build)
    if not pairs and obstacles:
        raise NothingToRunError("; ".join(f"{name}: {why}" for name, why in obstacles.items()))
    session = Session(project, limits_of(options, project.suite.config))
    found = compare_pairs(pairs, session.run, project.cache.get, times=times, test=test)
    found = hold_contests(project, session, found)
    code = _exit_code(found, strict=strict)
    if wants_json:
        click.echo(document.compare(found, obstacles, before, after, code))
    else:
        text = report.report(found, obstacles, before, after, look(), prompts=prompts)
        click.echo(text, nl=False)
    return code


def _called(side: ComparedSide, suite: Suite) -> ComparedSide:
    """A side that knows its evals by the names that they have in a suite."""
    if side.suite is None or side.suite is suite:
        return side
    return revision_side(side.suite, side.name, find_renames(side.suite, suite))


def _relevant(
    suite: Suite,
    specs: Sequence[EvalSpec],
    base: ComparedSide,
    head: ComparedSide,
    *,
    is_named: bool,
) -> list[EvalSpec]:
    """The evals that the operands speak of.

    Files of a prompt speak of the evals of that prompt, a label of those whose prompt ever had
    it; a model or a revision speaks of all.
    """
    if is_named:
        return list(specs)
    for side in (head, base):
        if side.kind == "path":
            mine = [s for s in specs if suite.prompts[s.prompt].mark.path == side.name]
            if mine:
                return mine
    labels = [side for side in (base, head) if side.kind == "label"]
    return [spec for spec in specs if all(side.pick(spec) is not None for side in labels)]


def _exit_code(found: Sequence[Compared], *, strict: bool) -> int:
    """3 without a verdict, 1 where the head is worse or, if strict, might be, else 0."""
    if any(compared.is_undecided for compared in found):
        return 3
    open_ = strict and any(c.judgement.verdict == "underpowered" for c in found)
    return 1 if open_ or any(c.blocks for c in found) else 0

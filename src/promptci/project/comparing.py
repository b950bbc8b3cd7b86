"""Compare two revisions, models or versions of prompts on the same golden examples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from promptci.compare.compared import Compared, compare_pairs
from promptci.compare.confirmation import CONFIRM
from promptci.compare.pairs import make_pairs
from promptci.compare.renames import find_renames
from promptci.compare.sides import ComparedSide, Sides, revision_side
from promptci.errors import NothingToRunError
from promptci.project.contests import hold_contests
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.selection import select
from promptci.specs.evalspec import EvalSpec
from promptci.spending.limits import Limits
from promptci.suite.suite import Suite


@dataclass(frozen=True)
class CompareOptions:
    """What a comparison is told beside its two sides.

    `names` are the evals to compare, all if empty; `golden` says whose examples both sides answer,
    `confirm` how often flipped examples are asked again, `test` the form of McNemar's test.
    `strict` makes an open question count as a no.
    """

    names: tuple[str, ...] = ()
    golden: Literal["base", "head"] = "head"
    confirm: int = CONFIRM
    test: Literal["exact", "midp"] = "exact"
    strict: bool = False


@dataclass(frozen=True)
class CompareResult:
    """What a comparison found; `obstacles` says of evals why they could not be compared."""

    found: tuple[Compared, ...]
    base: ComparedSide
    head: ComparedSide
    obstacles: Mapping[str, str] = field(default_factory=dict)
    is_strict: bool = False

    @property
    def exit_code(self) -> int:
        """3 without a verdict, 1 where the head is worse or, if strict, might be, else 0."""
        if any(compared.is_undecided for compared in self.found):
            return 3
        is_open = any(c.judgement.verdict == "underpowered" for c in self.found)
        return 1 if (self.is_strict and is_open) or any(c.blocks for c in self.found) else 0


def compare_sides(
    project: Project, base: str, head: str, limits: Limits, options: CompareOptions
) -> CompareResult:
    """Put two sides against each other; answers that are stored are not asked again.

    `base` and `head` name a prompt file, a model, a version label or a git revision. Raises
    `RequestError` for names that are nothing or several things, and `NothingToRunError`.
    """
    workspace = project.workspace
    sides = Sides(workspace.repo, workspace.suite)
    before, after = sides.resolve(base), sides.resolve(head)
    suite = (before if options.golden == "base" else after).suite or workspace.suite
    before, after = _called(before, suite), _called(after, suite)
    chosen = select(suite, options.names)
    specs = _relevant(suite, chosen, before, after, is_named=bool(options.names))
    pairs, obstacles = make_pairs(suite, specs, before, after, project.models.build)
    if not pairs and obstacles:
        raise NothingToRunError("; ".join(f"{name}: {why}" for name, why in obstacles.items()))
    session = Session(project, limits)
    find = workspace.cache.get
    found = compare_pairs(pairs, session.run, find, times=options.confirm, test=options.test)
    found = hold_contests(project, session, found)
    return CompareResult(tuple(found), before, after, obstacles, options.strict)


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

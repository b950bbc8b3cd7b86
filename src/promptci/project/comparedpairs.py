"""The pairs that a comparison of two sides asks, and why some evals have none."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.pairing.comparedside import ComparedSide, revision_side
from promptci.compare.pairing.pairs import Pair, make_pairs
from promptci.compare.pairing.renames import find_renames
from promptci.compare.pairing.sides import Sides
from promptci.errors import NothingToRunError
from promptci.git.lineage import day_of
from promptci.git.repo import CommitTree
from promptci.project.comparebase import RevisionBase, revision_base
from promptci.project.project import Project
from promptci.records.acceptedlosses import in_force
from promptci.run.planning.selection import select
from promptci.run.planning.task import Task
from promptci.specs.evalspec import EvalSpec
from promptci.suite.suite import Suite


class PreparedPairs(Struct, frozen=True):
    """The two sides, their pairs, those beside them that ask alike, and why others have none.

    `suite` has the golden examples. `before` is the base where that is a revision, and `moved` are
    the tasks of which it asks something else than the head.
    """

    suite: Suite
    base: ComparedSide
    head: ComparedSide
    pairs: Sequence[Pair]
    obstacles: Mapping[str, str]
    alike: Sequence[Pair] = ()
    before: RevisionBase | None = None
    moved: Sequence[Task] = ()

    @property
    def undecided(self) -> tuple[str, ...]:
        """The evals that could not be compared though both sides have them."""
        specs = (self.suite.evals[name] for name in self.obstacles)
        sides = self.base, self.head
        return tuple(spec.name for spec in specs if all(side.has(spec) for side in sides))

    @property
    def asked_by_base(self) -> Sequence[Pair]:
        """Both sides of the base's own questions."""
        return self.before.questions().pairs(self.moved)[0] if self.before and self.moved else ()


def prepare_pairs(
    project: Project, base: str, head: str, names: Sequence[str], golden: Literal["base", "head"]
) -> PreparedPairs:
    """Resolve both operands, and pair their tasks on the examples of the `golden` side.

    `names` are the evals, all if empty. Raises `RequestError` for operands that are nothing or
    several things, and `NothingToRunError` where there is no pair.
    """
    workspace = project.workspace
    sides = Sides(workspace.repo, workspace.suite)
    before, after = sides.resolve(base), sides.resolve(head)
    suite = (before if golden == "base" else after).suite or workspace.suite
    before, after = _called(before, suite), _called(after, suite)
    chosen = select(suite, names)
    specs = _relevant(suite, chosen, before, after, is_named=bool(names))
    pairs, obstacles = make_pairs(suite, specs, before, after, project.models.build)
    if not pairs and obstacles:
        raise NothingToRunError("; ".join(f"{name}: {why}" for name, why in obstacles.items()))

    def accept(pair: Pair) -> Pair:
        return _with_accepted(project, pair, before, after)

    is_rev = after.suite is not None
    base_side = revision_base(project, before, suite, accept, can_ask=is_rev)
    moved = base_side.moved(pairs) if base_side else []
    asked = {task.spec.name for task in moved}
    same = [pair for pair in pairs if pair.is_same and pair.head.spec.name not in asked]
    if len(same) == len(pairs):
        return PreparedPairs(suite, before, after, pairs, obstacles, (), base_side)
    changed = [pair for pair in pairs if not pair.is_same or pair.head.spec.name in asked]
    settled = list(map(base_side.dress if base_side else accept, changed))
    return PreparedPairs(suite, before, after, settled, obstacles, same, base_side, moved)


def _with_accepted(project: Project, pair: Pair, before: ComparedSide, after: ComparedSide) -> Pair:
    """A pair with the losses that the head's record accepts, as `check` and `diff` take them.

    Only a revision has a record of its own, and only one of that prompt and model counts.
    """
    trees = [side.suite.tree if side.suite else None for side in (before, after)]
    if not isinstance(trees[1], CommitTree):
        return pair
    head = project.workspace.records(trees[1], pair.head.spec.name).get(pair.head.model.name)
    parts = pair.head.parts
    if head is None or (head.parts.prompt, head.parts.model) != (parts.prompt, parts.model):
        return pair
    there = before.pick(pair.head.spec)
    name = there.eval if there else ""
    was = project.workspace.records(trees[0], name) if name else {}
    days = [tree.revision for tree in trees if isinstance(tree, CommitTree)]
    day = day_of(project.workspace.repo, *days)
    return replace(pair, accepted=in_force(head, was.get(pair.base.model.name), day))


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

"""Compare two revisions, models or versions of prompts on the same golden examples."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.compared import Compared, asked_afterwards, compare_pairs
from promptci.compare.confirmation import pass_over
from promptci.compare.pairs import Pair, make_pairs
from promptci.compare.recalled.recalledpairs import PairRecall
from promptci.compare.renames import find_renames
from promptci.compare.results import CompareResult
from promptci.compare.sides import ComparedSide, Sides, revision_side
from promptci.errors import BudgetError, NothingToRunError
from promptci.git.lineage import day_of
from promptci.git.repo import CommitTree
from promptci.project.comparebase import RevisionBase, revision_base
from promptci.project.contests import hold_contests
from promptci.project.otherscorers import other_scorers
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.records.acceptedlosses import in_force
from promptci.run.driving.work import Finished
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate, with_refusals
from promptci.run.planning.plan import Plan
from promptci.run.planning.selection import select
from promptci.run.planning.task import Task
from promptci.run.solving.judgeestimate import preference_requests
from promptci.specs.evalspec import EvalSpec
from promptci.spending.limits import CONFIRM, Limits
from promptci.suite.suite import Suite


class CompareOptions(Struct, frozen=True):
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


def compare_sides(
    project: Project,
    base: str,
    head: str,
    limits: Limits,
    options: CompareOptions,
    *,
    also: Callable[[Finished], None] = pass_over,
) -> CompareResult:
    """Put two sides against each other; answers that are stored are not asked again.

    `base` and `head` name a prompt file, a model, a version label or a git revision. `also` hears
    of every result. Raises
    `RequestError` for names that are nothing or several things, and `NothingToRunError`.
    """
    prepared = _prepare(project, base, head, options)
    session = Session(
        project,
        limits,
        goes_on=True,
        total=lambda: _estimates(project, prepared, limits, options),
        also=also,
    )
    find = project.workspace.cache.get
    is_anew = limits.refresh or limits.refresh_judges or also is not pass_over
    found = compare_pairs(
        prepared.pairs,
        session.run,
        find,
        times=options.confirm,
        test=options.test,
        recalled=None if is_anew else PairRecall(project.answers, session.count_stored),
    )
    with suppress(BudgetError):
        found = hold_contests(project, session, found)
    result = _result(project, prepared, found, options)
    if prepared.before is not None:
        pairs, moved = (*prepared.pairs, *prepared.alike), prepared.moved
        result = prepared.before.held(
            result, pairs, moved, session, times=options.confirm, is_whole=not options.names
        )
    return replace(result, stopped=session.stopped, batches=session.allowance.receipts)


def _result(
    project: Project, prepared: "_Prepared", found: Sequence[Compared], options: CompareOptions
) -> CompareResult:
    """What was found, by the examples and scorers of one side."""
    sides, by_head = (prepared.base, prepared.head), options.golden == "head"
    return CompareResult(
        tuple(found),
        *sides,
        prepared.obstacles,
        options.strict,
        tuple((pair.head.spec.name, pair.head.model.name) for pair in prepared.alike),
        rescored=other_scorers(project, found, prepared.alike, sides, by_head=by_head),
        undecided=prepared.undecided,
    )


def estimate_compare(
    project: Project, base: str, head: str, limits: Limits, options: CompareOptions
) -> tuple[Estimate, ...]:
    """What a comparison would ask at most and what that would cost, found without asking.

    Judges that prefer one of two sides count at the most that they may ask, as do flips that are
    asked again.
    """
    return _estimates(project, _prepare(project, base, head, options), limits, options)


def _estimates(
    project: Project, prepared: "_Prepared", limits: Limits, options: CompareOptions
) -> tuple[Estimate, ...]:
    price = project.price_under(limits)
    pairs = [*prepared.pairs, *prepared.asked_by_base]
    tasks = {task.fingerprint: task for pair in pairs for task in (pair.base, pair.head)}
    again = [each for pair in pairs for each in asked_afterwards(pair, options.confirm)]
    again = [replace(each, of=tasks[each.of.fingerprint]) for each in again]
    plan = Plan(tuple(tasks.values()), again=tuple(again))
    found = dry_run(plan, cache=project.workspace.cache, price_of=price)
    by_task = {each.task.fingerprint: each for each in found}
    for pair in prepared.pairs:
        mine = by_task[pair.head.fingerprint]
        for example in pair.head.examples() if pair.head.judges.contests else ():
            for judge in pair.head.judges.contests:
                settings = pair.base.settings, pair.head.settings
                for request in preference_requests(judge, example, *settings):
                    mine.add(request, price(request.settings.model))
    return with_refusals(found)


class _Prepared(Struct, frozen=True):
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


def _prepare(project: Project, base: str, head: str, options: CompareOptions) -> _Prepared:
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

    def accept(pair: Pair) -> Pair:
        return _with_accepted(project, pair, before, after)

    is_rev = after.suite is not None
    base_side = revision_base(project, before, suite, accept, can_ask=is_rev)
    moved = base_side.moved(pairs) if base_side else []
    names = {task.spec.name for task in moved}
    same = [pair for pair in pairs if pair.is_same and pair.head.spec.name not in names]
    if len(same) == len(pairs):
        return _Prepared(suite, before, after, pairs, obstacles, (), base_side)
    changed = [pair for pair in pairs if not pair.is_same or pair.head.spec.name in names]
    settled = list(map(base_side.dress if base_side else accept, changed))
    return _Prepared(suite, before, after, settled, obstacles, same, base_side, moved)


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

"""Compare two revisions, models or versions of prompts on the same golden examples."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.comparing import asked_afterwards, compare_pairs
from promptci.compare.planruns import pass_over
from promptci.compare.results import CompareResult
from promptci.compare.stored.recalledpairs import PairRecall
from promptci.errors import BudgetError
from promptci.project.comparedpairs import PreparedPairs, prepare_pairs
from promptci.project.contests import hold_contests
from promptci.project.otherscorers import other_scorers
from promptci.project.preflight import models_of_plan, naming_all_keys
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.driving.work import Finished
from promptci.run.dryrun import dry_run
from promptci.run.estimates import Estimate, with_refusals
from promptci.run.planning.plan import Plan
from promptci.run.solving.judgeestimate import preference_requests
from promptci.spending.limits import CONFIRM, Limits


class CompareOptions(Struct, frozen=True):
    """What a comparison is given beside its two sides.

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
    prepared = prepare_pairs(project, base, head, options.names, options.golden)
    session = Session(
        project,
        limits,
        goes_on=True,
        total=lambda: _estimates(project, prepared, limits, options),
        also=also,
    )
    find = project.workspace.cache.get
    is_anew = limits.refresh or limits.refresh_judges or also is not pass_over
    plan = Plan(tuple(task for pair in prepared.pairs for task in (pair.base, pair.head)))
    asked = partial(models_of_plan, project, limits, plan, has_contests=True)
    with naming_all_keys(project, limits, asked):
        found = compare_pairs(
            prepared.pairs,
            session.run,
            find,
            times=options.confirm,
            test=options.test,
            recalled=None if is_anew else PairRecall(project.answers, session.count_stored),
        )
    with suppress(BudgetError):
        found = hold_contests(project, session, limits, found)
    result = _result(project, prepared, found, options)
    if prepared.before is not None:
        pairs, moved = (*prepared.pairs, *prepared.alike), prepared.moved
        result = prepared.before.held(
            result, pairs, moved, session, times=options.confirm, is_whole=not options.names
        )
    batches, taken = session.allowance.receipts, session.taken
    return replace(result, stopped=session.stopped, batches=batches, taken=taken)


def _result(
    project: Project, prepared: PreparedPairs, found: Sequence[Compared], options: CompareOptions
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
    prepared = prepare_pairs(project, base, head, options.names, options.golden)
    return _estimates(project, prepared, limits, options)


def _estimates(
    project: Project, prepared: PreparedPairs, limits: Limits, options: CompareOptions
) -> tuple[Estimate, ...]:
    price = project.price_under(limits)
    pairs = [*prepared.pairs, *prepared.asked_by_base]
    tasks = {task.fingerprint: task for pair in pairs for task in (pair.base, pair.head)}
    again = [each for pair in pairs for each in asked_afterwards(pair, options.confirm)]
    again = [replace(each, of=tasks[each.of.fingerprint]) for each in again]
    plan = Plan(tuple(tasks.values()), again=tuple(again))
    found = dry_run(plan, cache=project.workspace.cache, price_of=price)
    by_task = {each.task.fingerprint: each for each in found}
    _tell_apart(found, prepared)
    for pair in prepared.pairs:
        mine = by_task[pair.head.fingerprint]
        for example in pair.head.examples() if pair.head.judges.contests else ():
            for judge in pair.head.judges.contests:
                settings = pair.base.settings, pair.head.settings
                for request in preference_requests(judge, example, *settings):
                    mine.add(request, price(request.settings.model))
    return with_refusals(found)


def _tell_apart(found: Sequence[Estimate], prepared: PreparedPairs) -> None:
    """Name the side that asks where several rows are of one eval on one model."""
    rows = Counter((each.task.spec.name, each.task.model.name) for each in found)
    sides = prepared.base.name, prepared.head.name
    forms: dict[str, str] = {}
    for pairs, by in ((prepared.asked_by_base, f" by {sides[0]}'s own"), (prepared.pairs, "")):
        for pair in pairs:
            is_one = pair.base.fingerprint == pair.head.fingerprint
            names = (" and ".join(sides),) * 2 if is_one else sides
            for task, name in zip((pair.base, pair.head), names, strict=True):
                forms[task.fingerprint] = f"{name}{by}"
    for each in found:
        if rows[each.task.spec.name, each.task.model.name] > 1:
            each.form = forms[each.task.fingerprint]

"""Judges that prefer one of two sides, asked once both sides have answered."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain

from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.contests import Round, contest_rounds
from promptci.project.preflight import models_of_works, naming_all_keys
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.driving.work import Work
from promptci.run.estimates import Estimate, with_refusals
from promptci.scorers.base.preference import Contest
from promptci.spending.limits import Limits


def hold_contests(
    project: Project, session: Session, limits: Limits, found: Sequence[Compared]
) -> tuple[Compared, ...]:
    """Put the stored answers of both sides before each such judge, within the same ceilings."""
    held = contest_rounds(found)
    find = project.workspace.cache.get

    def all_works() -> Iterator[Work]:
        return chain.from_iterable(each.works_again(find) for each in held)

    with naming_all_keys(project, limits, partial(models_of_works, project, limits, all_works)):
        for each in held:
            bound, make_works = partial(_bound, project, each), partial(each.works_again, find)
            models = each.judge.models
            session.drive(
                list(each.works(find)), models, take=each.take, bound=bound, make_works=make_works
            )
    contests: dict[int, list[Contest]] = {}
    for each in held:
        contests.setdefault(id(each.found), []).append(each.contest)
    return tuple(replace(each, contests=tuple(contests.get(id(each), ()))) for each in found)


def _bound(project: Project, held: Round) -> tuple[Estimate, ...]:
    """What a judge that prefers one of two may be asked at most."""
    find = project.workspace.cache.get
    found = Estimate(held.found.pair.head)
    for request in held.most(find):
        found.add(request, project.prices.price(request.settings.model))
    return with_refusals((found,))

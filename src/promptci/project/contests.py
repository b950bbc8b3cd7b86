"""Judges that prefer one of two sides, asked once both sides have answered."""

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from promptci.compare.compared import Compared
from promptci.compare.contests import Round, contest_rounds
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.run.estimates import Estimate, with_refusals
from promptci.scorers.base.preference import Contest


def hold_contests(
    project: Project, session: Session, found: Sequence[Compared]
) -> tuple[Compared, ...]:
    """Put the stored answers of both sides before each such judge, within the same ceilings."""
    held = contest_rounds(found)
    find = project.workspace.cache.get
    for each in held:
        bound = partial(_bound, project, each)
        works = partial(each.works, find)
        models = each.judge.models
        session.drive(list(works()), models, take=each.take, bound=bound, anew=works)
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

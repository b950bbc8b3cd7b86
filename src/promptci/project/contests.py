"""Judges that prefer one of two sides, asked once both sides have answered."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from promptci.compare.compared import Compared
from promptci.compare.contests import contest_rounds
from promptci.project.project import Project
from promptci.project.session import Session
from promptci.scorers.base.preference import Contest


def hold_contests(
    project: Project, session: Session, found: Sequence[Compared]
) -> tuple[Compared, ...]:
    """Put the stored answers of both sides before each such judge, within the same ceilings."""
    held = contest_rounds(found)
    works = chain.from_iterable(each.works(project.workspace.cache.get) for each in held)
    if held:
        session.drive(list(works), [model for each in held for model in each.judge.models])
    contests: dict[int, list[Contest]] = {}
    for each in held:
        contests.setdefault(id(each.found), []).append(each.contest)
    return tuple(replace(each, contests=tuple(contests.get(id(each), ()))) for each in found)

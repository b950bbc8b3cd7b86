"""Evals that were joined into another one, as their records tell."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from promptci.compare.pairing.renamedetection import joined, match_joins, match_origins
from promptci.git.filechanges import FileChange
from promptci.git.repo import CommitTree, Repo
from promptci.git.revision import Revision
from promptci.history.recordorigins import are_large_alone, differing_traits, records_at
from promptci.history.sidetraits import new_digests
from promptci.records.record import Records
from promptci.suite.filenames import path_eval_name

Join: TypeAlias = Callable[[FileChange, Records, Records], tuple[Records, tuple[str, ...]]]
"""The records before a change with those of evals that it joined into this one, and their names."""


def with_joined(before: Records, after: Records, came: Sequence[Records]) -> Records:
    """An eval's records before, with those of evals that were joined into this one."""
    if not any(came):
        return before
    found = {}
    for model, record in before.items():
        others = [each[model] for each in came if model in each]
        now = {r.id: r.digest for each in after.values() for r in each.results}
        found[model] = joined(record, others, now) if others else record
    return found


def joined_at(base: CommitTree, head: CommitTree, path: str) -> Mapping[str, Records]:
    """The records of evals that are gone between two commits and whose examples this one has."""
    before = {} if are_large_alone(base, head, path) else differing_traits(base, head)
    if not before:
        return {}
    after = differing_traits(head, base)
    joins = match_joins(before, after, match_origins(before, after))
    came = sorted(was for was, into in joins.items() if into == path)
    return {path_eval_name(was): records_at(base, was) for was in came}


def joining(repo: Repo) -> Join:
    """Finds what a commit joined into an eval whose record it changed.

    Only where the record has examples that it did not have are other records looked at.
    """

    def join(step: FileChange, before: Records, after: Records) -> tuple[Records, tuple[str, ...]]:
        sets = ({record.parts.examples for record in side.values()} for side in (before, after))
        is_same = len(set.union(*sets)) == 1
        if is_same or not (step.parents and before and new_digests(before, after)):
            return before, ()
        base, head = (repo.tree(Revision(i)) for i in (step.parents[0], step.revision.id))
        came = joined_at(base, head, step.path)
        return with_joined(before, after, list(came.values())), tuple(came)

    return join

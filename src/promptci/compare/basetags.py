"""The tags that the examples of a record had at its commit, where a change took some away."""

from collections.abc import Callable
from typing import TypeAlias

from msgspec.structs import replace

from promptci.compare.outcomes.outcome import EvalOutcome
from promptci.compare.outcomes.splits import may_be_taken
from promptci.compare.pairing.comparedside import ComparedSide
from promptci.errors import RequestError
from promptci.suite.changedtags import both_tags, tags_by_digest
from promptci.suite.golden import Golden

BaseSide: TypeAlias = Callable[[EvalOutcome], ComparedSide | None]
"""The commit that an outcome is compared with, loaded when needed; None if there is none."""


def with_base_tags(outcome: EvalOutcome, base_side: BaseSide) -> EvalOutcome:
    """An outcome that fell, with the tags which its examples had in the commit of its base.

    Nothing is known of them where that commit's examples cannot be read.
    """
    before, found = outcome.base, outcome.comparison
    if before is None or found is None or not may_be_taken(before, outcome.record):
        return outcome
    if found.obstacle or not (found.ids("lost") or (found.delta or 0.0) < 0):
        return outcome
    try:
        side = base_side(outcome)
        spec = side.suite.evals.get(before.eval) if side and side.suite else None
        if side is None or side.suite is None or spec is None:
            return outcome
        there = tags_by_digest(Golden.of(side.suite.tree, spec).examples())
        return replace(outcome, base_tags=both_tags(outcome.task.examples(), there))
    except RequestError:
        return outcome

"""Tags that scorers name and no example has."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from promptci.errors import Fault
from promptci.parsing.didyoumean import did_you_mean
from promptci.scorers.registry.registry import BoundScorer
from promptci.specs.evalspec import EvalSpec

MOST_NAMES = 1000
"""Tags looked through for one that may have been meant."""


def unused_tags(
    spec: EvalSpec, scorers: Iterable[BoundScorer], tags: Collection[str]
) -> Iterator[Fault]:
    """Tags that a scorer of this eval picks or leaves out, and no example has.

    Those of a scorer set are meant for other evals.
    """
    for scorer in scorers:
        if scorer.mark.path != spec.mark.path:
            continue
        for tag in sorted((scorer.only | scorer.excluded).difference(tags)):
            advice = did_you_mean(tag, islice(sorted(tags), MOST_NAMES))
            yield scorer.mark.fault(f"`{scorer.label}`: no example has the tag `{tag}`: {advice}")

"""The scorers of an eval, and of those of its examples that have some of their own."""

from promptci.digest import canonical_json
from promptci.errors import Fault
from promptci.parsing.source import as_node
from promptci.scorers.registry.registry import BoundScorer, Reach, add_all, bind_all
from promptci.specs.evalspec import EvalSpec, Example
from promptci.suite.derivedmetrics import DerivedMetrics, parse_derived_metrics

_MOST_KEPT = 1000
"""Sets of scorers of single examples kept ready; with more of them they are made again."""


class Judges:
    """The scorers of an eval, those that single examples add, and the metrics made of them.

    `shared` are all that the eval has; those for some tags alone do not judge every example.
    `contests` judge the answers of two sides against each other, and none alone. `beside` are
    variables of examples that scorers of steps use.
    """

    def __init__(
        self,
        spec: EvalSpec,
        reach: Reach,
        faults: list[Fault],
        beside: frozenset[str] = frozenset(),
    ) -> None:
        self.beside = beside
        bound = bind_all(spec.scorers, faults, reach)
        self.shared = tuple(scorer for scorer in bound if scorer.prefer is None)
        self.contests = tuple(scorer for scorer in bound if scorer.prefer is not None)
        labels = [scorer.label for scorer in self.shared]
        self.derived: DerivedMetrics = parse_derived_metrics(spec.metrics, labels, faults)
        self.tags = frozenset[str]().union(*(s.only | s.excluded for s in self.shared))
        self._reach = reach
        self._own_varies = False
        self._with: dict[tuple[str, frozenset[str]], tuple[BoundScorer, ...]] = {}

    def of(self, example: Example, faults: list[Fault] | None = None) -> tuple[BoundScorer, ...]:
        """All scorers that judge an example: the eval's, then its own."""
        if not example.scorers and not self.tags:
            return self.shared
        written = canonical_json(example.scorers) if example.scorers else ""
        key = written, frozenset(example.tags) if written else self.tags.intersection(example.tags)
        if key not in self._with:
            if len(self._with) >= _MOST_KEPT:
                self._with.clear()
            found: list[Fault] = [] if faults is None else faults
            scorers = self._all(example, found)
            self._with[key] = tuple(each for each in scorers if each.judges(key[1]))
        return self._with[key]

    @property
    def varies(self) -> bool:
        """Whether one of them may judge an answer otherwise when asked again.

        Those of single examples are known once all examples have been looked at.
        """
        return self._own_varies or any(map(_varies, self.shared))

    @property
    def runs_code(self) -> bool:
        """Whether one of them runs the user's own code, once all examples have been looked at."""
        return self._reach.code is not None and self._reach.code.is_used

    @property
    def rests_on_files(self) -> bool:
        """Whether other files than the eval's own decide what they are."""
        return self.runs_code or bool(self._reach.files)

    @property
    def differing(self) -> frozenset[str]:
        """The files of that code which are run as another revision has them."""
        return frozenset(self._reach.code.differing if self._reach.code else ())

    def own(self, example: Example) -> list[BoundScorer]:
        """Those that judge an example and not all the others."""
        shared = {id(scorer) for scorer in self.shared}
        return [scorer for scorer in self.of(example) if id(scorer) not in shared]

    def _all(self, example: Example, faults: list[Fault]) -> tuple[BoundScorer, ...]:
        own = [as_node(scorer, example.mark) for scorer in example.scorers]
        if not own:
            return self.shared
        scorers = add_all(self.shared, own, faults, self._reach)
        for scorer in scorers:
            if scorer.prefer is not None:
                wrong = f"`{scorer.label}` judges two sides: list it in the eval's `scorers`"
                faults.append(scorer.mark.fault(wrong))
        self._own_varies |= any(map(_varies, scorers))
        return tuple(scorer for scorer in scorers if scorer.prefer is None)


def _varies(scorer: BoundScorer) -> bool:
    """Whether its judge may change an example's fate when asked again; without weight it cannot."""
    return scorer.varies and scorer.weight > 0

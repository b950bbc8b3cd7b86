"""The scores of one task, summed up as they come in: by tag, by scorer, and by class."""

from collections import Counter
from collections.abc import Sequence

from promptci.compare.outcomes.confusion import Confusion, confusion
from promptci.compare.outcomes.tally import Sum
from promptci.records.record import Classed, Tally
from promptci.run.solving.solve import Evaluated
from promptci.scorers.registry.bound import BoundScorer
from promptci.specs.evalspec import Example


class ScoreSums:
    """Sums of all that has come in for one task; each example that was answered is added."""

    def __init__(self) -> None:
        self.tags: dict[str, Sum] = {}
        self.metrics: dict[str, Sum] = {}
        self.classed: dict[str, Counter[Classed]] = {}

    def add(self, example: Example, evaluated: Evaluated) -> None:
        """Add the scores of one answer."""
        result = evaluated.result
        for tag in example.tags:
            self.tags.setdefault(tag, Sum()).add(result.score, passed=result.passed)
        for label, score in evaluated.scores:
            self.metrics.setdefault(label, Sum()).add(score.value, passed=score.passed)
            if score.classed is not None:
                self.classed.setdefault(label, Counter())[score.classed] += 1

    def by_tag(self) -> dict[str, Tally]:
        """The sum of each tag, in the order of their names."""
        return {tag: self.tags[tag].tally for tag in sorted(self.tags)}

    def means(self, scorers: Sequence[BoundScorer]) -> dict[str, float]:
        """The mean of each scorer in the eval's order; macro F1 behind one that sorts answers."""
        order = {scorer.label: place for place, scorer in enumerate(scorers)}
        labels = sorted(self.metrics, key=lambda label: (order.get(label, len(order)), label))
        confusions, means = self.confusions(scorers), dict[str, float]()
        for label in labels:
            means[label] = self.metrics[label].tally.score
            if label in confusions:
                means.setdefault(f"{label}/macro_f1", confusions[label].macro_f1)
        return means

    def confusions(self, scorers: Sequence[BoundScorer]) -> dict[str, Confusion]:
        """Which classes were taken for which, by scorer that sorts answers."""
        known = {scorer.label: scorer.classes for scorer in scorers}
        return {
            label: confusion(self.classed[label], known.get(label, ()))
            for label in sorted(self.classed)
        }

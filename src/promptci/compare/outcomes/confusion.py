"""Classes expected against classes given, over all examples of an eval."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from promptci.records.record import Classed


class ClassFigures(Struct, frozen=True):
    """One class: shares in 0..1, how many examples are of it and how many answers said so.

    `precision` is the share of the answers of this class that are right, `recall` that of the
    examples of this class that got it, `f1` 2 precision recall / (precision + recall), which is van
    Rijsbergen's (1979). Where nothing was expected or given, the share that would be of nothing is
    0.
    """

    label: str
    precision: float
    recall: float
    f1: float
    expected: int
    given: int


class Confusion(Struct, frozen=True):
    """How often which class was given where which was expected.

    `labels` are the classes in the order of the eval. A given class of None is an answer that
    named none: a miss for the class expected, and no class of its own.
    """

    labels: tuple[str, ...]
    counts: Mapping[Classed, int]

    @property
    def total(self) -> int:
        """The examples counted."""
        return sum(self.counts.values())

    @property
    def accuracy(self) -> float:
        """The share of examples whose class was given; 0 of none."""
        right = sum(self.count(label, label) for label in self.labels)
        return right / self.total if self.total else 0.0

    @property
    def macro_f1(self) -> float:
        """The mean of F1 over the classes that were expected or given at all; 0 if none was."""
        scores = [each.f1 for each in self.classes if each.expected or each.given]
        return sum(scores) / len(scores) if scores else 0.0

    @property
    def classes(self) -> tuple[ClassFigures, ...]:
        """Each class, in the order of the labels."""
        expected = dict.fromkeys(self.labels, 0)
        given = dict.fromkeys(self.labels, 0)
        for pair, count in self.counts.items():
            expected[pair.expected] += count
            if pair.got is not None:
                given[pair.got] += count
        return tuple(self._figures(label, expected[label], given[label]) for label in self.labels)

    @property
    def matrix(self) -> tuple[tuple[int, ...], ...]:
        """A row per class expected, a column per class given, a last column for answers of none."""
        return tuple(
            tuple(self.count(row, column) for column in (*self.labels, None)) for row in self.labels
        )

    @property
    def mistakes(self) -> tuple[tuple[Classed, int], ...]:
        """What was taken for what, the most frequent first."""
        wrong = [(pair, n) for pair, n in self.counts.items() if pair.expected != pair.got]
        return tuple(
            sorted(wrong, key=lambda each: (-each[1], each[0].expected, each[0].got or ""))
        )

    def count(self, expected: str, got: str | None) -> int:
        """How often one class was given where another, or the same, was expected."""
        return self.counts.get(Classed(expected, got), 0)

    def _figures(self, label: str, expected: int, given: int) -> ClassFigures:
        right = self.count(label, label)
        return ClassFigures(
            label=label,
            precision=right / given if given else 0.0,
            recall=right / expected if expected else 0.0,
            f1=2 * right / (expected + given) if expected + given else 0.0,
            expected=expected,
            given=given,
        )


def confusion(counts: Mapping[Classed, int], labels: Sequence[str]) -> Confusion:
    """The counts with their classes: those of the scorer, then others in alphabetical order."""
    seen = {label for pair in counts for label in (pair.expected, pair.got) if label is not None}
    return Confusion((*labels, *sorted(seen.difference(labels))), dict(counts))

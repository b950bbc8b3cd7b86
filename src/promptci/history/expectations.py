"""What the examples of an eval are expected to be answered with, for records that do not say."""

from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import islice

from msgspec import Struct, field

from promptci.compare.comparison import Comparison, compare_records
from promptci.compare.outcomes.splits import ResultSplit, may_be_taken, split
from promptci.digest import digest
from promptci.errors import PromptCIError
from promptci.git.repo import Tree
from promptci.records.record import Record
from promptci.specs.evalspec import Example, Gate
from promptci.suite.changedtags import Tags, both_tags, tags_by_digest
from promptci.suite.golden import Golden
from promptci.suite.groups import MOST_GROUPED, Expected, expected_values
from promptci.suite.loading import load_suite


class Golds(Struct, frozen=True):
    """An eval's gate, what it expects, and the digest of each example that expects it."""

    gate: Gate = field(default_factory=Gate)
    expected: Expected = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    def of(self, comparison: Comparison) -> Expected:
        """What is expected of the examples that are still what they were when compared."""
        sides = {each.id: each.head for each in comparison.changes}
        return {
            id_: value
            for id_, value in self.expected.items()
            if (result := sides.get(id_)) is not None and result.digest == self.digests[id_]
        }

    @property
    def digest(self) -> str:
        """A digest of all that splits follow from beside the two records."""
        return digest([self.gate.tolerance, dict(self.expected), dict(self.digests)])


class Expectations(Struct, frozen=True):
    """The evals of a tree, read when they are asked for; a faulty one expects nothing.

    `goldens` are the examples of those whose values were read.
    """

    tree: Tree
    goldens: dict[str, Golden] = field(default_factory=dict)
    _known: dict[tuple[str, bool], Golds] = field(default_factory=dict)

    def of(self, name: str, *, has_values: bool = True) -> Golds:
        """What an eval expects; without values its gate alone, for which no example is read."""
        if (name, has_values) not in self._known:
            self._known[name, has_values] = self._read(name, has_values=has_values)
        return self._known[name, has_values]

    def split(
        self, base: Record, head: Record, comparison: Comparison, trees: Sequence[Tree] = ()
    ) -> tuple[ResultSplit, ...]:
        """Two records of an eval by expected value and tag; nothing where they do not compare.

        Of more than 200,000 examples by tag alone. `trees` are those of the records, of which the
        examples are read where some may have lost tags.
        """
        if comparison.obstacle:
            return ()
        golds = self.of(head.eval, has_values=head.total <= MOST_GROUPED)
        tags = _tags_in(trees, base, head) if trees and may_be_taken(base, head) else None
        if comparison.shared.lines and (golds.expected or tags):
            comparison = compare_records(base, head)
        expected, total = golds.of(comparison), comparison.delta
        tolerance = golds.gate.tolerance
        return split(base, head, comparison, expected, tolerance=tolerance, total=total, tags=tags)

    def _read(self, name: str, *, has_values: bool) -> Golds:
        try:
            suite = load_suite(self.tree, (name,))
            spec = suite.evals[name]
            golden = self.goldens[name] = Golden.of(suite.tree, spec)
            expected = _few_expected(golden.examples()) if has_values else {}
            digests = _digests(golden.examples(), expected) if expected else {}
        except (PromptCIError, KeyError):
            return Golds()
        return Golds(spec.gate, expected, digests)


def _tags_in(trees: Sequence[Tree], base: Record, head: Record) -> Tags | None:
    """The tags of a record's examples, those that they had at its base included.

    None where they cannot be read or are too many.
    """
    if max(base.total, head.total) > MOST_GROUPED:
        return None
    try:
        before, after = (
            _examples(tree, record.eval) for tree, record in zip(trees, (base, head), strict=True)
        )
        here = list(after)
        tags = {each.id: tuple(each.tags) for each in here if each.tags}
        return tags | dict(both_tags(here, tags_by_digest(before)))
    except (PromptCIError, KeyError):
        return None


def _examples(tree: Tree, name: str) -> Iterable[Example]:
    suite = load_suite(tree, (name,))
    return Golden.of(suite.tree, suite.evals[name]).examples()


def _few_expected(examples: Iterable[Example]) -> Expected:
    """What is expected of each example; nothing where there are more than are grouped."""
    found = expected_values(islice(examples, MOST_GROUPED + 1))
    return found if len(found) <= MOST_GROUPED else {}


def _digests(examples: Iterable[Example], of: Container[str]) -> Mapping[str, str]:
    return {example.id: example.digest for example in examples if example.id in of}

"""Tags, clusters and the few values that are expected, by the ids of golden examples."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.specs.evalspec import Example
from promptci.specs.outline import Outlined
from promptci.templates.template import as_text

MOST_CLASSES = 12
"""Different expected values by which results are split; of more each is too rare."""

MOST_GROUPED = 200_000
"""Examples with tags, clusters or values that are remembered; where there are more, none is."""

Expected: TypeAlias = Mapping[str, str]
"""What is expected of each example, as text, by its id."""


class Groups(Struct):
    """What examples belong to: those with tags, those with a cluster, and by what is expected.

    `expected` is empty where it takes more than a few values; `has_files` says that some bring
    files along. Without a `most` all are noted.
    """

    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clusters: dict[str, str] = field(default_factory=dict)
    expected: dict[str, str] = field(default_factory=dict)
    most: int | None = MOST_GROUPED
    values: set[str] = field(default_factory=set)
    has_files: bool = False

    def add(self, example: Example) -> None:
        """Note what an example belongs to."""
        self.has_files |= example.names_files
        self.add_known(example)
        self.add_expected(example)

    def add_known(self, example: Outlined) -> None:
        """Note its tags and its cluster alone."""
        if example.tags and not self._is_full(self.tags):
            self.tags[example.id] = tuple(example.tags)
        if example.cluster and not self._is_full(self.clusters):
            self.clusters[example.id] = example.cluster

    @property
    def may_be_few(self) -> bool:
        """Whether what is expected still counts: so far there are few values."""
        return len(self.values) <= MOST_CLASSES and not self._is_full(self.expected)

    def add_expected(self, example: Example) -> None:
        """Note what is expected alone."""
        if self.may_be_few and isinstance(example.expected, str | int | float | bool):
            self.expect(example.id, as_text(example.expected))

    def expect(self, id_: str, value: str) -> None:
        """Note an expected value, as text, of an example by its id."""
        self.values.add(value)
        self.expected[id_] = value
        if len(self.values) > MOST_CLASSES:
            self.expected.clear()

    def _is_full(self, found: Mapping[str, object]) -> bool:
        return self.most is not None and len(found) > self.most

    @property
    def if_few(self) -> "Groups | None":
        """These, unless some had to be left out."""
        if self._is_full(self.tags) or self._is_full(self.clusters) or self._is_full(self.expected):
            return None
        expected = self.expected if self.has_few_values else {}
        return replace(self, expected=expected)

    @property
    def has_few_values(self) -> bool:
        """Whether at most `MOST_CLASSES` values are expected, each of three examples or more."""
        return 2 <= len(self.values) <= min(MOST_CLASSES, len(self.expected) // 3)


def expected_values(examples: Iterable[Example]) -> Expected:
    """What is expected of each example, where that takes few values; empty where it does not.

    Few are at most twelve, each of three examples on the average or more.
    """
    groups = Groups(most=None)
    for example in examples:
        groups.add(example)
        if len(groups.values) > MOST_CLASSES:
            return {}
    return groups.expected if groups.has_few_values else {}


def regrouped(head: Iterable[Outlined], base: Mapping[str, str]) -> dict[str, str]:
    """The base's clusters of the head's examples that belong to another one here, by their ids.

    `base` has the clusters there, empty for none, by the digest of the example.
    """
    return {e.id: base[e.digest] for e in head if base.get(e.digest, e.cluster) != e.cluster}

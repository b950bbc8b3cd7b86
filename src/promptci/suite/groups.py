"""Tags and clusters of golden examples, by their ids."""

from dataclasses import dataclass, field

from promptci.specs.evalspec import Example

MOST_GROUPED = 200_000
"""Examples with tags or clusters that are remembered; where there are more, none is."""


@dataclass(slots=True)
class Groups:
    """What examples belong to: those with tags, and those with a cluster."""

    tags: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clusters: dict[str, str] = field(default_factory=dict)

    def add(self, example: Example) -> None:
        """Note what an example belongs to."""
        if example.tags and len(self.tags) <= MOST_GROUPED:
            self.tags[example.id] = tuple(example.tags)
        if example.cluster and len(self.clusters) <= MOST_GROUPED:
            self.clusters[example.id] = example.cluster

    @property
    def if_few(self) -> "Groups | None":
        """These, unless some had to be left out."""
        return None if max(len(self.tags), len(self.clusters)) > MOST_GROUPED else self

"""Tags that a change takes away from examples: they count on, so that none hides a fall."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from promptci.specs.evalspec import Example

Tags: TypeAlias = Mapping[str, tuple[str, ...]]
"""The tags of each example, by its id."""


def taken_tags(head: Iterable[Example], base: Mapping[str, Iterable[str]]) -> Tags:
    """All tags, of both sides, of those of the head's examples that have fewer than at the base.

    `base` has the tags there by the digest of the example: the same content is the same example.
    """
    found: dict[str, tuple[str, ...]] = {}
    for each in head if base else ():
        gone = [tag for tag in base.get(each.digest, ()) if tag not in each.tags]
        if gone:
            found[each.id] = (*each.tags, *gone)
    return found


def tags_by_digest(examples: Iterable[Example]) -> Mapping[str, tuple[str, ...]]:
    """The tags of examples that have any, by their digests."""
    return {each.digest: tuple(each.tags) for each in examples if each.tags}

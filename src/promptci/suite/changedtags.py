"""Tags that a change takes from examples or gives to others: none of it hides a fall."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from promptci.specs.outline import Outlined

Tags: TypeAlias = Mapping[str, tuple[str, ...]]
"""The tags of each example, by its id."""


def both_tags(head: Iterable[Outlined], base: Mapping[str, Iterable[str]]) -> Tags:
    """The tags of both sides, of those of the head's examples that have others than at the base.

    `base` has the tags there by the digest of the example: the same content is the same example. A
    tag that other examples got besides counts for those as well that had it at the base, as
    `vip (as at the base)`, so that no fall is thinned out.
    """
    rows: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = []
    wider: set[str] = set()
    for each in head if base else ():
        before = tuple(base.get(each.digest, ()))
        wider.update(tag for tag in each.tags if tag not in before)
        if before:
            rows.append((each.id, tuple(each.tags), before))
    found: dict[str, tuple[str, ...]] = {}
    for id_, tags, before in rows:
        gone = [tag for tag in before if tag not in tags]
        own = [as_at_base(tag) for tag in before if tag in wider]
        if gone or own:
            found[id_] = (*tags, *gone, *own)
    return found


def as_at_base(name: str) -> str:
    """What a tag or an expected value is called, of the base's own examples alone."""
    return f"{name} (as at the base)"


def tags_by_digest(examples: Iterable[Outlined]) -> Mapping[str, tuple[str, ...]]:
    """The tags of examples that have any, by their digests."""
    return {each.digest: tuple(each.tags) for each in examples if each.tags}

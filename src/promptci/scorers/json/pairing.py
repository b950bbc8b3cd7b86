"""Pairing items of two lists: as many pairs as can be."""

from collections.abc import Sequence


def most_pairs(edges: Sequence[Sequence[int]]) -> dict[int, int]:
    """A largest set of pairs: which item on the right each item on the left goes with.

    `edges` holds, for each item on the left, the items on the right that it may go with (Kuhn's
    algorithm, breadth first). An item without a partner is left out.
    """
    mate: dict[int, int] = {}
    owner: dict[int, int] = {}
    for left in range(len(edges)):
        _augment(left, edges, mate, owner)
    return mate


def _augment(
    left: int, edges: Sequence[Sequence[int]], mate: dict[int, int], owner: dict[int, int]
) -> None:
    """Find a partner for one more item, others moving on where that makes room."""
    reached: dict[int, int] = {}
    queue = [left]
    for node in queue:
        for right in edges[node]:
            if right in reached:
                continue
            reached[right] = node
            if right in owner:
                queue.append(owner[right])
                continue
            _shift(right, left, reached, mate, owner)
            return


def _shift(
    right: int,
    left: int,
    reached: dict[int, int],
    mate: dict[int, int],
    owner: dict[int, int],
) -> None:
    """Give each item on the way its new partner, back to where the way began."""
    while True:
        node = reached[right]
        before = mate.get(node)
        mate[node], owner[right] = right, node
        if node == left or before is None:
            return
        right = before

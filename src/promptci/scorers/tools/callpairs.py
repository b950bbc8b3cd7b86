"""Which call that was made is which of those wanted: as many as their order allows."""

from collections.abc import Sequence
from typing import Literal

from promptci.scorers.json.pairing import most_pairs
from promptci.scorers.tools.admissible import fits_pattern
from promptci.scorers.tools.calls import Call

Pairs = dict[int, int]
"""Which call made, by its place, is which call wanted."""

CallOrder = Literal["any", "kept", "place"]
"""Whether pairs may be in any order, keep that of the calls wanted, or have the same places."""


def paired_calls(goals: Sequence[Call], made: Sequence[Call], *, order: CallOrder) -> Pairs:
    """As many pairs as the order allows."""
    edges = [{n for n, call in enumerate(made) if is_wanted(goal, call)} for goal in goals]
    if order == "any":
        return most_pairs([sorted(places) for places in edges])
    if order == "place":
        return {n: n for n, places in enumerate(edges) if n in places}
    return _longest_in_order(edges, len(made))


def is_wanted(goal: Call, call: Call) -> bool:
    """Whether a call is of the name that is wanted, with arguments that fit."""
    if goal.name != call.name:
        return False
    if goal.arguments is None:
        return True
    given = call.arguments
    return given is not None and all(
        name in given and fits_pattern(want, given[name]) for name, want in goal.arguments.items()
    )


def _longest_in_order(edges: list[set[int]], made: int) -> Pairs:
    """The most pairs that keep the order on both sides: a longest common subsequence."""
    table = [[0] * (made + 1) for _ in range(len(edges) + 1)]
    for goal in reversed(range(len(edges))):
        for call in reversed(range(made)):
            table[goal][call] = (
                1 + table[goal + 1][call + 1]
                if call in edges[goal]
                else max(table[goal + 1][call], table[goal][call + 1])
            )
    pairs: Pairs = {}
    goal = call = 0
    while goal < len(edges) and call < made:
        if call in edges[goal]:
            pairs[goal] = call
            goal, call = goal + 1, call + 1
        elif table[goal + 1][call] >= table[goal][call + 1]:
            goal += 1
        else:
            call += 1
    return pairs

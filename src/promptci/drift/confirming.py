"""Falls asked again: until they pass, or as often as that is paid for."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from promptci.records.record import Fate

MOST = 8
"""Times that one is asked again where others passed at once."""

AskOnce: TypeAlias = Callable[[frozenset[str], int], Mapping[str, Sequence[Fate]]]
"""Asks some examples once more, for the n-th time from 0, and gives their fates."""


def ask_what_holds(
    suspects: frozenset[str], times: int, ask: AskOnce
) -> Mapping[str, Sequence[Fate]]:
    """The fates of suspects that are asked again, as often as `times` for each comes to.

    What those save that pass at once is spent on the others: where most falls are chance, three
    failures of one in a row may be, too.
    """
    fates: dict[str, list[Fate]] = {id_: [] for id_ in suspects}
    left, holding = len(suspects) * times, suspects
    for attempt in range(max(times, MOST)):
        if not holding or left < len(holding):
            break
        left -= len(holding)
        for id_, found in ask(holding, attempt).items():
            fates[id_] += found
        holding = frozenset(id_ for id_ in holding if fates[id_][-1:] == ["fail"])
    return fates

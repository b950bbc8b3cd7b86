"""Which examples a part of a run asks: by a digest of their inputs, evened out by their size."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from promptci.digest import canonical_json, long_digest
from promptci.specs.evalspec import Example

_SLACK = 1.05
"""How much more than its share a part may get before an example goes to another one."""

_FIXED = 400
"""Characters that every example takes besides its own: the prompt's text, and an answer."""

_MANY = 100_000
"""From so many different inputs on, digests alone divide evenly enough (within about 1 %)."""


class _Inputs(Struct):
    """Examples with equal inputs, which are asked once and so belong to one part."""

    place: int
    weight: int
    ids: list[str] = field(default_factory=list)


def shard_ids(examples: Iterable[Example], shard: tuple[int, int]) -> frozenset[str]:
    """The ids of the examples that part `shard[0]` of `shard[1]` asks.

    An example belongs to the part that the digest of its inputs says, unless that has more than
    5 % over its share of what there is to send by then; then to the next one that has not. That is
    consistent hashing with bounded loads (Mirrokni et al., 2018, arXiv 1608.01350): whatever the
    order of the file, and where examples are added most of the others stay where they were. Only
    what the files say counts, since every machine must find the same: the length of the inputs.
    """
    number, of = shard
    groups, are_mine = _grouped(examples, number - 1, of)
    if are_mine:
        return _ids(groups)
    most = _SLACK * sum(each.weight for each in groups) / of
    loads = [0] * of
    mine: list[_Inputs] = []
    for each in sorted(groups, key=lambda one: (-one.weight, one.place)):
        part = _part(each, loads, most)
        loads[part] += each.weight
        if part == number - 1:
            mine.append(each)
    return _ids(mine)


def _part(inputs: _Inputs, loads: list[int], most: float) -> int:
    """The first part from the digest's own on that has room; where none has, the emptiest."""
    of = len(loads)
    for step in range(of):
        part = (inputs.place + step) % of
        if loads[part] + inputs.weight <= most:
            return part
    return min(range(of), key=lambda part: (loads[part], part))


def _grouped(examples: Iterable[Example], part: int, of: int) -> tuple[list[_Inputs], bool]:
    """All different inputs; of very many, those of the part alone, which the second value says."""
    groups, are_mine = dict[int, _Inputs](), of == 1
    for example in examples:
        place = int(long_digest(dict(example.vars)), 16)
        if are_mine and place % of != part:
            continue
        if place not in groups:
            groups[place] = _Inputs(place, 0 if are_mine else _FIXED + _length(example.vars))
        groups[place].ids.append(example.id)
        if not are_mine and len(groups) >= _MANY:
            groups = {at: each for at, each in groups.items() if at % of == part}
            are_mine = True
    return list(groups.values()), are_mine


def _length(inputs: Mapping[str, object]) -> int:
    return len(canonical_json(dict(inputs)))


def _ids(groups: Iterable[_Inputs]) -> frozenset[str]:
    return frozenset(id_ for each in groups for id_ in each.ids)

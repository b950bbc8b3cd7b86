"""Which new eval is an old one under another name: known by its golden examples."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from promptci.records.record import Record
from promptci.specs.evalspec import Example

ALIKE = 0.5
"""The share of the smaller golden set that must be known from the other: git's for files."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What an eval is known by, whatever it is called.

    `examples` are the digests of its golden examples by id; `kin` digests of what else it may have
    in common with another eval, such as its prompt.
    """

    examples: Mapping[str, str]
    kin: frozenset[str] = frozenset()


def traits_of_examples(examples: Iterable[Example], kin: Iterable[str] = ()) -> Traits:
    """What an eval is known by in its files."""
    return Traits({example.id: example.digest for example in examples}, frozenset(kin))


def traits_of_records(records: Iterable[Record]) -> Traits:
    """What an eval is known by in its score records, one per model."""
    examples: dict[str, str] = {}
    kin: set[str] = set()
    for record in records:
        examples |= {result.id: result.digest for result in record.results}
        kin |= {record.parts.prompt, record.parts.scorers, record.parts.model, record.prompt}
    return Traits(examples, frozenset(kin))


def may_be_another(one: Traits, other: Traits) -> bool:
    """Whether two evals of the same name share so little that one may have taken its place."""
    return _likeness(one, other, of=max) < ALIKE


def match_renames(gone: Mapping[str, Traits], new: Mapping[str, Traits]) -> dict[str, str]:
    """The old name of each new eval that is one of those gone, the most alike first.

    Two evals are alike if they share golden examples; one that was edited but kept its id counts
    half. Where several are equally alike, the same name decides, then what else they share, then
    the last part of their names.
    """
    found: dict[str, str] = {}
    for _, after, before in sorted(_alike(gone, new)):
        if after not in found and before not in found.values():
            found[after] = before
    return found


def _alike(
    gone: Mapping[str, Traits], new: Mapping[str, Traits]
) -> Iterator[tuple[tuple[float, bool, int, bool], str, str]]:
    """Every pair that is alike: how much (the least is the best), then both names."""
    holders: dict[str, list[str]] = {}
    for before, traits in gone.items():
        for mark in _marks(traits):
            holders.setdefault(mark, []).append(before)
    for after, traits in new.items():
        candidates = Counter(b for mark in _marks(traits) for b in holders.get(mark, ()))
        for before in candidates:
            if _likeness(gone[before], traits) >= ALIKE:
                likeness = _likeness(gone[before], traits, of=max)
                kin = len(gone[before].kin & traits.kin)
                is_other_name = _last(before) != _last(after)
                rank = (-round(likeness, 3), before != after, -kin, is_other_name)
                yield rank, after, before


def _marks(traits: Traits) -> set[str]:
    """By what an example is found again: its digest, and its id unless that is just a number."""
    ids = (f"id {id_}" for id_ in traits.examples if not id_.isdecimal())
    return {*traits.examples.values(), *ids}


def _likeness(one: Traits, other: Traits, of: Callable[[int, int], int] = min) -> float:
    """The share of known examples, of the smaller set or of the larger one."""
    same, edited = _shared(one, other)
    return (same + edited / 2) / max(1, of(len(one.examples), len(other.examples)))


def _shared(one: Traits, other: Traits) -> tuple[int, int]:
    """How many examples are on both sides unchanged, and how many were edited."""
    digests = set(one.examples.values()) & set(other.examples.values())
    ids = one.examples.keys() & other.examples.keys()
    edited = (
        id_
        for id_ in ids
        if not id_.isdecimal() and not {one.examples[id_], other.examples[id_]} & digests
    )
    return len(digests), sum(1 for _ in edited)


def _last(name: str) -> str:
    return name.rpartition("/")[2]

"""Which evals are renamed or split off from older ones: they are known by their golden examples.

This is the one place that says so, for files and for records.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from promptci.records.record import Record
from promptci.specs.outline import Outlined

ALIKE = 0.5
"""The share of the smaller golden set that must be known from the other: git's for files."""


class Traits(Struct, frozen=True):
    """What an eval is known by, whatever it is called.

    `examples` are the digests of its golden examples by id; `kin` digests of what else it may have
    in common with another eval, such as its prompt.
    """

    examples: Mapping[str, str]
    kin: frozenset[str] = frozenset()


def traits_of_examples(examples: Iterable[Outlined], kin: Iterable[str] = ()) -> Traits:
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


def match_origins(base: Mapping[str, Traits], head: Mapping[str, Traits]) -> dict[str, str]:
    """The base's name of each eval of the head that is not new.

    It is the same name unless the two share few examples. Several may come from one that was
    split. A copy, whose origin still has the examples, is new.
    """
    stayed = {
        name for name in base.keys() & head.keys() if not may_be_another(base[name], head[name])
    }
    gone, new = (
        {name: each for name, each in side.items() if name not in stayed} for side in (base, head)
    )
    origins = {name: name for name in stayed} | match_renames(gone, new)
    return origins | _split_off(base, head, origins)


def same_examples(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    """The older ids of examples that have another one now, and are equal in all else.

    Both sides are digests by id. Content comes first: an id that stayed is the same example,
    edited, only if neither content is found under another one.
    """
    known: dict[str, list[str]] = {}
    for id_ in sorted((i for i in before if after.get(i) != before[i]), reverse=True):
        known.setdefault(before[id_], []).append(id_)
    new = sorted(id_ for id_ in after if before.get(id_) != after[id_]) if known else ()
    return {id_: known[after[id_]].pop() for id_ in new if known.get(after[id_])}


def split_evals(origins: Mapping[str, str], head: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The evals of the head among which each of the base's was split; one is no split."""
    found: dict[str, list[str]] = {}
    for after in head:
        found.setdefault(origins.get(after, after), []).append(after)
    return {
        before: tuple(sorted(found[before]))
        for before in sorted(set(origins.values()))
        if len(found.get(before, ())) > 1
    }


def match_joins(
    base: Mapping[str, Traits], head: Mapping[str, Traits], origins: Mapping[str, str]
) -> dict[str, str]:
    """The evals of the head that took the examples of ones which are gone, by the base's names."""
    known = {
        name: set(base[origins[name]].examples.values()) if name in origins else set()
        for name in head
    }
    came = {name: set(each.examples.values()) - known[name] for name, each in head.items()}
    found: dict[str, str] = {}
    for name in sorted(base.keys() - set(origins.values())):
        examples = set(base[name].examples.values())
        shares = {other: len(examples & digests) for other, digests in came.items()}
        best = max(sorted(shares), key=lambda other: shares[other], default="")
        if best and shares[best] >= max(1, ALIKE * len(examples)):
            found[name] = best
    return found


def joined(record: Record, others: Iterable[Record], examples: Mapping[str, str]) -> Record:
    """A base's record with the results of others for examples that it has now, by digest."""
    there = {result.digest for result in record.results}
    ids = {digest: id_ for id_, digest in examples.items() if digest not in there}
    taken = {result.id for result in record.results}
    more = {
        ids[result.digest]: replace(result, id=ids[result.digest])
        for other in others
        for result in other.results
        if result.digest in ids and ids[result.digest] not in taken
    }
    if not more:
        return record
    results = sorted((*record.results, *more.values()), key=lambda result: result.id)
    return replace(record, results=tuple(results))


def aligned(record: Record, examples: Mapping[str, str], elsewhere: Collection[str] = ()) -> Record:
    """A base's record with the ids that its examples have now, by digest in `examples`.

    Results whose digests are `elsewhere` are left out: other evals have these examples now.
    """
    before = {result.id: result.digest for result in record.results}
    names = {was: id_ for id_, was in same_examples(before, examples).items()}
    if not (names or elsewhere):
        return record
    here = set(examples.values())
    is_kept = [r.digest in here or r.digest not in elsewhere for r in record.results]
    if not names and all(is_kept):
        return record
    taken = set(names.values())
    results = [
        replace(r, id=names.get(r.id) or (f"{r.id} (before)" if r.id in taken else r.id))
        for r, kept in zip(record.results, is_kept, strict=True)
        if kept
    ]
    accepted = (replace(loss, id=names.get(loss.id, loss.id)) for loss in record.accepted)
    return replace(
        record,
        results=tuple(sorted(results, key=lambda r: r.id)),
        accepted=tuple(sorted(accepted, key=lambda loss: loss.id)),
    )


def _split_off(
    base: Mapping[str, Traits], head: Mapping[str, Traits], origins: Mapping[str, str]
) -> dict[str, str]:
    """The origins of evals that took examples which no eval known to come from there has now."""
    left = dict(base)
    for after, before in origins.items():
        left[before] = _without(left[before], head[after])
    found: dict[str, str] = {}
    for after in sorted(head.keys() - origins.keys()):
        alike = sorted(_alike(left, {after: head[after]}))
        if alike:
            found[after] = alike[0][2]
            left[found[after]] = _without(left[found[after]], head[after])
    return found


def _without(one: Traits, other: Traits) -> Traits:
    """What is left of an eval's examples when those are gone that another one has."""
    digests = set(other.examples.values())
    ids = {id_ for id_ in other.examples if not id_.isdecimal()}
    return Traits(
        {i: d for i, d in one.examples.items() if d not in digests and i not in ids}, one.kin
    )


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
    for after, traits in new.items() if holders else ():
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

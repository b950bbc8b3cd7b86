"""By what a change is judged, where the change itself moved it: gate, scorers, golden examples."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from promptci.compare.gate.gate import both_gates
from promptci.compare.pairing.renamedetection import same_examples
from promptci.errors import SpecError
from promptci.git.samefile import is_same_file
from promptci.specs.evalspec import EvalSpec, Gate
from promptci.suite.golden import Golden
from promptci.suite.groups import regrouped
from promptci.suite.outlines import outlines
from promptci.suite.suite import Suite

MOST_NAMED = 5
"""Examples that a sentence names."""


class GateChanges(Struct, frozen=True):
    """What one eval of the head is judged by, where that is not what it was at the base.

    `gate` holds a few words for each rule that differs, `models` those it no longer runs on;
    `added`, `removed` and `edited` are ids of golden examples. `renamed` are those of which only
    the id changed, with it, and `moved` those that another eval has now, with its name. `missing`
    are those that the base's gate says must pass and that are gone.
    """

    eval: str
    gate: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    is_scored_otherwise: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    must_pass: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    moved: tuple[tuple[str, str], ...] = ()

    @property
    def is_same(self) -> bool:
        """Whether nothing was moved."""
        return not any(self.sentences())

    def sentences(self) -> Iterator[str]:
        """What a reviewer should know of it."""
        if self.gate:
            moved = ", ".join(self.gate)
            yield f"{self.eval}: its gate differs from the base ({moved}): the base's was applied"
        if self.is_scored_otherwise:
            yield (
                f"{self.eval}: its scorers differ from the base: "
                "both sides were judged by the change's"
            )
        if self.models:
            yield f"{self.eval}: no longer runs on {', '.join(self.models)}"
        edits = list(self._edits())
        if edits:
            yield f"{self.eval}: golden examples {'; '.join(edits)}"

    def _edits(self) -> Iterator[str]:
        for word in ("removed", "edited", "added"):
            ids = getattr(self, word)
            if ids:
                yield f"{word}: {first_named(ids, self.must_pass)}"
        if self.renamed:
            names = [f"`{was}` → `{id_}`" for was, id_ in self.renamed]
            yield f"with another id alone: {_first(names)}"
        for eval_ in sorted({name for _, name in self.moved}):
            ids = tuple(id_ for id_, name in self.moved if name == eval_)
            yield f"moved to `{eval_}`: {first_named(ids, self.must_pass)}"


def removed_eval(spec: EvalSpec) -> GateChanges:
    """What is lost with an eval of the base that is gone."""
    return GateChanges(spec.name, missing=spec.gate.must_pass)


def must_pass_now(base: Suite, before: EvalSpec, golden: Golden) -> tuple[str, ...]:
    """The examples that must pass by the base's gate, with the ids that they have in `golden`."""
    if not before.gate.must_pass:
        return ()
    try:
        old = _digests(Golden.of(base.tree, before))
    except SpecError:
        old = {}
    names = {was: id_ for id_, was in same_examples(old, _digests(golden)).items()}
    return tuple(names.get(id_, id_) for id_ in before.gate.must_pass)


def with_base_gate(spec: EvalSpec, golden: Golden, base: Suite, was: str) -> tuple[EvalSpec, str]:
    """An eval whose gate blocks what its base's does, too, and what that one asks beyond its own.

    `was` is what `base` calls the eval; where it has none of that name, or asks no more, nothing
    is said. Examples that are gone are for a check to miss.
    """
    before = base.evals.get(was)
    if before is None or before.gate == spec.gate:
        return spec, ""
    there = _digests(golden)
    wanted = [id_ for id_ in must_pass_now(base, before, golden) if id_ in there]
    gate = both_gates(spec.gate, replace(before.gate, must_pass=tuple(wanted)))
    if gate == spec.gate:
        return spec, ""
    return replace(spec, gate=gate), ", ".join(_moved_rules(gate, spec.gate))


def must_pass_gone(
    base: Suite, was: str, golden: Golden, others: Callable[[], Iterable[Golden]]
) -> tuple[str, ...]:
    """The examples that must pass by the gate that `base` has of `was`, and that no eval has now.

    They are looked for in `golden`, and only if need be in `others`.
    """
    before = base.evals.get(was)
    if before is None or not before.gate.must_pass:
        return ()
    there, old = _digests(golden), _digests(Golden.of(base.tree, before))
    gone = [id_ for id_ in must_pass_now(base, before, golden) if id_ not in there]
    moved = {digest for other in others() for digest in _digests(other).values()} if gone else ()
    return tuple(id_ for id_ in gone if old.get(id_) not in moved)


def gate_changes(
    base: Suite,
    head: Suite,
    before: EvalSpec,
    after: EvalSpec,
    *,
    has_same_examples: bool,
    has_other_scorers: bool,
    elsewhere: Callable[[], Mapping[str, str]] = dict,
    parts: Collection[str] = (),
) -> GateChanges:
    """In what an eval of the head differs from the base's. Raises `SpecError` for bad examples.

    What is known of examples and scorers already, as from a record, need not be found out.
    `elsewhere` gives the digests of examples that other evals have now, with their names; `parts`
    are those that came from the same eval and are under its gate.
    """
    sides = (Golden.of(base.tree, before), Golden.of(head.tree, after))
    old, new = ({}, {}) if has_same_examples else (_digests(each) for each in sides)
    names = same_examples(old, new)
    kept = {id_: digest for id_, digest in old.items() if id_ not in names.values()}
    gone = {id_: digest for id_, digest in kept.items() if id_ not in new}
    others = elsewhere() if gone else {}
    moved = {id_: others[digest] for id_, digest in gone.items() if digest in others}
    removed = tuple(sorted(kept.keys() - new.keys() - moved.keys()))
    must_pass = before.gate.must_pass
    return GateChanges(
        eval=after.name,
        gate=(*_moved_rules(before.gate, after.gate), *_moved_groups(*sides)),
        models=_dropped(base.models(before), head.models(after)),
        is_scored_otherwise=has_other_scorers or _judges(before) != _judges(after),
        added=tuple(sorted(new.keys() - kept.keys() - names.keys())),
        removed=removed,
        edited=tuple(
            sorted(i for i in kept.keys() & new.keys() - names.keys() if old[i] != new[i])
        ),
        missing=tuple(i for i in must_pass if i in gone and moved.get(i) not in parts),
        must_pass=must_pass,
        renamed=tuple(sorted((was, id_) for id_, was in names.items())),
        moved=tuple(sorted(moved.items())),
    )


def _digests(golden: Golden) -> dict[str, str]:
    """The digests of an eval's examples by id."""
    return {example.id: example.digest for example in outlines(golden)}


def _moved_groups(base: Golden, head: Golden) -> Iterator[str]:
    """How many examples of the base have another cluster or lack a tag here.

    Fewer clusters are less proof, and without its tag a part that collapses is seen by no report.
    """
    is_there = base.inline == head.inline and base.path == head.path
    if is_there and (not base.path or is_same_file(base.tree, head.tree, base.path)):
        return
    moved = regrouped(outlines(head), {each.digest: each.cluster for each in outlines(base)})
    if moved:
        yield f"the cluster of {len(moved):,} example{'s' if len(moved) > 1 else ''}"
    tags = {each.digest: frozenset(each.tags) for each in outlines(base) if each.tags}
    bare = sum(not tags.get(e.digest, frozenset()).issubset(e.tags) for e in outlines(head))
    if bare:
        yield f"tags of {bare:,} example{'s' if bare > 1 else ''}"


def _moved_rules(base: Gate, head: Gate) -> Iterator[str]:
    for name in Gate.__struct_fields__:
        before, after = getattr(base, name), getattr(head, name)
        if before == after:
            continue
        if isinstance(before, tuple):
            gone = [f"`{id_}`" for id_ in before if id_ not in after]
            new = [f"`{id_}`" for id_ in after if id_ not in before]
            told = [f"{word} {_first(ids)}" for word, ids in (("no", gone), ("also", new)) if ids]
            yield f"{name} {'; '.join(told)}"
        else:
            yield f"{name} {_value(before)} → {_value(after)}"


def _value(value: object) -> str:
    return "none" if value is None else str(value)


def _judges(spec: EvalSpec) -> object:
    ends = spec.truncated, spec.refused, spec.empty
    return [node.plain() for node in spec.scorers], ends, spec.threshold


def _dropped(base: tuple[str, ...], head: tuple[str, ...]) -> tuple[str, ...]:
    """Models that the eval no longer runs on; where it runs on one, that was swapped."""
    if len(base) == len(head) == 1:
        return ()
    return tuple(name for name in base if name not in head)


def first_named(ids: Sequence[str], must_pass: Collection[str]) -> str:
    """The first of some examples, those that must pass before all others."""
    return _first(
        [
            f"`{id_}`{' (must pass)' if id_ in must_pass else ''}"
            for id_ in sorted(ids, key=lambda id_: id_ not in must_pass)
        ]
    )


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
    return f"{', '.join(names[:MOST_NAMED])}{more}"

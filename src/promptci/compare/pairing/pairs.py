"""The tasks that a comparison puts against each other: one eval on one pair of models."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from promptci.compare.pairing.comparedside import ComparedSide, Pick
from promptci.errors import Fault, SpecError
from promptci.records.record import Record
from promptci.run.planning.ready import Ready, make_ready, make_task
from promptci.run.planning.task import BuildOf, Task
from promptci.specs.answerer import Answerer
from promptci.specs.evalspec import EvalSpec, Gate
from promptci.specs.modelspec import ModelSpec
from promptci.specs.prompt import Prompt
from promptci.suite.changedtags import Tags, as_at_base, both_tags
from promptci.suite.golden import Golden
from promptci.suite.groups import Expected, regrouped
from promptci.suite.outlines import outlines
from promptci.suite.suite import Suite


class Pair(Struct, frozen=True):
    """The two tasks of one eval on one pair of models, and the gate between them.

    With `base_record` the base is not evaluated: that record is used for it; likewise the head with
    `head_record`. Losses in `accepted` block nothing; the base accepts the `known` ones, too.
    Without `can_repeat` the base cannot be asked again, so that flips stay as they are. With
    `is_drift` both sides ask the same, so that repeats of the head alone say whether a model
    answers otherwise than it did. `was` is what the base calls the eval, if otherwise. `apart` are
    examples, asked on both sides, that the base does not have, or not as they are. `base_tags` are
    the tags of both sides of those that have others there, `base_clusters` the clusters there of
    those that belong to another one here, empty for none.
    """

    base: Task
    head: Task
    gate: Gate
    base_record: Record | None = None
    head_record: Record | None = None
    accepted: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    can_repeat: bool = True
    is_drift: bool = False
    was: str = ""
    apart: frozenset[str] = frozenset()
    base_tags: Tags = field(default_factory=dict)
    base_clusters: Mapping[str, str] = field(default_factory=dict)

    @property
    def clusters(self) -> Mapping[str, str]:
        """What examples belong to, by id, by the base's word where it has the example."""
        found = {**self.head.clusters, **self.base_clusters}
        return {id_: name for id_, name in found.items() if name}

    @property
    def tags(self) -> Tags:
        """The tags of the examples, by id: of both sides, so that none is hidden by losing one."""
        return {**self.head.tags, **self.base_tags} if self.base_tags else self.head.tags

    @property
    def unshared(self) -> int:
        """How many examples the base does not have as they are."""
        return len(self.apart)

    @property
    def base_expected(self) -> Expected:
        """What is expected of the base's own examples, of values that others here have, too."""
        expected = self.head.expected if self.apart else {}
        wider = {value for id_, value in expected.items() if id_ in self.apart}
        return {
            id_: as_at_base(value)
            for id_, value in expected.items()
            if value in wider and id_ not in self.apart
        }

    @property
    def is_same(self) -> bool:
        """Whether both sides ask exactly the same."""
        return self.base.fingerprint == self.head.fingerprint

    @property
    def asks_the_same(self) -> bool:
        """Whether the head asks what the base did, or what the record asked that is used for it.

        Examples that only one of them has are compared with none, and make no difference.
        """
        base = self.base.parts if self.base_record is None else self.base_record.parts
        return base.asks_like(self.head.parts)

    @property
    def is_deterministic(self) -> bool:
        """Whether asking again could only give the same answers."""
        return self.base.is_deterministic and self.head.is_deterministic

    def only(self, ids: frozenset[str]) -> "Pair":
        """The same pair with only these examples."""
        base, head = (replace(task, chosen=ids, count=len(ids)) for task in (self.base, self.head))
        return replace(self, base=base, head=head)

    def holding(self, ids: frozenset[str]) -> "Pair":
        """The same, with these examples in memory: both sides are asked them again and again."""
        few = self.only(ids)
        golden = replace(few.head.golden, kept=[tuple(few.head.examples())])
        base, head = (replace(task, golden=golden) for task in (few.base, few.head))
        return replace(few, base=base, head=head)


def make_pairs(
    suite: Suite,
    specs: Iterable[EvalSpec],
    base: ComparedSide,
    head: ComparedSide,
    build_of: BuildOf,
) -> tuple[tuple[Pair, ...], dict[str, str]]:
    """The pairs of some evals of `suite`, and why others cannot be compared, by their names.

    The golden examples and scorers are those of `specs` on both sides. Models that both sides
    name are paired; where each side names just one, these two are. Raises `SpecError` with every
    fault of the examples.
    """
    pairs: list[Pair] = []
    obstacles: dict[str, str] = {}
    faults: list[Fault] = []
    for spec in specs:
        before, after = base.pick(spec), head.pick(spec)
        if before is None or after is None:
            absent = base.name if before is None else head.name
            obstacles[spec.name] = f"its prompt is not in {absent}"
            continue
        asked = replace(spec, strict_variables=False, name=after.eval or spec.name)
        ready = make_ready(suite, asked, after.prompt, build_of, faults)
        if ready is None:
            continue
        found = list(_pairs(ready, before, after, build_of))
        missing = "" if _needs_less(before, after) else _missing(before.prompt, ready)
        if missing:
            obstacles[spec.name] = f"{base.name} needs `{missing}`, which not all examples give"
        elif not found:
            obstacles[spec.name] = (
                "the two sides name different models: compare two of them by name"
            )
        else:
            pairs += found
    if any(not fault.warning for fault in faults):
        raise SpecError(faults)
    return tuple(pairs), obstacles


def beside_base(pair: Pair, base: Suite, names: Iterable[str]) -> Pair:
    """A pair that knows how its examples differ from those of some evals of the base.

    Examples are the same by their content. Nothing is known where the base's cannot be read.
    """
    specs = [base.evals[name] for name in names if name in base.evals]
    tags, clusters = dict[str, Sequence[str]](), dict[str, str]()
    try:
        for example in (e for spec in specs for e in outlines(Golden.of(base.tree, spec))):
            tags[example.digest], clusters[example.digest] = example.tags, example.cluster
    except SpecError:
        return pair
    if not specs:
        return pair
    here = pair.head.golden
    return replace(
        pair,
        apart=frozenset(e.id for e in outlines(here) if e.digest not in tags),
        base_tags=both_tags(outlines(here) if any(tags.values()) else (), tags),
        base_clusters=regrouped(outlines(here), clusters),
    )


def _needs_less(before: Pick, after: Pick) -> bool:
    """Whether a prompt uses no variable that another does not, which all examples give."""
    if before.prompt.digest == after.prompt.digest:
        return True
    fewer, more = (
        each.names if isinstance(each, Prompt) else None for each in (before.prompt, after.prompt)
    )
    return fewer is not None and more is not None and fewer <= more


def _missing(prompt: Answerer, ready: Ready) -> str:
    """A variable of a prompt that some golden example does not give; empty if there is none."""
    if not prompt.variables:
        return ""
    return next((m for e in ready.golden.examples() for m in prompt.missing(e.vars)), "")


def _pairs(ready: Ready, base: Pick, head: Pick, build_of: BuildOf) -> Iterator[Pair]:
    was = "" if base.eval == ready.spec.name else base.eval
    for before, after in _models(base.models, head.models):
        yield Pair(
            make_task(ready, base.prompt, before, build_of),
            make_task(ready, head.prompt, after, build_of),
            ready.spec.gate,
            was=was,
        )


def _models(
    base: Sequence[ModelSpec], head: Sequence[ModelSpec]
) -> Iterator[tuple[ModelSpec, ModelSpec]]:
    named = {model.name: model for model in base}
    shared = [(named[model.name], model) for model in head if model.name in named]
    if not shared and len(base) == len(head) == 1:
        shared = [(base[0], head[0])]
    yield from shared

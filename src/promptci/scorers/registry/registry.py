"""How a scorer in a file becomes one that can judge."""

from collections.abc import Container, Sequence
from functools import cache
from typing import Any, cast

from msgspec import structs, to_builtins
from msgspec.structs import replace

from promptci.errors import Fault
from promptci.parsing.shape import read_shape
from promptci.parsing.source import Node
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.extract import Take, compile_extract
from promptci.scorers.base.options import Options, TagOption
from promptci.scorers.base.patterns import plain_braces
from promptci.scorers.base.reach import Reach
from promptci.scorers.base.scorer import Judge, Prefer, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.registry.bound import OUTPUT, BoundScorer, unbound
from promptci.scorers.registry.catalogue import ALIASES, SCORERS
from promptci.scorers.registry.scorersets import expanded
from promptci.scorers.registry.verdictoptions import (
    attempted,
    forgiving,
    preferring,
    settling,
    showing,
)
from promptci.scorers.registry.written import named, options_node
from promptci.scorers.text.normalform import NORMAL_FORM

__all__ = [
    "ALIASES",
    "SCORERS",
    "BoundScorer",
    "Reach",
    "Scorer",
    "Subject",
    "add_all",
    "bind",
    "bind_all",
]


def bind_all(nodes: Sequence[Node], faults: list[Fault], reach: Reach) -> tuple[BoundScorer, ...]:
    """The scorers of one eval. A label used before gets a number: `contains`, `contains-2`."""
    return add_all((), nodes, faults, reach)


def add_all(
    shared: tuple[BoundScorer, ...], nodes: Sequence[Node], faults: list[Fault], reach: Reach
) -> tuple[BoundScorer, ...]:
    """The scorers of an eval with those of one of its examples.

    One with the name of one of the eval's replaces it; the others are added.
    """
    reach = replace(reach, opened=(), uses=[])
    scorers = {scorer.label: scorer for scorer in shared}
    free = set(scorers)
    for node, inner in expanded(nodes, faults, reach):
        scorer = bind(node, faults, inner)
        if scorer is not None:
            replaces = scorer.is_named and scorer.label in free
            label = scorer.label if replaces else _unused(scorer.label, scorers)
            free.discard(label)
            canonical = {**scorer.canonical, "label": label}
            scorers[label] = replace(scorer, label=label, canonical=canonical)
    return tuple(scorers.values())


def _unused(label: str, labels: Container[str]) -> str:
    """A label, with a number behind it if it is there already."""
    found, number = label, 1
    while found in labels:
        number += 1
        found = f"{label}-{number}"
    return found


def bind(node: Node, faults: list[Fault], reach: Reach) -> BoundScorer | None:
    """The scorer that a node names, with its options; None after adding faults.

    A node is a name, or a mapping from a name to options; a scalar or a list there is the
    scorer's main option.
    """
    found = named(node, faults)
    given = found and options_node(*found, faults)
    if found is None or given is None:
        return None
    name, defaults = ALIASES.get(found[0], (found[0], {}))
    options = read_shape(given, SCORERS[name].options, faults)
    if options is None:
        return None
    is_named = options.name is not None
    options = structs.replace(options, name=options.name or found[0], **defaults)
    made = _make(name, options, ScorerContext(given, faults, reach))
    return made and replace(made, is_named=is_named, mark=node.mark)


def _make(name: str, options: Options, binding: ScorerContext) -> BoundScorer | None:
    """The scorer, once neither its own options nor `extract` have faults."""
    before = binding.errors
    scorer = SCORERS[name]
    made = scorer.make(options, binding)
    take = _take(options, binding)
    only, excluded = _tags(options.only), _tags(options.excluded)
    for key, tags in (("only", options.only), ("except", options.excluded)):
        if isinstance(tags, str) and "," in tags:
            binding.warn(f"`{key}` is one tag that holds commas: write a list for several", key)
    if only and only <= excluded:
        binding.fault("`except` leaves out all that `only` picks: change one of them", "except")
    if made is None or binding.errors > before:
        return None
    if scorer.is_pairwise:
        return _pairwise(name, options, binding, cast("Prefer", made), take)
    judge = cast("Judge", made)
    if OUTPUT in binding.variables and not binding.parts:
        judge = showing(judge)
    attempt = attempted(judge, take, settling(options, scorer))
    return BoundScorer(
        label=str(options.name),
        weight=options.weight,
        judge=forgiving(attempt, binding.unread),
        attempt=attempt,
        only=only,
        excluded=excluded,
        canonical=_canonical(name, options) | binding.canonical,
        needs_expected=binding.needs_expected,
        variables=frozenset(binding.variables),
        asks=binding.asks,
        models=binding.models,
        parts=binding.parts,
        steps=binding.steps,
        varies=binding.varies,
        words=binding.words,
        tools=binding.tools,
        is_format=scorer.is_format if binding.is_format is None else binding.is_format,
        classes=binding.classes,
        goldens=tuple(binding.goldens),
        grades=binding.grades,
    )


def _pairwise(
    name: str, options: Options, binding: ScorerContext, prefer: Prefer, take: Take | None
) -> BoundScorer:
    """A scorer that judges two answers against each other."""

    return BoundScorer(
        label=str(options.name),
        weight=0.0,
        judge=unbound,
        canonical=_canonical(name, options) | binding.canonical,
        variables=frozenset(binding.variables),
        asks=True,
        models=binding.models,
        only=_tags(options.only),
        excluded=_tags(options.excluded),
        prefer=preferring(prefer, take),
        varies=binding.varies,
    )


def _take(options: Options, binding: ScorerContext) -> Take | None:
    if options.extract is None:
        return None
    steps = options.extract if isinstance(options.extract, list) else [options.extract]
    if any(plain_braces(step.regex or "") != step.regex for step in steps if step.regex):
        binding.canonical["braces"] = "plain"
    return compile_extract(steps, binding.node.get("extract"), binding.faults)


_fields = cache(structs.fields)
"""The fields of a class of options, which are looked for in its annotations."""


def _canonical(name: str, options: Options) -> dict[str, Any]:
    """Options at their defaults are left out, so that one added later changes no fingerprint."""
    given = {
        field.encode_name: to_builtins(value)
        for field in _fields(type(options))
        if field.name != "name" and (value := getattr(options, field.name)) != field.default
    }
    version = SCORERS[name].version
    form = {"normal_form": NORMAL_FORM} if getattr(options, "normalise", False) else {}
    return {"scorer": name, "version": version, "label": options.name, **given, **form}


def _tags(given: TagOption | None) -> frozenset[str]:
    return frozenset((given,) if isinstance(given, str) else given or ())

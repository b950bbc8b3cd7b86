"""How a scorer in a file becomes one that can judge."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from msgspec import structs, to_builtins

from promptci.completion import Asking, ModelSpec
from promptci.errors import Fault
from promptci.record import Score
from promptci.scorers.catalogue import ALIASES, SCORERS
from promptci.scorers.extract import Take, compile_extract
from promptci.scorers.scorer import Bench, Judge, Options, Reach, Scorer, Subject
from promptci.scorers.verdict import Unjudged, failed
from promptci.shape import read
from promptci.source import Node, did_you_mean
from promptci.template import TemplateError

__all__ = ["ALIASES", "SCORERS", "BoundScorer", "Reach", "Scorer", "Subject", "bind", "bind_all"]

Settle: TypeAlias = Callable[[Score], Score]
"""What options make of a scorer's own score."""


@dataclass(frozen=True, slots=True)
class BoundScorer:
    """A scorer with its options, ready to judge.

    `judge` gives the score, or a generator of it; on what a model said it never raises but
    `NoVerdict`. `canonical` is all that can change a score, for the fingerprint. `needs_expected`
    says that examples must have an `expected`, `variables` what else its templates use, `asks`
    that it may need a model, one of `models`, `is_format` that it judges the form alone.
    """

    label: str
    weight: float
    judge: Callable[[Subject], Score | Asking[Score]]
    canonical: Mapping[str, Any]
    needs_expected: bool = False
    variables: frozenset[str] = frozenset()
    asks: bool = False
    models: tuple[ModelSpec, ...] = ()
    is_format: bool = False


def bind_all(nodes: Sequence[Node], faults: list[Fault], reach: Reach) -> tuple[BoundScorer, ...]:
    """The scorers of one eval. A label used before gets a number: `contains`, `contains-2`."""
    bound = [bind(node, faults, reach) for node in nodes]
    labels: set[str] = set()
    scorers = []
    for scorer in filter(None, bound):
        label, number = scorer.label, 1
        while label in labels:
            number += 1
            label = f"{scorer.label}-{number}"
        labels.add(label)
        scorers.append(replace(scorer, label=label, canonical={**scorer.canonical, "label": label}))
    return tuple(scorers)


def bind(node: Node, faults: list[Fault], reach: Reach) -> BoundScorer | None:
    """The scorer that a node names, with its options; None after adding faults.

    A node is a name, or a mapping from a name to options; a scalar or a list there stands for the
    scorer's main option.
    """
    named = _named(node, faults)
    given = named and _options_node(*named, faults)
    if named is None or given is None:
        return None
    name, defaults = ALIASES.get(named[0], (named[0], {}))
    options = read(given, SCORERS[name].options, faults)
    if options is None:
        return None
    options = structs.replace(options, name=options.name or named[0], **defaults)
    return _make(name, options, Bench(given, faults, reach))


def _make(name: str, options: Options, bench: Bench) -> BoundScorer | None:
    """The scorer, once neither its own options nor `extract` have faults."""
    before = len(bench.faults)
    scorer = SCORERS[name]
    judge = scorer.make(options, bench)
    take = _take(options, bench)
    if judge is None or len(bench.faults) > before:
        return None
    return BoundScorer(
        label=str(options.name),
        weight=options.weight,
        judge=_run(judge, take, _settle(options)),
        canonical=_canonical(name, options) | bench.canonical,
        needs_expected=bench.needs_expected,
        variables=frozenset(bench.variables),
        asks=bench.asks,
        models=bench.models,
        is_format=scorer.is_format,
    )


def _named(node: Node, faults: list[Fault]) -> tuple[str, Node] | None:
    """The scorer's name as written, and the node of its options."""
    if isinstance(node.value, str):
        name, given, mark = node.value, Node(None, node.mark), node.mark
    elif isinstance(node.value, dict) and len(node.value) == 1:
        [(name, given)] = node.value.items()
        mark = node.key_mark(name)
    else:
        faults.append(node.mark.fault(_not_one(node)))
        return None
    if name not in SCORERS and name not in ALIASES:
        advice = did_you_mean(name, [*SCORERS, *ALIASES])
        faults.append(mark.fault(f"there is no scorer `{name}`: {advice}"))
        return None
    return name, given


def _not_one(node: Node) -> str:
    if not isinstance(node.value, dict) or not node.value:
        return "a scorer is a name, or a mapping from a name to options: write `- equals`"
    names = [key for key in node.value if key in SCORERS or key in ALIASES]
    if len(names) != 1:
        return "each scorer is an item of its own: begin each with `- `"
    [name] = names
    stray = ", ".join(f"`{key}`" for key in node.value if key != name)
    return f"{stray} must stand below `{name}`: indent it, as in `{name}: {{value: …, not: true}}`"


def _options_node(name: str, given: Node, faults: list[Fault]) -> Node | None:
    """The options as a mapping; a bare scalar or list becomes the scorer's main option."""
    main = SCORERS[ALIASES.get(name, (name, {}))[0]].shorthand
    if isinstance(given.value, dict):
        return given
    if given.value is None:
        return Node({}, given.mark)
    if not main:
        faults.append(given.mark.fault(f"`{name}` takes a mapping of options: write one"))
        return None
    return Node({main: given}, given.mark, {main: given.mark})


def _take(options: Options, bench: Bench) -> Take | None:
    if options.extract is None:
        return None
    steps = options.extract if isinstance(options.extract, list) else [options.extract]
    return compile_extract(steps, bench.node.get("extract"), bench.faults)


def _canonical(name: str, options: Options) -> dict[str, Any]:
    """Options at their defaults are left out, so that one added later changes no fingerprint."""
    given = {
        field.encode_name: to_builtins(value)
        for field in structs.fields(options)
        if field.name != "name" and (value := getattr(options, field.name)) != field.default
    }
    version = SCORERS[name].version
    return {"scorer": name, "version": version, "label": options.name, **given}


def _settle(options: Options) -> Settle | None:
    """Threshold and `not`, where they are not the defaults."""
    if options.threshold == 1.0 and not options.negate:
        return None

    def settle(score: Score) -> Score:
        passed = score.value >= options.threshold
        if not options.negate:
            return Score(score.value, passed, score.why)
        why = f"`{options.name}` holds, which `not` forbids" if passed else ""
        return Score(1.0 - score.value, not passed, why)

    return settle


def _part(subject: Subject, take: Take | None) -> Subject:
    return subject if take is None else replace(subject, output=take(subject.output))


def _run(
    judge: Judge, take: Take | None, settle: Settle | None
) -> Callable[[Subject], Score | Asking[Score]]:
    def run(subject: Subject) -> Score | Asking[Score]:
        try:
            found = judge(_part(subject, take))
        except (Unjudged, TemplateError) as error:
            return failed(str(error))
        if not isinstance(found, Score):
            return _asking(found, settle)
        return found if settle is None else settle(found)

    return run


def _asking(asking: Asking[Score], settle: Settle | None) -> Asking[Score]:
    try:
        score = yield from asking
    except (Unjudged, TemplateError) as error:
        return failed(str(error))
    return score if settle is None else settle(score)

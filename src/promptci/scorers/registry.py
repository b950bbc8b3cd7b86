"""How a scorer in a file becomes one that can judge."""

from collections.abc import Callable, Container, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, cast

from msgspec import structs, to_builtins

from promptci.completion import Asking, ModelSpec
from promptci.errors import Fault
from promptci.preference import Preference
from promptci.record import Score
from promptci.scorers.catalogue import ALIASES, SCORERS
from promptci.scorers.extract import Take, compile_extract
from promptci.scorers.scorer import (
    Bench,
    Judge,
    Options,
    Prefer,
    Reach,
    Scorer,
    Subject,
    Tags,
)
from promptci.scorers.scorersets import USE, expanded
from promptci.scorers.verdict import NoVerdict, Unjudged, failed
from promptci.shape import read
from promptci.source import Mark, Node, did_you_mean
from promptci.template import TemplateError

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

Settle: TypeAlias = Callable[[Score], Score]
"""What options make of a scorer's own score."""

Unread: TypeAlias = Callable[[Subject, str], Score]
"""The score of an answer that could not be judged, and why not."""


_NOWHERE = Mark("")


def _unbound(subject: Subject) -> Score:
    raise AssertionError("this scorer was made by hand, for `judge` alone")


@dataclass(frozen=True, slots=True)
class BoundScorer:
    """A scorer with its options, ready to judge.

    `judge` gives the score, or a generator of it; on what a model said it never raises but
    `NoVerdict`. `attempt` is the same but raises `Unjudged`, too. `canonical` is all that can
    change a score, for the fingerprint. `needs_expected` says that examples must have an
    `expected`, `variables` what else its templates use, `asks` that it may need a model, one
    of `models`, `is_format` that it judges the form alone. `classes` are those that it sorts
    answers into, `grades` the labels that a judge may give, with their values. `only` and
    `excluded` are tags, `is_named` says that the label was given in the file. With `prefer` it
    judges two answers against each other, and none alone.
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
    classes: tuple[str, ...] = ()
    grades: Mapping[str, float] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    is_named: bool = False
    mark: Mark = _NOWHERE
    attempt: Judge = _unbound
    prefer: Prefer | None = None

    def judges(self, tags: Set[str]) -> bool:
        """Whether it judges examples that have these tags."""
        return (not self.only or bool(self.only & tags)) and not self.excluded & tags


def bind_all(nodes: Sequence[Node], faults: list[Fault], reach: Reach) -> tuple[BoundScorer, ...]:
    """The scorers of one eval. A label used before gets a number: `contains`, `contains-2`."""
    return add_all((), nodes, faults, reach)


def add_all(
    shared: tuple[BoundScorer, ...], nodes: Sequence[Node], faults: list[Fault], reach: Reach
) -> tuple[BoundScorer, ...]:
    """The scorers of an eval with those of one of its examples.

    One that is given the name of one of the eval's stands in its place; the others are added.
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
    is_named = options.name is not None
    options = structs.replace(options, name=options.name or named[0], **defaults)
    made = _make(name, options, Bench(given, faults, reach))
    return made and replace(made, is_named=is_named, mark=node.mark)


def _make(name: str, options: Options, bench: Bench) -> BoundScorer | None:
    """The scorer, once neither its own options nor `extract` have faults."""
    before = len(bench.faults)
    scorer = SCORERS[name]
    made = scorer.make(options, bench)
    take = _take(options, bench)
    only, excluded = _tags(options.only), _tags(options.excluded)
    if only and only <= excluded:
        bench.fault("`except` leaves out all that `only` picks: change one of them", "except")
    if made is None or len(bench.faults) > before:
        return None
    if scorer.is_pairwise:
        return _pairwise(name, options, bench, cast("Prefer", made), take)
    attempt = _attempt(cast("Judge", made), take, _settle(options, scorer))
    return BoundScorer(
        label=str(options.name),
        weight=options.weight,
        judge=_run(attempt, bench.unread),
        attempt=attempt,
        only=only,
        excluded=excluded,
        canonical=_canonical(name, options) | bench.canonical,
        needs_expected=bench.needs_expected,
        variables=frozenset(bench.variables),
        asks=bench.asks,
        models=bench.models,
        is_format=scorer.is_format if bench.is_format is None else bench.is_format,
        classes=bench.classes,
        grades=bench.grades,
    )


def _pairwise(
    name: str, options: Options, bench: Bench, prefer: Prefer, take: Take | None
) -> BoundScorer:
    """A scorer that judges two answers against each other."""

    def judged(base: Subject, head: Subject) -> Asking[Preference]:
        try:
            return (yield from prefer(_part(base, take), _part(head, take)))
        except (Unjudged, TemplateError) as error:
            raise NoVerdict(str(error)) from None

    return BoundScorer(
        label=str(options.name),
        weight=0.0,
        judge=_unbound,
        canonical=_canonical(name, options) | bench.canonical,
        variables=frozenset(bench.variables),
        asks=True,
        models=bench.models,
        only=_tags(options.only),
        excluded=_tags(options.excluded),
        prefer=judged,
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
        advice = did_you_mean(name, [*SCORERS, *ALIASES, USE])
        faults.append(mark.fault(f"there is no scorer `{name}`: {advice}"))
        return None
    return name, given


def _not_one(node: Node) -> str:
    if not isinstance(node.value, dict) or not node.value:
        return "a scorer is a name, or a mapping from a name to options: write `- equals`"
    names = [key for key in node.value if _is_scorer(key)]
    if len(names) == 2 and "not" in names:  # the option of the other one, not the scorer
        names.remove("not")
    if len(names) != 1:
        return "each scorer is an item of its own: begin each with `- `"
    [name] = names
    stray = ", ".join(f"`{key}`" for key in node.value if key != name)
    return f"{stray} must stand below `{name}`: indent it, as in `{name}: {{value: …, not: true}}`"


def _is_scorer(key: str) -> bool:
    return key in SCORERS or key in ALIASES


def _options_node(name: str, given: Node, faults: list[Fault]) -> Node | None:
    """The options as a mapping; a bare scalar or list becomes the scorer's main option."""
    scorer = SCORERS[ALIASES.get(name, (name, {}))[0]]
    main = scorer.shorthand
    if scorer.nests:
        given = _as_list(given, main)
        stray = _stray_scorer(given, main)
        if stray:
            wrong = f"`{stray}` must stand in a list below `{main}`"
            cure = f"write `{name}: {{{main}: [{stray}: …], …}}`"
            faults.append(given.key_mark(stray).fault(f"{wrong}: {cure}"))
            return None
    if isinstance(given.value, dict):
        return given
    if given.value is None:
        return Node({}, given.mark)
    if not main:
        faults.append(given.mark.fault(f"`{name}` takes a mapping of options: write one"))
        return None
    return Node({main: given}, given.mark, {main: given.mark})


def _as_list(given: Node, main: str) -> Node:
    """A single scorer where a list of them is wanted, in a list: `not: {contains: sorry}`."""
    if isinstance(given.value, str):
        return Node([given], given.mark)
    if not isinstance(given.value, dict):
        return given
    if len(given.value) == 1 and (_is_scorer(key := next(iter(given.value))) or key == USE):
        return Node([given], given.mark)
    inner = given.value.get(main)
    if inner is None or isinstance(inner.value, list) or inner.value is None:
        return given
    return Node({**given.value, main: Node([inner], inner.mark)}, given.mark, given.keys)


def _stray_scorer(given: Node, main: str) -> str:
    """A scorer among the options of one that holds scorers, where the list is missing."""
    if not isinstance(given.value, dict) or main in given.value:
        return ""
    known = (key for key in given.value if _is_scorer(key) and key != "not")
    return next(known, "")


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


def _settle(options: Options, scorer: Scorer) -> Settle | None:
    """Threshold and `not`, where they are not the defaults."""
    if options.threshold == 1.0 and not (options.negate or scorer.decides):
        return None

    def settle(score: Score) -> Score:
        # Own code may say by itself whether a value passes, until a threshold does.
        own_word = score.passed or not scorer.decides
        is_enough = score.value >= options.threshold and own_word
        by_default = options.threshold == 1.0 and not scorer.decides
        passed = score.passed if by_default else is_enough
        if not options.negate:
            return replace(score, passed=passed)
        why = f"`{options.name}` holds, which `not` forbids" if passed else ""
        return replace(score, value=1.0 - score.value, passed=not passed, why=why)

    return settle


def _tags(given: Tags | None) -> frozenset[str]:
    return frozenset((given,) if isinstance(given, str) else given or ())


def _part(subject: Subject, take: Take | None) -> Subject:
    return subject if take is None else replace(subject, output=take(subject.output))


def _attempt(judge: Judge, take: Take | None, settle: Settle | None) -> Judge:
    """A judge of the part taken, with threshold and `not`. Raises `Unjudged` as it does."""

    def attempt(subject: Subject) -> Score | Asking[Score]:
        found = judge(_part(subject, take))
        if not isinstance(found, Score):
            return found if settle is None else _settled(found, settle)
        return found if settle is None else settle(found)

    return attempt


def _settled(asking: Asking[Score], settle: Settle) -> Asking[Score]:
    return settle((yield from asking))


def _run(attempt: Judge, unread: Unread) -> Judge:
    """The same, where an answer that cannot be judged fails."""

    def run(subject: Subject) -> Score | Asking[Score]:
        try:
            found = attempt(subject)
        except (Unjudged, TemplateError) as error:
            return _unjudged(subject, error, unread)
        return found if isinstance(found, Score) else _asking(found, subject, unread)

    return run


def _asking(asking: Asking[Score], subject: Subject, unread: Unread) -> Asking[Score]:
    try:
        return (yield from asking)
    except (Unjudged, TemplateError) as error:
        return _unjudged(subject, error, unread)


def _unjudged(subject: Subject, error: Unjudged | TemplateError, unread: Unread) -> Score:
    value = error.value if isinstance(error, Unjudged) else 0.0
    try:
        return replace(unread(subject, str(error)), value=value)
    except (Unjudged, TemplateError):
        return replace(failed(str(error)), value=value)

"""A scorer that compares lists whose order does not matter."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import Unjudged, graded, listed
from promptci.scorers.lists.itemlist import items_of
from promptci.scorers.text.cleaning import Word
from promptci.scorers.text.reference import f_measure

MAX_TEXT = 1_000_000
"""Characters of an answer that is read as a list."""

_Items: TypeAlias = frozenset[str]


class SetOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list is one expectation here, not several."""

    value: Annotated[
        Word | list[Word] | UnsetType, Meta(description="the items, as a list or a text of them")
    ] = UNSET
    measure: Annotated[
        Literal["f1", "precision", "recall"],
        Meta(description="the value: precision punishes items too many, recall those missing"),
    ] = "f1"
    ignore_case: Annotated[bool, Meta(description="compare casefolded items")] = True


def set_f1(options: SetOptions, binding: ScorerContext) -> Judge:
    """F1 of the items listed and the items expected; each counts once, in any order.

    Precision is the share of the listed items that are expected, recall that of the expected items
    that are listed. Where nothing is expected, an empty list has all of them right.
    """
    expected = _expected(options, binding)

    def judge(subject: Subject) -> Score:
        goal = expected(subject)
        if len(subject.output) > MAX_TEXT:
            raise Unjudged(f"too long for a list: {len(subject.output):,} characters")
        found = _set(subject.output, options)
        if found == goal:
            return graded(1.0)
        hits = len(found & goal)
        precision = hits / len(found) if found else 0.0
        recall = hits / len(goal) if goal else 0.0
        f1 = f_measure(precision, recall)
        value = {"f1": f1, "precision": precision, "recall": recall}[options.measure]
        return graded(value, _why(found, goal, f"precision {precision:.2f}, recall {recall:.2f}"))

    return judge


def _expected(options: SetOptions, binding: ScorerContext) -> Callable[[Subject], _Items]:
    """The items expected: those of the options, whose texts are templates, or of the example."""
    value = options.value
    if isinstance(value, UnsetType):
        binding.needs_expected = True
        return binding.golden(lambda subject: _given(subject, options))
    if not isinstance(value, list):
        whole = binding.template(str(value), "value")
        return lambda subject: _set(whole.render(subject.scope), options)
    parts = [binding.template(_word(item), "value", index) for index, item in enumerate(value)]
    if any(part.names for part in parts):
        return lambda subject: _set([part.render(subject.scope) for part in parts], options)
    fixed = _set([part.render({}) for part in parts], options)
    return lambda subject: fixed


def _given(subject: Subject, options: SetOptions) -> _Items:
    if not subject.has_expected or subject.expected is None:
        raise Unjudged("the example has no `expected` list to compare with")
    return _set(subject.expected, options)


def _set(value: Plain, options: SetOptions) -> _Items:
    items = items_of(value)
    return frozenset(map(str.casefold, items) if options.ignore_case else items)


def _word(item: Word) -> str:
    return item if isinstance(item, str) else items_of([item])[0]


def _why(found: _Items, goal: _Items, measures: str) -> str:
    """Both measures, then what is missing and what is too much."""
    missing, extra = sorted(goal - found), sorted(found - goal)
    parts = [
        f"without {listed(tuple(missing), 2)}" if missing else "",
        f"beyond: {listed(tuple(extra), 2)}" if extra else "",
    ]
    return "; ".join(filter(None, (measures, *parts)))


SCORERS = {
    "set_f1": Scorer(
        set_f1,
        SetOptions,
        "precision, recall and F1 of a list in any order",
        "value",
        version=5,
        example="set_f1: {threshold: 0.8}",
    ),
}

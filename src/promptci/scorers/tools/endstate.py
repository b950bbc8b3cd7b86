"""A scorer of what the tools have left: the state at the end of a conversation."""

from typing import Annotated, Any

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.jsontext import NotJSON, read_json
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, NoVerdict, Unjudged, failed
from promptci.scorers.json.alike import AlikeOptions, Equality

_APART = {"calls", "state"}
"""What an `expected` holds that is for `trajectory` and for this scorer."""


class StateOptions(AlikeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The state wanted; without `value` it is the example's `expected`, or its `state`.

    The latter where `expected` holds `calls` and `state` alone.
    """

    value: Annotated[
        dict[str, Any] | UnsetType, Meta(description="the state that is wanted, as YAML")
    ] = UNSET
    extra: Annotated[
        bool,
        Meta(description="more than is wanted may be in it"),
    ] = False


def state_equals(options: StateOptions, binding: ScorerContext) -> Judge | None:
    """The state at the end is the one wanted."""
    fixed = None if isinstance(options.value, UnsetType) else options.value
    binding.needs_expected = fixed is None
    expected = binding.golden(_expected) if fixed is None else None

    def judge(subject: Subject) -> Score:
        wanted: Plain = fixed if expected is None else expected(subject)
        leaves = Equality(options).leaves(
            wanted, _state(subject), extra=not options.extra, items=False
        )
        wrong = [leaf for leaf in leaves if not leaf.is_right]
        if not wrong:
            return PASSED
        return failed("; ".join(leaf.in_words() for leaf in wrong[:3]))

    return judge


def _expected(subject: Subject) -> Plain:
    if not subject.has_expected:
        raise Unjudged("the example has no `expected` state to compare with")
    if not isinstance(subject.expected, dict):
        raise Unjudged("`expected` is no object, as a state is")
    both = subject.expected.get("state")
    is_apart = isinstance(both, dict) and subject.expected.keys() <= _APART
    return both if is_apart else subject.expected


def _state(subject: Subject) -> Plain:
    said = subject.completion.state if subject.completion is not None else ""
    if not said:
        wrong = "no state is known: write `tools` with `sets`, or `state` in the file of outputs"
        raise NoVerdict(wrong)
    try:
        return read_json(said)
    except NotJSON as error:
        raise NoVerdict(f"the state is {error}") from None


SCORERS = {
    "state_equals": Scorer(
        state_equals,
        StateOptions,
        "what tools have left at the end is the state wanted",
        "value",
        example="state_equals: {value: {orders: {W1: {status: refunded}}}, extra: true}",
    ),
}

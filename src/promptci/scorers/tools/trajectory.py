"""A scorer of all the calls on the way to an answer: which, in which order, which never."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, UnsetType

from promptci.parsing.source import Plain, excerpt
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, graded, shorten
from promptci.scorers.tools.callpairs import CallOrder, Pairs, is_wanted, paired_calls
from promptci.scorers.tools.calls import Call, InText, calls_made, calls_wanted

_ORDERS: Mapping[str, CallOrder] = {"any_order": "any", "in_order": "kept", "exact": "kept"}
_ASTRAY = {"exact": "not in its place", "in_order": "out of order"}
"""What a call wanted is that was made elsewhere; in any order there is no elsewhere."""


class TrajectoryOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The calls of a whole trajectory. A call wanted is `{tool: {argument: value}}` or a name.

    The value `any` is any value, a list any one of its items; arguments that are not named are
    open. Without `calls` those of the example's `expected` are wanted, or below its `calls`; beside
    `never` or `at_most` alone an `expected` that is no list of calls is left to other scorers.
    """

    match: Annotated[
        Literal["exact", "in_order", "any_order"],
        Meta(
            description="these calls and no others in this order; among others, but in this order; "
            "among others in any order"
        ),
    ] = "in_order"
    calls: Annotated[
        list[str | dict[str, Any]] | UnsetType,
        Meta(description="the calls wanted; arguments that one does not name may be anything"),
    ] = UNSET
    never: Annotated[tuple[str, ...], Meta(description="tools that must not be called")] = ()
    at_most: Annotated[
        Annotated[int, Meta(ge=0)] | None, Meta(description="the most calls that may be made")
    ] = None
    measure: Annotated[
        Literal["match", "precision", "recall", "f1"],
        Meta(
            description="1 or 0; the share of calls made that are wanted; the share of calls "
            "wanted that are made; the harmonic mean of both"
        ),
    ] = "match"
    in_text: InText = False


def trajectory(options: TrajectoryOptions, binding: ScorerContext) -> Judge | None:
    """The calls wanted are made, those that are forbidden are not, and there are not too many."""
    fixed = None if options.calls is UNSET else _patterns(options.calls, binding)
    if options.calls is not UNSET and fixed is None:
        return None
    if not _agree(fixed or [], options, binding):
        return None
    is_of_limits = bool(options.never) or options.at_most is not None
    is_of_calls = options.match != "in_order" or options.measure != "match" or not is_of_limits
    binding.needs_expected = fixed is None and is_of_calls
    expected = binding.golden(_expected) if binding.needs_expected else _expected_calls

    def judge(subject: Subject) -> Score:
        made = calls_made(subject, in_text=options.in_text)
        wrong = _forbidden(made, options)
        if wrong:
            return failed(wrong)
        goals = fixed if fixed is not None else expected(subject)
        return PASSED if goals is None else _measured(goals, made, options)

    return judge


def _agree(wanted: list[Call], options: TrajectoryOptions, binding: ScorerContext) -> bool:
    """Whether the calls wanted may be made at all; the tools named are noted."""
    binding.tools |= dict.fromkeys(options.never, False) | {call.name: True for call in wanted}
    for number, name in enumerate(options.never):
        if any(call.name == name for call in wanted):
            wrong = f"`{excerpt(name)}` is wanted and must never be called"
            binding.fault(f"{wrong}: drop it from `calls` or from `never`", "never", number)
            return False
    most = options.at_most if options.measure == "match" else None
    if most is not None and len(wanted) > most:
        wrong = f"{len(wanted)} calls are wanted, and at most {most} may be made"
        binding.fault(f"{wrong}: raise it, or want fewer", "at_most")
        return False
    return True


def _patterns(calls: Sequence[str | dict[str, Any]], binding: ScorerContext) -> list[Call] | None:
    found = []
    for number, call in enumerate(calls):
        goal = _pattern(call)
        if goal is None:
            wrong = (
                f"{shorten(call, 40)} is no call: write a tool's name, or `TOOL: {{ARGUMENT: …}}`"
            )
            binding.fault(wrong, "calls", number)
            return None
        found.append(goal)
    return found


def _pattern(call: Plain) -> Call | None:
    if isinstance(call, str):
        return Call(call) if call else None
    if not isinstance(call, dict):
        return None
    if isinstance(call.get("name"), str) and set(call) <= {"name", "arguments"}:
        given = call.get("arguments")
        return Call(str(call["name"]), given if isinstance(given, dict) else None)
    if len(call) != 1:
        return None
    [(name, given)] = call.items()
    if given is not None and not isinstance(given, dict):
        return None
    return Call(name, given or None)


def _expected(subject: Subject) -> list[Call]:
    if not subject.has_expected:
        raise Unjudged("the example has no `expected` calls to compare with")
    value = subject.expected
    if isinstance(value, dict) and isinstance(value.get("calls"), list):
        value = value["calls"]
    patterns = [_pattern(each) for each in value] if isinstance(value, list) else [None]
    if None not in patterns:
        return [pattern for pattern in patterns if pattern is not None]
    return calls_wanted(value)


def _expected_calls(subject: Subject) -> list[Call] | None:
    """The calls that an example expects; None where what it expects is for other scorers."""
    value = subject.expected if subject.has_expected else None
    if isinstance(value, dict) and isinstance(value.get("calls"), list):
        return _expected(subject)
    listed = value if isinstance(value, list) else []
    is_of_calls = any(isinstance(each, dict) for each in listed) and all(map(_pattern, listed))
    return _expected(subject) if is_of_calls else None


def _forbidden(made: list[Call], options: TrajectoryOptions) -> str:
    """Why the calls may not be, whatever is wanted; else empty."""
    called = next((call for call in made if call.name in options.never), None)
    if called is not None:
        return f"{called} was called, which must never be"
    if options.at_most is not None and len(made) > options.at_most:
        return f"{len(made)} calls, at most {options.at_most} allowed"
    return ""


def _measured(goals: list[Call], made: list[Call], options: TrajectoryOptions) -> Score:
    is_whole = options.match == "exact" and options.measure == "match"
    pairs = paired_calls(goals, made, order="place" if is_whole else _ORDERS[options.match])
    if options.measure == "match":
        return _matched(goals, made, pairs, options)
    right = len(pairs)
    precision = right / len(made) if made else float(not goals)
    recall = right / len(goals) if goals else float(not made)
    both = 2 * right / (len(goals) + len(made)) if goals or made else 1.0
    value = {"precision": precision, "recall": recall, "f1": both}[options.measure]
    return graded(value, f"{right} of {len(goals)} wanted are among {len(made)} made")


def _matched(
    goals: list[Call], made: list[Call], pairs: Pairs, options: TrajectoryOptions
) -> Score:
    missing = [number for number in range(len(goals)) if number not in pairs]
    stray = [call for number, call in enumerate(made) if number not in pairs.values()]
    if missing:
        place, goal = missing[0] + 1, goals[missing[0]]
        is_there = any(is_wanted(goal, call) for call in stray)
        how = _ASTRAY.get(options.match, "missing") if is_there else "missing"
        return failed(f"call {place} of those wanted, {goal}, is {how}: made {_words(made)}")
    if stray and options.match == "exact":
        return failed(f"not wanted: {_words(stray)}")
    return PASSED


def _words(calls: list[Call]) -> str:
    more = f" and {len(calls) - 4} more" if len(calls) > 4 else ""
    return (", ".join(map(str, calls[:4])) or "none") + more


SCORERS = {
    "trajectory": Scorer(
        trajectory,
        TrajectoryOptions,
        "the calls on the way to an answer are those wanted, in order, and none is forbidden",
        "calls",
        version=2,
        example="""trajectory:
    match: in_order
    calls: [{find_user: {id: any}}, {refund: {order: [W1, "#W1"]}}]
    never: [cancel_order]
    at_most: 12""",
    ),
}

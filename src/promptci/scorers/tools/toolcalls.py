"""Scorers that compare the tools an answer calls with those wanted."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.jsontext import Check
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, graded, shorten
from promptci.scorers.json.alike import AlikeOptions, Equality, Leaf
from promptci.scorers.json.pairing import most_pairs
from promptci.scorers.json.structured import compiled
from promptci.scorers.tools.admissible import admitted
from promptci.scorers.tools.bfcl import Functions, Tools, functions_by, is_of, misfit
from promptci.scorers.tools.calls import Call, InText, calls_made, calls_wanted

_Name = Annotated[str, Meta(min_length=1)]


_Values: TypeAlias = Annotated[
    Literal["exact", "admissible", "bfcl"],
    Meta(
        description="what a list means as the value of an argument wanted: itself; any one of its "
        "items; the same by BFCL's rules, where an empty text lets the argument be left out and "
        "texts are equal without case, spaces and `,./-_*^`"
    ),
]


class CallOptions(AlikeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The call that is wanted. Without `tool`, `arguments` and `schema` it is the `expected`."""

    tool: Annotated[_Name | None, Meta(description="the name of the tool to be called")] = None
    arguments: Annotated[
        dict[str, Any] | None, Meta(description="the arguments that it must be given")
    ] = None
    schema: Annotated[
        dict[str, Any] | bool | UnsetType,
        Meta(description="a JSON Schema that the arguments must fit"),
    ] = UNSET
    match: Annotated[
        Literal["exact", "subset", "f1"],
        Meta(description="all arguments; those wanted at least; the F1 of their fields"),
    ] = "exact"
    values: _Values = "exact"
    tools: Tools = ""
    alone: Annotated[bool, Meta(description="no other call may be made")] = False
    in_text: InText = False


class CallsOptions(AlikeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which calls are wanted, and what of them counts."""

    value: Annotated[Any, Meta(description="the calls wanted: names, or `{name, arguments}`")] = (
        UNSET
    )
    arguments: Annotated[bool, Meta(description="false compares the names alone")] = True
    values: _Values = "exact"
    tools: Tools = ""
    in_text: InText = False


def tool_call(options: CallOptions, binding: ScorerContext) -> Judge | None:
    """Every call that is wanted is among those made, with the right arguments."""
    fits = compiled(options.schema, binding)
    if fits is None:
        return None
    given = binding.node.value
    is_named = isinstance(given, dict) and "name" in given
    if options.arguments is not None and not options.tool and is_named:
        wrong = "`name` is what the scorer is called, so that a call of any tool will do"
        binding.warn(f"{wrong}: write `tool: NAME` for the tool", "name")
    is_fixed = bool(options.tool or options.arguments is not None or options.schema is not UNSET)
    binding.needs_expected = not is_fixed
    fixed = Call(options.tool or "", options.arguments)
    goldens = (lambda subject: [fixed]) if is_fixed else binding.golden(_expected)
    functions = functions_by(options.values, options.tools, binding)

    def judge(subject: Subject) -> Score:
        goals, known = goldens(subject), functions(subject)
        made = calls_made(subject, in_text=options.in_text)
        if not goals:
            return failed(f"no call wanted, made {_in_words(made)}") if made else PASSED
        if options.alone and len(made) > len(goals):
            return failed(f"{len(made)} calls, {len(goals)} wanted: {_in_words(made)}")
        return _mean(list(_in_turn(goals, made, options, fits, known)))

    return judge


def tool_calls_f1(options: CallsOptions, binding: ScorerContext) -> Judge | None:
    """F1 of the calls made against those wanted, in any order; each counts as often as it is made.

    Two calls are the same if their names are, and their arguments where any are wanted.
    """
    try:
        fixed = None if options.value is UNSET else calls_wanted(options.value)
    except Unjudged as error:
        binding.fault(f"`value`: {error}", "value")
        return None
    binding.needs_expected = fixed is None
    goldens = binding.golden(_expected) if fixed is None else lambda subject: fixed
    functions = functions_by(options.values, options.tools, binding)

    def judge(subject: Subject) -> Score:
        goals, known = goldens(subject), functions(subject)
        made = calls_made(subject, in_text=options.in_text)
        if not goals and not made:
            return PASSED
        equality = Equality(options)
        pairs = most_pairs(
            [
                [n for n, call in enumerate(made) if _is_same(goal, call, options, equality, known)]
                for goal in goals
            ]
        )
        return _f1(goals, made, pairs)

    return judge


def _expected(subject: Subject) -> list[Call]:
    if not subject.has_expected:
        raise Unjudged("the example has no `expected` call to compare with")
    return calls_wanted(subject.expected)


def _in_turn(
    goals: list[Call], made: list[Call], options: CallOptions, fits: Check, known: Functions
) -> Iterator[Score]:
    """The score of each call wanted, by the call that comes nearest and is not taken yet.

    Calls whose arguments are open take what the others leave.
    """
    left, how = list(made), options.values
    for goal in sorted(goals, key=lambda goal: goal.arguments is None):
        named = [each for each in left if not goal.name or is_of(each.name, goal.name, how)]
        if not named:
            yield failed(_not_called(goal, made))
            continue
        scored = [(_like(goal, call, options, fits, known), call) for call in named]
        score, call = max(scored, key=lambda pair: pair[0].value)
        left.remove(call)
        yield score


def _not_called(goal: Call, made: list[Call]) -> str:
    wanted = f"{shorten(goal.name, 40)} is not called" if goal.name else "no tool is called"
    if any(call.name == goal.name for call in made):
        wanted += " as often as wanted"
    return f"{wanted}: made {_in_words(made)}" if made else wanted


def _like(goal: Call, call: Call, options: CallOptions, fits: Check, known: Functions) -> Score:
    if call.error:
        return failed(call.error)
    why = fits(call.arguments) or misfit(known, goal.name, call.arguments, goal.arguments)
    if why:
        return failed(f"{shorten(call.name, 40)}: {why}")
    if goal.arguments is None:
        return PASSED
    wanted = admitted(goal.arguments, call.arguments or {}, options.values, options)
    leaves = list(
        Equality(options).leaves(
            wanted, call.arguments, extra=options.match != "subset", items=False
        )
    )
    wrong = [leaf for leaf in leaves if not leaf.is_right] if wanted else []
    if not wanted and call.arguments and options.match != "subset":
        return failed(f"{shorten(call.name, 40)} takes no arguments here: got {call}")
    if not wrong:
        return PASSED
    value = _leaves_f1(leaves) if options.match == "f1" else 0.0
    return graded(
        value, f"{shorten(call.name, 40)}: {'; '.join(leaf.in_words() for leaf in wrong[:3])}"
    )


def _leaves_f1(leaves: list[Leaf]) -> float:
    """F1 of the fields: those right, against those wanted and those given."""
    right = sum(leaf.is_right for leaf in leaves)
    wanted = sum(not leaf.is_extra for leaf in leaves)
    given = sum(leaf.is_given for leaf in leaves)
    return 2 * right / (wanted + given)


def _mean(scores: list[Score]) -> Score:
    """All of several calls are wanted: the mean of their scores."""
    value = sum(score.value for score in scores) / len(scores)
    return graded(value, "; ".join(score.why for score in scores if score.why))


def _is_same(
    goal: Call, call: Call, options: CallsOptions, equality: Equality, known: Functions
) -> bool:
    if not is_of(call.name, goal.name, options.values):
        return False
    if not options.arguments or goal.arguments is None:
        return True
    if call.arguments is None or misfit(known, goal.name, call.arguments, goal.arguments):
        return False
    wanted = admitted(goal.arguments, call.arguments, options.values, options)
    return equality.same(wanted, call.arguments)


def _f1(goals: list[Call], made: list[Call], pairs: Mapping[int, int]) -> Score:
    value = 2 * len(pairs) / (len(goals) + len(made))
    missing = [goal for number, goal in enumerate(goals) if number not in pairs]
    stray = [call for number, call in enumerate(made) if number not in pairs.values()]
    parts = [
        f"{what}: {_in_words(calls)}"
        for what, calls in (("missing", missing), ("not wanted", stray))
        if calls
    ]
    return graded(value, "; ".join(parts))


def _in_words(calls: list[Call]) -> str:
    more = f" and {len(calls) - 3} more" if len(calls) > 3 else ""
    return ", ".join(map(str, calls[:3])) + more


SCORERS = {
    "tool_call": Scorer(
        tool_call,
        CallOptions,
        "the tool wanted is called, with the right arguments",
        "tool",
        version=8,
        example="tool_call: {tool: get_weather, arguments: {city: Oslo}, match: subset}",
    ),
    "tool_calls_f1": Scorer(
        tool_calls_f1,
        CallsOptions,
        "F1 of the calls made against those wanted, in any order",
        "value",
        version=7,
        example="tool_calls_f1: {arguments: false}",
    ),
}

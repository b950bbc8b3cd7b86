"""What came back and is no answer: why, and whether to ask again."""

from collections.abc import Collection
from fnmatch import fnmatchcase

from promptci.specs.completion import Completion, Outcome
from promptci.specs.request import Request, Settings

SCORED: frozenset[Outcome] = frozenset({"ok", "truncated"})
"""How an answer may end to be judged, unless an eval says otherwise."""


def why_no_answer(
    settings: Settings | None, completion: Completion, scored: Collection[Outcome] = SCORED
) -> str:
    """Why what came back cannot be judged, empty where it can; without settings any model may."""
    if is_all_thoughts(completion):
        spent = completion.usage.output_tokens
        tokens = f"all {spent:,} tokens" if spent else "all tokens"
        cure = "raise `max_tokens`, or lower `reasoning_effort`"
        return f"{tokens} of the answer went into thoughts and nothing was said: {cure}"
    if completion.outcome not in scored:
        only = ": the model only thought" if completion.thoughts and not completion.text else ""
        return f"the answer was {completion.outcome}{only}"
    return "" if settings is None else why_other_model(settings, completion)


def why_other_model(settings: Settings, completion: Completion) -> str:
    """What to say where another model answered than may; empty where it may."""
    served = settings.model.served
    if served is None or fnmatchcase(completion.served_model, served):
        return ""
    other = completion.served_model or "a model that it does not name"
    return f"the endpoint let `{other}` answer, not `{served}`"


def is_worth_asking_again(
    request: Request, completion: Completion, scored: Collection[Outcome] = SCORED
) -> bool:
    """Whether it is no answer, and another call may bring one; what was cut off would be again.

    A judge's reply is none, either, if nothing can be read from it.
    """
    outcome, model = completion.outcome, request.settings.model
    if outcome == "ok" and outcome in scored and request.is_useful is None and model.served is None:
        return False  # as nearly all are
    if request.settings.is_deterministic or is_all_thoughts(completion):
        return False
    if request.is_useful is not None:
        return not request.is_useful(completion)
    return bool(why_no_answer(request.settings, completion, {*scored, "truncated"}))


def is_all_thoughts(completion: Completion) -> bool:
    """Whether a model was cut off before it said anything, as happens to those that think first."""
    if completion.outcome != "truncated":
        return False
    return not completion.text.strip() and not completion.tool_calls

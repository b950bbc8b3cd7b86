"""Scorers where a model judges by criteria in words."""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import graded, shorten
from promptci.scorers.modelgraded.inquiry import SHOWN, JudgeOptions, JudgeReply, make_inquiry
from promptci.scorers.modelgraded.judgefile import ONLY, Want
from promptci.scorers.modelgraded.reply import Unusable, numbers, scaled, truth, why_of
from promptci.specs.request import Asking

Criteria = Annotated[
    str,
    Meta(min_length=1, description="what makes an output good; may use the example's variables"),
]


class RubricOptions(JudgeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The judge's own word decides; a threshold must be reached beside it."""

    criteria: Criteria
    threshold: Annotated[
        Share, Meta(description="the least score that passes, if the judge says so too")
    ] = 0.0


class ClosedOptions(JudgeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One criterion, met or not."""

    criteria: Criteria


class GEvalOptions(JudgeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without `steps` the judge writes them once, from the criteria alone."""

    criteria: Criteria
    steps: Annotated[
        Annotated[list[Annotated[str, Meta(min_length=1)]], Meta(min_length=1)] | None,
        Meta(description="how to evaluate, step by step (default: the judge's own)"),
    ] = None
    threshold: Annotated[Share, Meta(description="the least value that passes")] = 0.7


def rubric(options: RubricOptions, binding: ScorerContext) -> Judge | None:
    """A model says how far the output meets the criteria, and whether that is enough."""
    criteria = binding.template(options.criteria, "criteria", own=SHOWN)
    fields = ("score",) if options.prompt and options.threshold else ("score", "pass")
    wants = {ONLY: Want(("output", "criteria"), fields, ("criteria",))}
    inquiry = make_inquiry(options, binding, "rubric", wants)
    if inquiry is None:
        return None
    form = inquiry.prompt.steps[ONLY].reply

    def read(reply: JudgeReply) -> Score:
        value = scaled(reply, "score", form, otherwise=(0, 1))
        if "pass" not in reply and "pass" not in fields:
            return Score(value, True, why_of(reply))
        passed = truth(reply, "pass")
        if value in (0, 1) and passed is not bool(value):
            said = f"`score` {shorten(reply['score'])} with `pass` {shorten(reply['pass'])}"
            raise Unusable(f"contradicted itself: {said}")
        return Score(value, passed, why_of(reply))

    return lambda subject: inquiry.ask(ONLY, subject, read, data={}, criteria=criteria)


def closed_qa(options: ClosedOptions, binding: ScorerContext) -> Judge | None:
    """A model says whether the answer meets the criterion."""
    criteria = binding.template(options.criteria, "criteria", own=SHOWN)
    wants = {ONLY: Want(("output", "criteria"), ("meets",), ("criteria",))}
    inquiry = make_inquiry(options, binding, "closed_qa", wants)
    if inquiry is None:
        return None

    def read(reply: JudgeReply) -> Score:
        return graded(float(truth(reply, "meets")), why_of(reply))

    return lambda subject: inquiry.ask(ONLY, subject, read, data={}, criteria=criteria)


_G_EVAL: Mapping[str, Want] = {
    "plan": Want(("criteria",), ("steps",), ("criteria",)),
    "score": Want(("output", "steps"), ("score",), ("criteria", "steps")),
}


def g_eval(options: GEvalOptions, binding: ScorerContext) -> Judge | None:
    """A model follows evaluation steps and gives a score."""
    criteria = binding.template(options.criteria, "criteria", own=SHOWN)
    inquiry = make_inquiry(options, binding, "g_eval", _G_EVAL)
    if inquiry is None:
        return None
    form = inquiry.prompt.steps["score"].reply

    def read(reply: JudgeReply) -> Score:
        return graded(scaled(reply, "score", form, otherwise=(0, 10)), why_of(reply))

    def judge(subject: Subject) -> Asking[Score]:
        steps = options.steps or (
            yield from inquiry.ask("plan", subject, _steps, data={}, criteria=criteria)
        )
        words = {"steps": numbers(steps)}
        return (
            yield from inquiry.ask(
                "score", subject, read, data={}, criteria=criteria, words=words, most=10
            )
        )

    return judge


def _steps(reply: JudgeReply) -> list[str]:
    """The steps that the judge wrote for itself."""
    found: Plain = reply["steps"]
    steps = [step for step in found if isinstance(step, str)] if isinstance(found, list) else []
    if not any(step.strip() for step in steps):
        raise Unusable("wrote no evaluation steps")
    return steps


SCORERS = {
    "rubric": Scorer(
        rubric,
        RubricOptions,
        "a model says how far the output meets criteria in words, and whether it passes",
        shorthand="criteria",
        example="""rubric:
    criteria: The reply apologises and names the next step.
    model: openai/gpt-6-luna""",
        version=2,
        decides=True,
    ),
    "closed_qa": Scorer(
        closed_qa,
        ClosedOptions,
        "a model says whether the output meets one criterion, yes or no",
        shorthand="criteria",
        example="""closed_qa:
    criteria: It names a date.
    model: openai/gpt-6-luna""",
    ),
    "g_eval": Scorer(
        g_eval,
        GEvalOptions,
        "a model follows evaluation steps and scores the output by criteria",
        shorthand="criteria",
        example="""g_eval:
    criteria: The summary holds together and leaves out nothing that matters.
    steps: [Read the text., Read the summary., Compare them., Give a score.]
    model: openai/gpt-6-luna""",
    ),
}

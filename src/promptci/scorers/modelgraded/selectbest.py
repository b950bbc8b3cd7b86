"""A scorer that judges two answers against each other, in both orders."""

from typing import Annotated, get_args

from msgspec import Meta

from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.preference import Preference, Vote
from promptci.scorers.base.scorer import Prefer, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.modelgraded.inquiry import SHOWN, JudgeOptions, JudgeReply, make_inquiry
from promptci.scorers.modelgraded.judgefile import ONLY, Want
from promptci.scorers.modelgraded.reply import Unusable
from promptci.specs.request import Asking


class SelectOptions(JudgeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It judges no answer alone, so `run` passes over it and no score depends on it."""

    criteria: Annotated[
        str, Meta(min_length=1, description="what makes one output better than the other")
    ] = "The better output answers the question more correctly, more fully and more clearly."


_WANT = Want(("first", "second", "criteria"), ("choice",), ("first", "second", "criteria"))


def select_best(options: SelectOptions, binding: ScorerContext) -> Prefer | None:
    """A model says which of two answers is better, with either of them shown first."""
    criteria = binding.template(options.criteria, "criteria", own=SHOWN)
    inquiry = make_inquiry(options, binding, "select_best", {ONLY: _WANT})
    if inquiry is None:
        return None

    def vote(subject: Subject, first: str, second: str) -> Asking[Vote]:
        data = {"first": first, "second": second}
        return (yield from inquiry.ask(ONLY, subject, _choice, data=data, criteria=criteria))

    def prefer(base: Subject, head: Subject) -> Asking[Preference]:
        base_first = yield from vote(head, base.output, head.output)
        head_first = yield from vote(head, head.output, base.output)
        return Preference(base_first, head_first)

    return prefer


def _choice(reply: JudgeReply) -> Vote:
    for known in get_args(Vote):
        if reply.get("choice") == known:
            vote: Vote = known
            return vote
    raise Unusable("chose neither `first`, `second` nor `tie`")


SCORERS = {
    "select_best": Scorer(
        select_best,
        SelectOptions,
        "in `compare`, a model says which side's output is better, asked in both orders",
        "criteria",
        example="""select_best:
    criteria: The better reply solves the customer's problem in fewer words.
    model: openai/gpt-6-luna""",
        is_pairwise=True,
    ),
}

"""The scorer that compares the facts of an answer with a reference."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs
from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import graded
from promptci.scorers.modelgraded.inquiry import JudgeOptions, JudgeReply, make_inquiry
from promptci.scorers.modelgraded.judgefile import ONLY, Want
from promptci.scorers.modelgraded.reply import why_of, word
from promptci.specs.request import Asking


class ClassScores(Struct, frozen=True, forbid_unknown_fields=True):
    """What each class is worth: all but a contradiction passes, unless said otherwise."""

    subset: Annotated[Share, Meta(description="less than the reference, without contradiction")] = (
        1.0
    )
    superset: Annotated[Share, Meta(description="more, without contradiction")] = 1.0
    same: Annotated[Share, Meta(description="the same details")] = 1.0
    disagree: Annotated[Share, Meta(description="a contradiction of fact")] = 0.0
    differ: Annotated[Share, Meta(description="differences that do not matter to the facts")] = 1.0


class FactualityOptions(JudgeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Five classes, those of OpenAI's `fact` template, each with a score."""

    reference: Annotated[str, Meta(description="the right answer, a text with variables")] = (
        "{{ expected }}"
    )
    scores: Annotated[ClassScores, Meta(description="what each class is worth")] = ClassScores()
    order: Annotated[
        Literal["listed", "reversed"],
        Meta(description="the order in which the judge is shown the classes"),
    ] = "listed"


def factuality(options: FactualityOptions, binding: ScorerContext) -> Judge | None:
    """A model puts the answer into one of five classes against the reference."""
    reference = binding.template(options.reference, "reference")
    wants = {ONLY: Want(("output", "reference"), ("choice",), ("reference",))}
    turned = options.order == "reversed"
    inquiry = make_inquiry(options, binding, "factuality", wants, turned=turned)
    scores: dict[str, float] = structs.asdict(options.scores)
    binding.grades = scores
    if inquiry is None:
        return None

    def read(reply: JudgeReply) -> Score:
        choice = word(reply, "choice", scores)
        score = graded(scores[choice], f"{choice}: {why_of(reply)}".removesuffix(": "))
        return replace(score, label=choice)

    def judge(subject: Subject) -> Asking[Score]:
        data: dict[str, Plain] = {"reference": reference.render(subject.scope)}
        return inquiry.ask(ONLY, subject, read, data=data)

    return judge


SCORERS = {
    "factuality": Scorer(
        factuality,
        FactualityOptions,
        "a model says how the facts of the output relate to a reference, in five classes",
        example="""factuality:
    model: openai/gpt-6-luna
    scores: {subset: 0.5, superset: 0.8}""",
    ),
}

"""The scorer that compares a summary with what it sums up."""

from typing import Annotated

from msgspec import Meta

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import NoVerdict, failed, graded
from promptci.scorers.modelgraded.claims import share_of, texts_of
from promptci.scorers.modelgraded.inquiry import JudgeOptions, make_inquiry
from promptci.scorers.modelgraded.judgefile import Want
from promptci.specs.request import Asking


class SummaryOptions(JudgeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is summed up."""

    source: Annotated[
        str, Meta(min_length=1, description="the text that is summed up, with variables")
    ] = "{{ input }}"
    threshold: Annotated[Share, Meta(description="the least value that passes")] = 0.7


_WANTS = {
    "claims": Want(("output",), ("claims",), ("source",)),
    "verdicts": Want(("claims", "source"), ("verdicts",), ("source", "claims")),
    "points": Want(("source",), ("points",), ("source",)),
    "coverage": Want(("points", "output"), ("verdicts",), ("source", "points")),
}


def summarisation(options: SummaryOptions, binding: ScorerContext) -> Judge | None:
    """The lesser of two shares: claims that the source supports, points that are covered."""
    source = binding.template(options.source, "source")
    inquiry = make_inquiry(options, binding, "summarisation", _WANTS)
    if inquiry is None:
        return None

    def judge(subject: Subject) -> Asking[Score]:
        data: dict[str, Plain] = {"source": source.render(subject.scope)}
        claims = yield from inquiry.ask("claims", subject, texts_of("claims"), data=data)
        if not claims:
            return failed("the summary says nothing")
        points = yield from inquiry.ask("points", subject, texts_of("points"), data=data)
        if not points:
            raise NoVerdict("the source makes no points that a summary could cover")
        true = yield from share_of(
            inquiry, subject, claims, good={"supported"}, name="claims", data=data
        )
        covered = yield from share_of(
            inquiry, subject, points, good={"yes"}, name="points", data=data, step="coverage"
        )
        why = "; ".join(score.why for score in (true, covered) if score.why)
        return graded(min(true.value, covered.value), why)

    return judge


SCORERS = {
    "summarisation": Scorer(
        summarisation,
        SummaryOptions,
        "how far a summary is true to its source and covers it, as a model sees it",
        example="""summarisation: {source: "{{ article }}", model: openai/gpt-6-luna}""",
    ),
}

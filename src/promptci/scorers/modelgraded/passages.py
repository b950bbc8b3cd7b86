"""The scorer that asks how much of a context serves the question."""

import re
from collections.abc import Callable, Mapping, Set
from math import fsum
from typing import Annotated

from msgspec import Meta

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import Unjudged, graded, shorten
from promptci.scorers.lists.ranking import TEXT_HEAD
from promptci.scorers.modelgraded.claims import FaithfulOptions, RecallOptions
from promptci.scorers.modelgraded.inquiry import Inquiry, JudgeReply, make_inquiry
from promptci.scorers.modelgraded.judgefile import ONLY, Want
from promptci.scorers.modelgraded.reply import Unusable, why_of
from promptci.specs.request import Asking
from promptci.templates.template import Template, as_text

_SENTENCE = re.compile(r"(?<=[.!?])[ \t]+(?=[^\s.!?])|\n+")


class PassageOptions(FaithfulOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A context that is a list is judged item by item, a text sentence by sentence.

    Texts that were looked up are judged one by one: each is below its id in brackets.
    """

    threshold: Annotated[Share, Meta(description="the least share that passes")] = 0.5


def context_relevance(options: PassageOptions, binding: ScorerContext) -> Judge | None:
    """The share of the context's passages that help to answer the question."""
    context = binding.template(options.context, "context")
    wants = {ONLY: Want(("passages", "question"), ("needed",), ("passages", "context"))}
    inquiry = make_inquiry(options, binding, "context_relevance", wants)
    if inquiry is None:
        return None

    def share(needed: Set[int], count: int) -> float:
        return len(needed) / count

    return _judge(inquiry, context, {}, share)


class PrecisionOptions(RecallOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A context that is a list counts item by item in its order, a text sentence by sentence."""

    threshold: Annotated[Share, Meta(description="the least value that passes")] = 0.5


def context_precision(options: PrecisionOptions, binding: ScorerContext) -> Judge | None:
    """How far up the useful passages are: the mean of the precision at each of them."""
    context = binding.template(options.context, "context")
    reference = binding.template(options.reference, "reference")
    gives = ("passages", "context", "reference")
    wants = {ONLY: Want(("passages", "reference"), ("needed",), gives)}
    inquiry = make_inquiry(options, binding, "context_precision", wants)
    if inquiry is None:
        return None

    def precision(needed: Set[int], _: int) -> float:
        shares = [place / rank for place, rank in enumerate(sorted(needed), 1)]
        return fsum(shares) / len(shares) if shares else 0.0

    return _judge(inquiry, context, {"reference": reference}, precision)


def _judge(
    inquiry: Inquiry,
    context: Template,
    others: Mapping[str, Template],
    value: Callable[[Set[int], int], float],
) -> Judge:
    """Ask which passages of a context are needed; `value` makes a score of these and their count.

    `others` are templates of what else is shown to the judge, by its name.
    """

    def judge(subject: Subject) -> Asking[Score]:
        passages = _passages(context, subject)
        if not passages:
            raise Unjudged("the context is empty")

        def read(reply: JudgeReply) -> Score:
            return graded(value(_needed(reply, len(passages)), len(passages)), why_of(reply))

        data: dict[str, Plain] = {
            "passages": {str(n): text for n, text in enumerate(passages, 1)},
            "context": context.render(subject.scope),
            **{name: template.render(subject.scope) for name, template in others.items()},
        }
        return (yield from inquiry.ask(ONLY, subject, read, data=data))

    return judge


def _passages(context: Template, subject: Subject) -> list[str]:
    """The items of a list, texts below their ids, else the sentences and lines of a text."""
    value = context.value(subject.scope)
    if isinstance(value, list):
        return [text for item in value if (text := as_text(item).strip())]
    if isinstance(value, str) and TEXT_HEAD.match(value):
        starts = [found.start() for found in TEXT_HEAD.finditer(value)]
        ends = zip(starts, [*starts[1:], len(value)], strict=True)
        return [value[start:end].strip() for start, end in ends]
    return [part.strip() for part in _SENTENCE.split(as_text(value)) if part.strip()]


def _needed(reply: JudgeReply, count: int) -> set[int]:
    """Which passages are needed. Raises `Unusable` for one that is not there."""
    found = reply["needed"]
    for number in found if isinstance(found, list) else [found]:
        is_number = isinstance(number, int) and not isinstance(number, bool)
        if not is_number or not 1 <= int(str(number)) <= count:
            raise Unusable(f"named a passage that is none of the {count}: {shorten(number)}")
    return {int(str(number)) for number in found} if isinstance(found, list) else set()


SCORERS = {
    "context_precision": Scorer(
        context_precision,
        PrecisionOptions,
        "how far up in a context its useful passages are, as a model sees it",
        version=2,
        example="""context_precision:
    context: "{{ passage }}"
    question: "{{ ticket }}"
    model: openai/gpt-6-luna""",
    ),
    "context_relevance": Scorer(
        context_relevance,
        PassageOptions,
        "the share of a context's passages that serve the question, as a model sees it",
        version=2,
        example="""context_relevance:
    context: "{{ passage }}"
    question: "{{ ticket }}"
    model: openai/gpt-6-luna""",
    ),
}

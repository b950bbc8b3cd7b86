"""Scorers where a model takes texts apart into claims and judges each of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeAlias

from msgspec import Meta

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, NoVerdict, failed, graded, shorten
from promptci.scorers.modelgraded.inquiry import Inquiry, JudgeOptions, JudgeReply, make_inquiry
from promptci.scorers.modelgraded.judgefile import Want
from promptci.scorers.modelgraded.reply import Unusable
from promptci.specs.request import Asking

Threshold = Annotated[Share, Meta(description="the least share that passes")]
Context = Annotated[str, Meta(min_length=1, description="the context, a text with variables")]
Data: TypeAlias = "dict[str, Plain]"


class RelevanceOptions(JudgeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The question is all that the answer is compared with."""

    threshold: Threshold = 0.7


class FaithfulOptions(JudgeOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The context is what the model was given to answer from."""

    context: Context = "{{ context }}"
    threshold: Threshold = 0.7


class RecallOptions(FaithfulOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The output itself is not looked at: it is the context that is judged."""

    reference: Annotated[str, Meta(description="the right answer, a text with variables")] = (
        "{{ expected }}"
    )


def answer_relevance(options: RelevanceOptions, binding: ScorerContext) -> Judge | None:
    """The share of the answer's statements that serve the question."""
    wants = two_steps("statements", "output", "question")
    inquiry = make_inquiry(options, binding, "answer_relevance", wants)
    if inquiry is None:
        return None

    def judge(subject: Subject) -> Asking[Score]:
        found = yield from inquiry.ask("statements", subject, texts_of("statements"), data={})
        if not found:
            return failed("the answer says nothing")
        good = {"yes", "support"}
        return (yield from share_of(inquiry, subject, found, good=good, name="statements", data={}))

    return judge


def faithfulness(options: FaithfulOptions, binding: ScorerContext) -> Judge | None:
    """The share of the answer's claims that the context supports."""
    context = binding.template(options.context, "context")
    wants = two_steps("claims", "output", "context", gives=("context",))
    inquiry = make_inquiry(options, binding, "faithfulness", wants)
    if inquiry is None:
        return None

    def judge(subject: Subject) -> Asking[Score]:
        data: Data = {"context": context.render(subject.scope)}
        found = yield from inquiry.ask("claims", subject, texts_of("claims"), data=data)
        if not found:
            return PASSED
        good = {"supported"}
        return (yield from share_of(inquiry, subject, found, good=good, name="claims", data=data))

    return judge


def context_recall(options: RecallOptions, binding: ScorerContext) -> Judge | None:
    """The share of the expected answer's claims that are in the context."""
    context = binding.template(options.context, "context")
    reference = binding.template(options.reference, "reference")
    wants = two_steps("claims", "reference", "context", gives=("context", "reference"))
    inquiry = make_inquiry(options, binding, "context_recall", wants)
    if inquiry is None:
        return None

    def judge(subject: Subject) -> Asking[Score]:
        data: Data = {
            "context": context.render(subject.scope),
            "reference": reference.render(subject.scope),
        }
        found = yield from inquiry.ask("claims", subject, texts_of("claims"), data=data)
        if not found:
            raise NoVerdict("the reference makes no claims that the context could hold")
        good = {"found"}
        return (yield from share_of(inquiry, subject, found, good=good, name="claims", data=data))

    return judge


def two_steps(
    name: str, whole: str, against: str, *, gives: tuple[str, ...] = ()
) -> Mapping[str, Want]:
    """The two steps: take a text apart, compare each part with something."""
    return {
        name: Want((whole,), (name,), gives),
        "verdicts": Want((name, against), ("verdicts",), (*gives, name)),
    }


def texts_of(field: str) -> Callable[[JudgeReply], list[str]]:
    """Reads a list of texts; blank ones are none."""

    def read(reply: JudgeReply) -> list[str]:
        found = reply[field]
        if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
            raise Unusable(f"gave no list of texts as `{field}`: {shorten(found)}")
        return [str(text).strip() for text in found if str(text).strip()]

    return read


def share_of(
    inquiry: Inquiry,
    subject: Subject,
    texts: Sequence[str],
    *,
    good: set[str],
    name: str,
    data: Mapping[str, Plain],
    step: str = "verdicts",
) -> Asking[Score]:
    """The share of the texts whose verdict is good, once the judge has given one for each."""
    numbered: Data = {str(number): text for number, text in enumerate(texts, 1)}
    read = _verdicts(len(texts))
    verdicts = yield from inquiry.ask(step, subject, read, data={**data, name: numbered})
    bad = [index for index, verdict in enumerate(verdicts) if verdict not in good]
    if not bad:
        return PASSED
    first = f"{verdicts[bad[0]]}: {shorten(texts[bad[0]], 100)}"
    return graded(1 - len(bad) / len(texts), f"{len(bad)} of {len(texts)} {name} fail; {first}")


def _verdicts(count: int) -> Callable[[JudgeReply], list[str]]:
    """Reads a verdict for each number from 1 on: each once, none left out."""

    def read(reply: JudgeReply) -> list[str]:
        found = reply["verdicts"]
        pairs = [_pair(item) for item in found] if isinstance(found, list) else []
        if sorted(number for number, _ in pairs) != list(range(1, count + 1)):
            raise Unusable(f"gave {len(pairs)} verdicts, not one for each number to {count}")
        return [verdict for _, verdict in sorted(pairs)]

    return read


def _pair(item: Plain) -> tuple[int, str]:
    number, verdict = (
        (item.get("number"), item.get("verdict")) if isinstance(item, dict) else (0, 0)
    )
    if not isinstance(number, int) or isinstance(number, bool) or not isinstance(verdict, str):
        raise Unusable(f"gave a verdict without number and word: {shorten(item)}")
    return number, verdict


SCORERS = {
    "answer_relevance": Scorer(
        answer_relevance,
        RelevanceOptions,
        "the share of the output's statements that serve the question, as a model sees it",
        example="""answer_relevance: {question: "{{ ticket }}", model: openai/gpt-6-luna}""",
    ),
    "faithfulness": Scorer(
        faithfulness,
        FaithfulOptions,
        "the share of the output's claims that a context supports, as a model sees it",
        example="""faithfulness: {context: "{{ passage }}", model: openai/gpt-6-luna}""",
    ),
    "context_recall": Scorer(
        context_recall,
        RecallOptions,
        "the share of the expected answer's claims that a context holds, as a model sees it",
        example="""context_recall: {context: "{{ passage }}", model: openai/gpt-6-luna}""",
    ),
}

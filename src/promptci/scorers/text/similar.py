"""A scorer that compares meaning: the cosine of two embeddings."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from promptci.models.vector import NotAVector, Vector, cosine, unpack
from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options, Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import NoVerdict, Unjudged, failed, graded, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.text.cleaning import Word
from promptci.specs.completion import Completion
from promptci.specs.message import Message
from promptci.specs.request import Asking, Request, Settings
from promptci.templates.template import as_text

MAX_TEXT = 100_000
"""Characters that are embedded at most; models read far fewer and would cut the rest in silence."""


class SimilarOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The value is the cosine of the two embeddings, 0 where that is negative."""

    value: Annotated[
        Word | list[Word] | UnsetType,
        Meta(description="the text to be close to, or several; without it `expected`"),
    ] = UNSET
    model: Annotated[str, Meta(description="the model that embeds")] = "minilm"
    dimensions: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None,
        Meta(description="the size of a vector, for models that let one choose"),
    ] = None
    threshold: Annotated[Share, Meta(description="the least similarity that passes")] = 0.75


def similar(options: SimilarOptions, binding: ScorerContext) -> Judge | None:
    """The output is close in meaning to the text, or to one of several."""
    parameters: dict[str, Plain] = (
        {} if options.dimensions is None else {"dimensions": options.dimensions}
    )
    settings = binding.settings(options.model, parameters, task="embeddings")
    texts = wanted(binding, options.value, _needle)
    if settings is None:
        return None

    def judge(subject: Subject) -> Score | Asking[Score]:
        output = subject.output.strip()
        if not output:
            return failed("the output is blank")
        if len(output) > MAX_TEXT:
            raise Unjudged(f"too long to embed: {len(output):,} characters, at most {MAX_TEXT:,}")
        return _compare(settings, output, texts(subject))

    return judge


def _compare(settings: Settings, output: str, texts: tuple[str, ...]) -> Asking[Score]:
    """Ask for all vectors side by side; the closest text counts."""
    answers = yield tuple(_request(settings, text) for text in (output, *texts))
    assert isinstance(answers, tuple)
    vectors = [_vector(answer) for answer in answers]
    try:
        found = [max(0.0, min(1.0, cosine(vectors[0], other))) for other in vectors[1:]]
    except NotAVector as error:
        raise NoVerdict(f"the embeddings do not fit together: {error}") from None
    best = max(range(len(found)), key=found.__getitem__)
    value = round(found[best], 4)
    return graded(value, f"{value:.2f} close to {shorten(texts[best])}: {shorten(output)}")


def _needle(value: Plain) -> str:
    text = as_text(value).strip()
    if not text:
        raise Unjudged("the text to be close to is blank")
    return text


def _request(settings: Settings, text: str) -> Request:
    return Request(settings, (Message("user", text),))


def _vector(answer: Completion) -> Vector:
    try:
        return unpack(answer.text)
    except NotAVector as error:
        raise NoVerdict(f"the embedding cannot be used: {error}") from None


SCORERS = {
    "similar": Scorer(
        similar,
        SimilarOptions,
        "the output is close in meaning to the text, by the cosine of embeddings",
        "value",
        example="similar: {threshold: 0.8}",
    ),
}

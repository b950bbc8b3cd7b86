"""Scorers that compare text."""

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.jsontext import NotJSON, read_json, same
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, as_read, failed, graded, listed, shorten
from promptci.scorers.base.wanted import wanted, warn_of_commas
from promptci.scorers.text.cleaning import (
    Clean,
    Folding,
    Normalising,
    Stripping,
    TextOptions,
    Word,
    cleaner,
)
from promptci.scorers.text.normalform import unseen_difference
from promptci.templates.template import as_text


class EqualsOptions(TextOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text, or anything else that JSON can hold."""

    value: Annotated[Any, Meta(description="the text or value; a list holds alternatives")] = UNSET


class WordOptions(TextOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is looked for."""

    value: Annotated[
        Word | list[Word] | UnsetType, Meta(description="a text, or a list of texts")
    ] = UNSET


class OneOfOptions(TextOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Labels are compared without regard to case, markup and closing punctuation."""

    values: Annotated[list[Word], Meta(min_length=1, description="the labels that are allowed")]
    ignore_case: Folding = True
    strip: Stripping = True
    normalise: Normalising = True


def equals(options: EqualsOptions, binding: ScorerContext) -> Judge:
    """The output is the text, or, if no text is expected, JSON of the same value."""
    clean = cleaner(options)
    form = cleaner(options, wanted=True)
    alternatives = wanted(binding, options.value, lambda v: form(v) if isinstance(v, str) else v)

    def judge(subject: Subject) -> Score:
        texts = alternatives(subject)
        output = clean(subject.output)
        if output in texts or _same_data(subject.output, texts):
            return as_read(PASSED, output)
        unseen = (unseen_difference(output, text) for text in texts if isinstance(text, str))
        why = next(filter(None, unseen), "")
        said = f"expected {_either(texts)}, got {shorten(subject.output)}"
        return as_read(failed(f"{why}: {said}" if why else said), output)

    return judge


class Placed(Struct, frozen=True):
    """A place where one of several texts is looked for: whether it is there, and what is missed.

    `missed` says what is wrong with an output that has none of the texts, which are given as read.
    """

    holds: Callable[[str, tuple[str, ...]], bool]
    missed: Callable[[str, str], str]
    warns_of_commas: bool = False

    def scorer(self, options: WordOptions, binding: ScorerContext) -> Judge:
        """The output has one of the texts in this place."""
        if self.warns_of_commas:
            warn_of_commas(options.value, binding, "value")
        clean, texts = _compared(options, binding)

        def judge(subject: Subject) -> Score:
            wanted_texts = texts(subject)
            if self.holds(clean(subject.output), wanted_texts):
                return PASSED
            return failed(self.missed(subject.output, _either(wanted_texts)))

        return judge


def _holds_any(output: str, texts: tuple[str, ...]) -> bool:
    return any(text in output for text in texts)


def _absent(output: str, texts: str) -> str:
    return f"no {texts} in {shorten(output)}"


ANYWHERE = Placed(_holds_any, _absent)
ANYWHERE_OF_SEVERAL = Placed(_holds_any, _absent, warns_of_commas=True)
AT_THE_START = Placed(
    str.startswith, lambda output, texts: f"begins with {shorten(output)}, not with {texts}"
)
AT_THE_END = Placed(
    str.endswith, lambda output, texts: f"ends with {shorten(output[-40:])}, not with {texts}"
)


def contains_all(options: WordOptions, binding: ScorerContext) -> Judge:
    """The share of the texts that the output holds."""
    warn_of_commas(options.value, binding, "value")
    clean, texts = _compared(options, binding)

    def judge(subject: Subject) -> Score:
        output, wanted_texts = clean(subject.output), texts(subject)
        missing = tuple(text for text in wanted_texts if text not in output)
        why = f"without {listed(missing)}" if missing else ""
        return graded(1 - len(missing) / len(wanted_texts), why)

    return judge


def one_of(options: OneOfOptions, binding: ScorerContext) -> Judge:
    """The output is one of the labels."""
    clean = cleaner(options)
    form = cleaner(options, wanted=True)
    labels = wanted(binding, list(options.values), lambda v: form(as_text(v)), key="values")

    def judge(subject: Subject) -> Score:
        known = labels(subject)
        output = clean(subject.output)
        if output in known:
            return as_read(PASSED, output)
        return as_read(failed(f"{shorten(subject.output)} is none of {listed(known)}"), output)

    return judge


def _compared(
    options: WordOptions, binding: ScorerContext
) -> tuple[Clean, Callable[[Subject], tuple[str, ...]]]:
    """What cleans the output, and the clean texts that are looked for in it."""
    form = cleaner(options, wanted=True)

    def needle(value: Plain) -> str:
        text = form(as_text(value))
        if not text:
            raise Unjudged("the text to look for is empty: every output holds it")
        return text

    return cleaner(options), wanted(binding, options.value, needle)


def _same_data(output: str, alternatives: tuple[Plain, ...]) -> bool:
    """Whether the output is JSON of the same value as one of the alternatives that are no text."""
    data = [each for each in alternatives if not isinstance(each, str)]
    if not data:
        return False
    try:
        value = read_json(output)
    except NotJSON:
        return False
    return any(same(each, value) for each in data)


def _either(texts: tuple[Plain, ...]) -> str:
    return shorten(texts[0]) if len(texts) == 1 else f"any of {listed(texts)}"


SCORERS = {
    "equals": Scorer(
        equals,
        EqualsOptions,
        "the output is this text or value; any of them, if a list",
        "value",
        example="equals: {ignore_case: true, strip: true}",
    ),
    "contains": Scorer(
        ANYWHERE.scorer,
        WordOptions,
        "the output holds the text, or one of several",
        "value",
        example="contains: refund",
    ),
    "contains_any": Scorer(
        ANYWHERE_OF_SEVERAL.scorer,
        WordOptions,
        "the output holds one of the texts",
        "value",
        example="contains_any: [refund, money back]",
    ),
    "contains_all": Scorer(
        contains_all,
        WordOptions,
        "the share of the texts that the output holds",
        "value",
        example="contains_all: {value: [name, address], threshold: 0.5}",
    ),
    "starts_with": Scorer(
        AT_THE_START.scorer,
        WordOptions,
        "the output begins with one of the texts",
        "value",
        example="starts_with: Dear",
    ),
    "ends_with": Scorer(
        AT_THE_END.scorer,
        WordOptions,
        "the output ends with one of the texts",
        "value",
        example='ends_with: [".", "!"]',
    ),
    "one_of": Scorer(
        one_of,
        OneOfOptions,
        "the output is one of the labels",
        "values",
        version=2,
        example="one_of: [billing, returns, other]",
        is_format=True,
    ),
}

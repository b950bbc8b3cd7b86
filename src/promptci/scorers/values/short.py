"""A scorer for short answers, however they are dressed up."""

import re
from collections.abc import Iterator
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.statements import first_turn
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, as_read, failed, listed, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.text.cleaning import Folding, Normalising, TextOptions, Word, cleaner
from promptci.scorers.values.finalanswer import final_answer
from promptci.scorers.values.members import named_member
from promptci.templates.template import as_text

MOST = 100_000
"""Characters at the end of an answer that are read: a short one is not longer."""

_LABELLED = re.compile(
    r"\s*[*_]{0,2}[^\W\d][\w ]{0,30}[*_]{0,2}\s?[:\uff1a][*_]{0,2}\s*(?P<rest>\S[^\n]*)\s*\Z"
)
_SAID = re.compile(
    r"\s*[*_]{0,2}(?:(?:it(?:'s|\u2019s|\sis|\swas)|that(?:'s|\u2019s|\sis|\swould\sbe)|this\sis)"
    r"(?:\scalled)?"
    r"|i(?:'d|\u2019d|\swould)\ssay"
    r"|c'est|das\sist|es\sist|es|\xe8|\xe9)[*_]{0,2}:?\s+(?P<rest>\S[^\n]*)\s*\Z",
    re.IGNORECASE,
)
_APPOSED = re.compile(
    r"(?P<named>[^,;:.\n]{1,60}),\s(?:the|an?|who|whose|which|where)\s"
    r"(?!.*\b(?:or|but|not|nor|however|actually|answer|wrong|incorrect|false|if|unless)\b"
    r"|.*n['\u2019]t\b)"
)
"""A name and what it is: `Jupiter, the largest planet`."""

_BETWEEN = re.compile(r"(?<=\d),\s+(?=\d)")
_FORMULA = re.compile(r"\A\s*\$([^$]+)\$[\s.]*\Z")
_ASKED = re.compile(r"\s*Q(?:uestion)?:[^\n]{0,1000}\n\s*A(?:nswer)?:\s*(?P<rest>\S[^\n]*)\s*\Z")
_SPOKEN = re.compile(r"\\(?:text|textbf|mathrm|mathbf|textit)\{(?P<inner>[^{}]{1,300})\}")


class ShortOptions(TextOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Case and dress do not count unless one says so."""

    value: Annotated[
        Word | list[Word] | UnsetType, Meta(description="the answer, or a list of answers")
    ] = UNSET
    ignore_case: Folding = True
    normalise: Normalising = True


def short_answer(options: ShortOptions, binding: ScorerContext) -> Judge:
    """The output is the text, also behind "the answer is", `Label:`, `####` or in a box."""
    form = cleaner(options, wanted=True)
    answers = wanted(binding, options.value, lambda value: _listed(form(as_text(value))))
    cleaned = cleaner(options)

    def judge(subject: Subject) -> Score:
        known = answers(subject)
        parts = [_listed(cleaned(part)) for part in _parts(first_turn(subject.output[-MOST:]))]
        found = next((part for part in parts if part in known), None)
        if found is not None:
            return as_read(PASSED, found)
        why = f"expected {listed(known)}, got {shorten(subject.output)}"
        return as_read(failed(why), parts[-1] if parts else "")

    return judge


def _listed(text: str) -> str:
    """A text without blanks between numbers that commas part: `2, 3` is `2,3`."""
    return _BETWEEN.sub(",", text)


def _parts(text: str) -> Iterator[str]:
    """What may be the answer in an output: all of it, and what it calls so."""
    yield text
    spoken = _SPOKEN.sub(r"\g<inner>", _FORMULA.sub(r"\1", text)).strip(" \n")
    if spoken != text:
        yield spoken
    for form in (_LABELLED, _SAID, _ASKED):
        found = form.match(text)
        if found:
            yield from _called(found["rest"])
    member = named_member(text)
    if member:
        yield member
    stated = final_answer(text, lambda part: part if part.strip() else None)
    if stated:
        yield from _called(_SPOKEN.sub(r"\g<inner>", stated))


def _called(part: str) -> Iterator[str]:
    """What an answer calls so, and its name alone where it goes on to say what that is."""
    apposed = _APPOSED.match(part)
    if apposed:
        yield apposed["named"].rstrip("*_`\"'")
    yield part


SCORERS = {
    "short_answer": Scorer(
        short_answer,
        ShortOptions,
        "the output is this short answer, whatever markup and punctuation it has",
        "value",
        version=8,
        example="short_answer: [color, colour]",
    ),
}

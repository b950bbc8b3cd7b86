"""Exact match and F1 of words, as SQuAD's evaluation script has them."""

import re
import string
from collections import Counter

from msgspec import UNSET

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, graded, listed, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.text.reference import OverlapOptions, References, f_measure
from promptci.templates.template import as_text

_PUNCTUATION = dict.fromkeys(map(ord, string.punctuation))
_ARTICLES = re.compile(r"\b(?:a|an|the)\b")


class MatchOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Case, ASCII punctuation, articles and white space do not count."""

    value: References = UNSET


class WordF1Options(OverlapOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The best reference counts; case, ASCII punctuation and articles do not."""


def squad_form(text: str) -> str:
    """Lower case, without ASCII punctuation, without articles, words parted by single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def _golden(value: Plain) -> str:
    """A reference in that form. Raises `Unjudged` if nothing is left of it."""
    form = squad_form(as_text(value))
    if not form:
        left = f"nothing is left of {shorten(value, 40)} without punctuation and articles"
        raise Unjudged(f"{left}: give words to compare with, or take `equals`")
    return form


def exact_match(options: MatchOptions, binding: ScorerContext) -> Judge:
    """The output is one of the references, by SQuAD's rules."""
    references = wanted(binding, options.value, _golden)

    def judge(subject: Subject) -> Score:
        known = references(subject)
        if squad_form(subject.output) in known:
            return PASSED
        return failed(f"expected {listed(known)}, got {shorten(subject.output)}")

    return judge


def f1(options: WordF1Options, binding: ScorerContext) -> Judge:
    """The F1 of the output's words and those of the best reference, by SQuAD's rules.

    Where one of them has no words at all they are the same or have nothing in common.
    """
    references = wanted(binding, options.value, lambda value: _golden(value).split())

    def judge(subject: Subject) -> Score:
        words = squad_form(subject.output).split()
        value, best = max(
            ((_f1(words, reference), " ".join(reference)) for reference in references(subject)),
            key=lambda pair: pair[0],
        )
        return graded(value, "" if value >= 1 else f"{value:.2f} against {shorten(best)}")

    return judge


def _f1(words: list[str], reference: list[str]) -> float:
    if not words or not reference:
        return float(words == reference)
    common = sum((Counter(words) & Counter(reference)).values())
    return f_measure(common / len(words), common / len(reference))


SCORERS = {
    "exact_match": Scorer(
        exact_match,
        MatchOptions,
        "the output is one of the references, by SQuAD's rules",
        "value",
        example="exact_match: [Denver Broncos, Broncos]",
    ),
    "f1": Scorer(
        f1,
        WordF1Options,
        "the F1 of words with the best reference, by SQuAD's rules",
        "value",
        example="f1: {threshold: 0.6}",
    ),
}

"""chrF: runs of letters that an output shares with a reference."""

from typing import Annotated

from msgspec import Meta

from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.text.grams import (
    GramCounts,
    Tokens,
    chrf_words,
    counted,
    letter_grams,
    shared,
    total,
    word_grams,
)
from promptci.scorers.text.reference import OverlapOptions, f_measure, nearest

LETTERS = range(1, 7)
"""The n-grams of chrF, in letters."""


class ChrfOptions(OverlapOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """chrF, or chrF++ with `words: 2`."""

    words: Annotated[
        int, Meta(ge=0, le=4, description="the longest n-gram of words; 2 is chrF++")
    ] = 0
    beta: Annotated[
        float, Meta(gt=0, le=100, description="how much recall outweighs precision")
    ] = 2.0


def chrf(options: ChrfOptions, binding: ScorerContext) -> Judge:
    """chrF (Popović 2015) or chrF++ (2017) of one answer, as `sacrebleu.sentence_chrf` counts it.

    n-grams of one to six letters without white space, and of words up to `words`. Precision and
    recall are averaged over the orders that both sides have, and joined into F with `beta`.
    """
    orders = range(1, options.words + 1)

    def tokens(text: str) -> tuple[str, Tokens]:
        cased = text.lower() if options.ignore_case else text
        return "".join(cased.split()), chrf_words(cased) if orders else ()

    def prepare(reference: tuple[str, Tokens]) -> list[tuple[GramCounts, int]]:
        letters, words = reference
        return [
            *((counted(letter_grams(letters, n)), total(len(letters), n)) for n in LETTERS),
            *((counted(word_grams(words, n)), total(len(words), n)) for n in orders),
        ]

    def compare(output: tuple[str, Tokens], reference: list[tuple[GramCounts, int]]) -> float:
        letters, words = output
        sizes = [total(len(letters), n) for n in LETTERS] + [total(len(words), n) for n in orders]
        grams = [
            *(letter_grams(letters, n) for n in LETTERS),
            *(word_grams(words, n) for n in orders),
        ]
        shares = [
            ((hits := shared(each, counts)) / size, hits / goal)
            for each, size, (counts, goal) in zip(grams, sizes, reference, strict=True)
            if size and goal
        ]
        precision = sum(each for each, _ in shares) / max(1, len(shares))
        recall = sum(each for _, each in shares) / max(1, len(shares))
        return f_measure(precision, recall, options.beta**2)

    return nearest(binding, options.value, tokens, prepare, compare)


SCORERS = {
    "chrf": Scorer(
        chrf,
        ChrfOptions,
        "chrF: shared n-grams of one to six letters, or chrF++ with words",
        "value",
        example="chrf: {words: 2}",
    ),
}

"""ROUGE: the words and runs of words that an output shares with a reference."""

from collections.abc import Callable
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta

from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options, Share
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.verdict import Unjudged
from promptci.scorers.text.grams import (
    GramCounts,
    Tokens,
    any_tokens,
    counted,
    rouge_tokens,
    shared,
    total,
    word_grams,
)
from promptci.scorers.text.reference import References, f_measure, nearest

MAX_PAIRS = 4_000_000_000
"""Pairs of words that a longest common subsequence may compare: under a second's work."""

_Measure: TypeAlias = Literal["f1", "precision", "recall"]


class RougeLOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of several references the one that agrees best counts."""

    value: References = UNSET
    measure: Annotated[
        _Measure,
        Meta(description="the value: precision is a share of the output, recall of the reference"),
    ] = "f1"
    unicode: Annotated[
        bool, Meta(description="words of every script; `rouge-score` knows a-z and 0-9 alone")
    ] = False
    threshold: Annotated[Share, Meta(description="the least value that passes")] = 0.75


class RougeNOptions(RougeLOptions, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same for n-grams."""

    n: Annotated[int, Meta(ge=1, le=9, description="words in an n-gram")] = 1


def rouge_n(options: RougeNOptions, binding: ScorerContext) -> Judge:
    """ROUGE-N (Lin 2004), as the package `rouge-score` counts it without a stemmer.

    Words are runs of a-z and 0-9 in the lower-case text. Precision and recall are the shared
    n-grams, each counted at most as often as the other side has it, as a share of the output's
    and of the reference's.
    """
    n = options.n

    def prepare(reference: Tokens) -> tuple[GramCounts, int]:
        return counted(word_grams(reference, n)), total(len(reference), n)

    def compare(output: Tokens, reference: tuple[GramCounts, int]) -> float:
        counts, size = reference
        hits = shared(word_grams(output, n), counts)
        return _measured(hits, total(len(output), n), size, options.measure)

    return nearest(binding, options.value, _rouge(options), prepare, compare, hint=_hint(options))


def rouge_l(options: RougeLOptions, binding: ScorerContext) -> Judge:
    """ROUGE-L (Lin 2004): words of the longest common subsequence of the whole texts.

    Words are those of `rouge_n`. It is `rougeL` of `rouge-score`, not `rougeLsum`.
    """
    # Takes 25 ms to import, which the others here need not wait for.
    from rapidfuzz.distance import LCSseq

    def compare(output: Tokens, reference: Tokens) -> float:
        if len(output) * len(reference) > MAX_PAIRS:
            raise Unjudged(f"too long to compare: {len(output):,} words: `extract` a part")
        hits = LCSseq.similarity(output, reference)
        return _measured(hits, len(output), len(reference), options.measure)

    return nearest(
        binding, options.value, _rouge(options), lambda tokens: tokens, compare, hint=_hint(options)
    )


def _rouge(options: RougeLOptions) -> Callable[[str], Tokens]:
    return any_tokens if options.unicode else rouge_tokens


def _hint(options: RougeLOptions) -> str:
    return "" if options.unicode else ": set `unicode: true` if it is not of a-z and 0-9"


def _measured(hits: int, output: int, reference: int, measure: _Measure) -> float:
    precision = hits / output if output else 0.0
    recall = hits / reference if reference else 0.0
    if measure == "f1":
        return f_measure(precision, recall)
    return precision if measure == "precision" else recall


SCORERS = {
    "rouge_n": Scorer(
        rouge_n,
        RougeNOptions,
        "ROUGE-N: the words or n-grams shared with a reference",
        "value",
        example="rouge_n: {n: 2, threshold: 0.5}",
    ),
    "rouge_l": Scorer(
        rouge_l,
        RougeLOptions,
        "ROUGE-L: the longest run of words shared with a reference, with gaps",
        "value",
        example="rouge_l: {measure: recall}",
    ),
}

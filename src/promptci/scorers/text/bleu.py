"""BLEU and GLEU: runs of up to four words that an output shares with references."""

from collections.abc import Callable
from math import exp, log
from typing import Any

from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import graded, shorten
from promptci.scorers.base.wanted import wanted
from promptci.scorers.text.grams import (
    GramCounts,
    Tokens,
    counted,
    mteval_tokens,
    shared,
    total,
    word_grams,
)
from promptci.scorers.text.reference import OverlapOptions, nearest, reference_parts, split_tokens

ORDERS = range(1, 5)
"""The n-grams of BLEU and GLEU, in words."""


def bleu(options: OverlapOptions, binding: ScorerContext) -> Judge:
    """BLEU of one answer (Papineni et al. 2002), as `sacrebleu.sentence_bleu` counts it.

    Words as mteval-v13a splits them; n-grams of up to four words, or as many as the answer has;
    `exp` smoothing of orders without a match; the brevity penalty against the reference whose
    length is nearest. Of several references an n-gram counts as often as any one of them has it.
    """
    tokens = _mteval(options)

    def form(given: Plain) -> tuple[tuple[GramCounts, ...], int]:
        reference = reference_parts(given, tokens)
        return _orders(reference), len(reference)

    references = wanted(binding, options.value, form)

    def judge(subject: Subject) -> Score:
        output, goals = split_tokens(subject.output, tokens), references(subject)
        orders = goals[0][0] if len(goals) == 1 else _most([orders for orders, _ in goals])
        _, size = min((abs(size - len(output)), size) for _, size in goals)
        value = _bleu(output, orders, size)
        return graded(value, "" if value == 1 else f"{value:.2f} for {shorten(subject.output)}")

    return judge


def gleu(options: OverlapOptions, binding: ScorerContext) -> Judge:
    """GLEU (Wu et al. 2016), as `nltk` has it: the lesser of n-gram precision and recall.

    n-grams of one to four words are taken together; words are those of `bleu`.
    """

    def prepare(reference: Tokens) -> tuple[tuple[GramCounts, ...], int]:
        return _orders(reference), sum(total(len(reference), n) for n in ORDERS)

    def compare(output: Tokens, reference: tuple[tuple[GramCounts, ...], int]) -> float:
        orders, size = reference
        hits = sum(map(shared, (word_grams(output, n) for n in ORDERS), orders))
        return hits / max(size, sum(total(len(output), n) for n in ORDERS))

    return nearest(binding, options.value, _mteval(options), prepare, compare)


def _mteval(options: OverlapOptions) -> Callable[[str], Tokens]:
    if options.ignore_case:
        return lambda text: mteval_tokens(text.lower())
    return mteval_tokens


def _orders(tokens: Tokens) -> tuple[GramCounts, ...]:
    return tuple(counted(word_grams(tokens, n)) for n in ORDERS)


def _most(references: list[tuple[GramCounts, ...]]) -> tuple[GramCounts, ...]:
    """For each order and n-gram the greatest count of any reference."""
    merged: list[dict[Any, int]] = [{} for _ in ORDERS]
    for orders in references:
        for counts, most in zip(orders, merged, strict=True):
            for gram, count in counts.items():
                most[gram] = max(count, most.get(gram, 0))
    return tuple(merged)


def _bleu(output: Tokens, orders: tuple[GramCounts, ...], size: int) -> float:
    """BLEU from a tokenised answer, counted n-grams and the length to compare it with."""
    hits = [shared(word_grams(output, n), counts) for n, counts in zip(ORDERS, orders, strict=True)]
    if not any(hits):
        return 0.0
    logs, smooth = [], 1.0
    for n, matched in zip(ORDERS, hits, strict=True):
        whole = total(len(output), n)
        if not whole:
            break
        if not matched:
            smooth *= 2
        logs.append(log((matched or 1 / smooth) / whole))
    penalty = min(0.0, 1 - size / len(output))
    return min(1.0, exp(penalty + sum(logs) / len(logs)))


SCORERS = {
    "bleu": Scorer(
        bleu,
        OverlapOptions,
        "BLEU: shared n-grams of one to four words, with a penalty for brevity",
        "value",
        example="bleu: {threshold: 0.4}",
    ),
    "gleu": Scorer(
        gleu,
        OverlapOptions,
        "GLEU: the lesser of n-gram precision and recall",
        "value",
        example="gleu: {ignore_case: true}",
    ),
}

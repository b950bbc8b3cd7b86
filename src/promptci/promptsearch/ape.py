"""Propose, score, keep the best, write variations of those (Zhou et al., arXiv 2211.01910)."""

from promptci.promptsearch.searching import Searching
from promptci.promptsearch.writing import as_variation, drawn, from_examples

_ROUNDS = 3


def search_by_ape(searching: Searching) -> None:
    """In the first of three rounds texts are written from examples, then from the best so far."""
    terms = searching.terms
    size = max(1, -(-terms.candidates // _ROUNDS))
    asks = [_first(searching, number) for number in range(min(size, terms.candidates))]
    for turn in range(1, _ROUNDS + 1):
        searching.measure(searching.write(asks, turn), "train")
        if searching.left <= 0:
            return
        best = searching.best_on_train(max(1, size // 2))
        size = min(size, searching.left)
        parents = [best[index % len(best)] for index in range(size)]
        asks = [(as_variation(e.text, terms.placeholders), (e.number,)) for e in parents]


def _first(searching: Searching, number: int) -> tuple[str, tuple[int, ...]]:
    """From examples where they say what is wanted, else from the text at present."""
    terms = searching.terms
    shown = drawn(searching.seen, terms.seed, number)
    if not shown:
        return as_variation(terms.present, terms.placeholders), (0,)
    return from_examples(shown, terms.placeholders), ()

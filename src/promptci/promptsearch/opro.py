"""Write against the history of what was scored (Yang et al., arXiv 2309.03409)."""

from promptci.promptsearch.searching import Searching
from promptci.promptsearch.writing import REMEMBERED, drawn, from_history

_AT_ONCE = 4
"""Texts that are written from the same history."""


def search_by_opro(searching: Searching) -> None:
    """Step by step, each with the best scored texts so far in the question, the best last."""
    terms, turn = searching.terms, 0
    while searching.left > 0:
        turn += 1
        history = list(reversed(searching.best_on_train(REMEMBERED)))
        shown = drawn(searching.seen, terms.seed, turn)
        ask = from_history(history, shown, terms.placeholders)
        parents = tuple(each.number for each in history)
        asks = [(ask, parents)] * min(_AT_ONCE, searching.left)
        searching.measure(searching.write(asks, turn), "train")

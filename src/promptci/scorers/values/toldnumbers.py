"""The number that an answer ends in where it calls none its answer, and what counts as well."""

import re
from collections import deque
from collections.abc import Iterator

from promptci.scorers.values.asides import leading, without_asides
from promptci.scorers.values.breakdowns import before_breakdown, total_of_parts
from promptci.scorers.values.digits import TAIL, Found, first_number, last_number
from promptci.scorers.values.finalanswer import final_answer
from promptci.scorers.values.numberwords import is_choice_of_words, spelled_numbers
from promptci.scorers.values.restated import (
    before_span,
    change_between,
    of_first_way,
    parts_of_share,
    sole_bold,
    without_restated,
    without_working,
)
from promptci.scorers.values.statednumbers import main_clause, outside_brackets, statements

_DIGIT = re.compile(r"\d")
_ORDINAL = re.compile(r"\d{1,9}(?:st|nd|rd|th)\b")
_FIRST = 100
"""Characters in which a first sentence may be no more than a number in words."""


def told_numbers(text: str, *, fractions: bool) -> Iterator[Found]:
    """The number that a text ends in, if it calls none the answer, then what counts as well.

    Where it ends in a year or a time, as in "was $2.1 trillion in 2022", the one before it counts
    as well, and so does the same in another unit, `8,849 metres (29,032 feet)`, and a total whose
    parts come last.
    """
    bare, restated = without_restated(without_working(text))
    parts = (leading(bare), before_breakdown(bare), without_asides(bare), bare, text)
    counted = [part for part in parts if _DIGIT.search(_ORDINAL.sub("", part))]
    for part in counted or parts:
        found = last_number(part, fractions=fractions)
        if found is not None:
            yield found
            yield from filter(None, _beside(text, part, restated, fractions))
            return
    words = _spelled_out(bare)
    if words is not None:
        yield words


def _beside(text: str, part: str, restated: str, fractions: bool) -> Iterator[Found | None]:
    """The numbers that may be meant as well as the last one of a part of a text."""
    others = (
        before_span(part),
        main_clause(text),
        restated,
        *parts_of_share(part),
        change_between(text),
        of_first_way(text),
        sole_bold(text),
    )
    yield from (last_number(other, fractions=fractions) for other in others)
    yield total_of_parts(text)
    yield _spelled_out(outside_brackets(text))
    yield from (first_number(each, fractions=True) for each in statements(text))


def _spelled_out(text: str) -> Found | None:
    """A number in words, for a text that has none in digits."""
    stated = final_answer(text, lambda part: next(spelled_numbers(part), None))
    if stated is None and is_choice_of_words(text):
        return None
    first = next(spelled_numbers(text[:_FIRST]), None)
    is_alone = first and text.strip(" *_").startswith((f"{first[0]}.", f"{first[0]}!"))
    alone = first if is_alone else None
    found = stated or alone or next(iter(deque(spelled_numbers(text[-TAIL:]), 1)), None)
    return None if found is None else Found(found[0], (found[1],))

"""JSON in answers: read strictly, found among prose, compared by value."""

import json
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NoReturn, TypeAlias

from promptci.digest import canonical_json
from promptci.parsing.source import Plain
from promptci.records.record import Score
from promptci.scorers.base.fences import fence_hint, fenced_blocks
from promptci.scorers.base.verdict import as_read

Check: TypeAlias = Callable[[Plain], str | None]
"""What is wrong with a value, or None. Raises `Unjudged` where that would take too long."""

MAX_DEPTH = 100
"""Lists and objects inside each other that an answer may hold; far below the recursion limit."""

TRIES = 100
"""Places where JSON is looked for in prose: an answer may be huge."""


class NotJSON(ValueError):
    """A text that is not JSON; the message begins with `not JSON` and says where it fails."""


def as_read_json(score: Score, value: Plain) -> Score:
    """The same score with the JSON that was read, its keys in order; nothing of what is no JSON."""
    try:
        return as_read(score, canonical_json(value))
    except (TypeError, ValueError, RecursionError):
        return score


def read_json(text: str) -> Plain:
    """The value of a text that is JSON as a whole.

    Raises `NotJSON`, also for NaN, infinities, numbers beyond a float and deep nesting.
    """
    try:
        value: Plain = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJSON(f"not JSON: {_said(error)}{fence_hint(text)}") from None
    except RecursionError:
        raise NotJSON(f"not JSON: nested more than {MAX_DEPTH} deep") from None
    except NotJSON:
        raise
    except ValueError:
        raise NotJSON("not JSON: a number has too many digits") from None
    _refuse_deep(value, text)
    return value


def find_json(text: str) -> Plain:
    """The JSON in a text: all of it, else the first fenced block, else the first in the prose.

    In prose objects win over lists, which may be no more than a `[1]`. Raises `NotJSON`.
    """
    try:
        return read_json(text)
    except NotJSON as error:
        whole = error
    for value in json_inside(text):
        return value
    raise whole


def json_inside(text: str, *, lists: bool = True) -> Iterator[Plain]:
    """Every object and list in a text: in fenced blocks, then among prose; within some tries.

    Without `lists` only objects count among prose.
    """
    for _, block in islice(fenced_blocks(text), TRIES):
        try:
            yield read_json(block)
        except NotJSON:
            continue
    yield from _opened_by("{", text)
    if lists:
        yield from _opened_by("[", text)


def json_in_order(text: str) -> Iterator[Plain]:
    """Every object and list in a text, none of them inside another, in their order."""
    yield from _opened_by("{[", text)


def same(one: Plain, other: Plain) -> bool:
    """Whether two values are equal as JSON: 1 is 1.0, but true is not 1; keys have no order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def _opened_by(brackets: str, text: str) -> Iterator[Plain]:
    """The values that begin at such brackets, one after the other, within some tries."""
    start, tries, budget = _find_any(brackets, text, 0), TRIES, 2 * len(text)
    while start >= 0 and tries and budget >= 0:
        tries -= 1
        end = start + 1
        try:
            value, end = _DECODER.raw_decode(text, start)
            budget -= end - start
            _refuse_deep(value, text[start:end])
            yield value
        except json.JSONDecodeError as error:
            budget -= error.pos - start
        except (RecursionError, ValueError):
            pass
        start = _find_any(brackets, text, end)


def _find_any(brackets: str, text: str, start: int) -> int:
    """The first place of one of the brackets; -1 if there is none."""
    places = (text.find(bracket, start) for bracket in brackets)
    return min((place for place in places if place >= 0), default=-1)


def _said(error: json.JSONDecodeError) -> str:
    said = error.msg.removesuffix(" at")
    return f"{said[0].lower()}{said[1:]} in line {error.lineno}, column {error.colno}"


def _refuse_deep(value: Plain, text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    layer = _within([value])
    for _ in range(MAX_DEPTH):
        layer = _within(part for each in layer for part in each)
        if not layer:
            return
    raise NotJSON(f"not JSON: nested more than {MAX_DEPTH} deep")


def _within(values: Iterable[Plain]) -> list[Iterable[Plain]]:
    """What the lists and objects among the values hold."""
    return [
        each.values() if isinstance(each, dict) else each
        for each in values
        if isinstance(each, dict | list)
    ]


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _refuse(word: str) -> NoReturn:
    raise NotJSON(f"not JSON: the number {word[:20]} is not finite")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_refuse)

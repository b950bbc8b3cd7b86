"""JSON in answers: read strictly, found among prose, compared by value."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import NoReturn

from promptci.source import Plain

MAX_DEPTH = 100
"""Lists and objects inside each other that an answer may hold; far below the recursion limit."""

TRIES = 100
"""Places where JSON is looked for in prose: an answer may be huge."""

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})(.*)$", re.MULTILINE)


class NotJSON(ValueError):
    """A text that is not JSON; the message begins with `not JSON` and says where it fails."""


def read_json(text: str) -> Plain:
    """The value of a text that is JSON as a whole.

    Raises `NotJSON`, also for NaN, infinities, numbers beyond a float and deep nesting.
    """
    try:
        value: Plain = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise NotJSON(f"not JSON: {_said(error)}{_hint(text)}") from None
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
    for value in _embedded(text):
        return value
    raise whole


def fenced_blocks(text: str) -> Iterator[tuple[str, str]]:
    """The language and the content of each fenced block; the last may lack its end."""
    opening: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opening is None:
            opening = None if "`" in fence[2] else fence
        elif fence[1].startswith(opening[1]) and not fence[2].strip():
            yield _language(opening), text[opening.end() + 1 : fence.start()].removesuffix("\n")
            opening = None
    if opening is not None:
        yield _language(opening), text[opening.end() + 1 :].removesuffix("\n")


def same(one: Plain, other: Plain) -> bool:
    """Whether two values are equal as JSON: 1 is 1.0, but true is not 1; keys have no order."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other


def compare_leaves(
    expected: Mapping[str, Plain], got: Mapping[str, Plain], path: str = ""
) -> Iterator[tuple[str, bool]]:
    """The dotted path of each field expected, and whether `got` has the same there.

    Objects are entered; anything else, lists too, is compared as a whole.
    """
    for key, wanted in expected.items():
        inner = got.get(key)
        if isinstance(wanted, dict) and wanted:
            found = inner if isinstance(inner, dict) else {}
            yield from compare_leaves(wanted, found, f"{path}{key}.")
        else:
            yield f"{path}{key}", key in got and same(wanted, inner)


def _embedded(text: str) -> Iterator[Plain]:
    """The values of fenced blocks that hold JSON, then of objects and lists among prose."""
    for _, block in islice(fenced_blocks(text), TRIES):
        try:
            yield read_json(block)
        except NotJSON:
            continue
    yield from _opened_by("{", text)
    yield from _opened_by("[", text)


def _opened_by(bracket: str, text: str) -> Iterator[Plain]:
    """The value that begins at the first bracket where one does, within some tries."""
    start, tries, budget = text.find(bracket), TRIES, 2 * len(text)
    while start >= 0 and tries and budget >= 0:
        tries -= 1
        try:
            value, end = _DECODER.raw_decode(text, start)
            _refuse_deep(value, text[start:end])
            yield value
            return
        except json.JSONDecodeError as error:
            budget -= error.pos - start
        except (RecursionError, ValueError):
            pass
        start = text.find(bracket, start + 1)


def _language(fence: re.Match[str]) -> str:
    words: list[str] = fence[2].split(maxsplit=1)
    return words[0].casefold() if words else ""


def _said(error: json.JSONDecodeError) -> str:
    said = error.msg.removesuffix(" at")
    return f"{said[0].lower()}{said[1:]} in line {error.lineno}, column {error.colno}"


def _hint(text: str) -> str:
    return "; for fenced blocks add `extract: {fence: any}`" if "```" in text else ""


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

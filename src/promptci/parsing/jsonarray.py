"""The objects of a JSON array, one after the other, each with the line that it begins on."""

import re
from collections.abc import Iterator

from promptci.errors import Fault
from promptci.latepattern import late
from promptci.parsing.jsonline import read_object
from promptci.parsing.source import Mark, Plain

_BLANK = late(r"[ \t\r\n]*")
_NESTING = late(r'"(?:[^"\\]|\\.)*"|["\[\]{}]', re.DOTALL)
_UNCLOSED = 'a row must be a JSON object that is closed: write {"name": value, …}'
_NO_COMMA = "a comma between two objects is missing, or the closing `]`: add it"
_MORE = "something follows the array: keep one array in the file, or one object a line"


def read_array(text: str, path: str) -> Iterator[tuple[int, dict[str, Plain] | Fault]]:
    """Every object in a text that is one JSON array, with its line from 1, or what is wrong.

    A fault of the array itself ends the reading; one of an object does not.
    """
    at = _Place(text, path)
    place = _past(text, text.index("[") + 1)
    while text[place : place + 1] != "]":
        mark, end = at.mark(place), _end(text, place)
        if end is None:
            yield mark.line, mark.fault(_UNCLOSED)
            return
        yield mark.line, read_object(text[place:end], mark)
        place = _past(text, end)
        if text[place : place + 1] == ",":
            place = _past(text, place + 1)
        elif text[place : place + 1] != "]":
            yield at.mark(place).line, at.mark(place).fault(_NO_COMMA)
            return
    after = _past(text, place + 1)
    if after < len(text):
        yield at.mark(after).line, at.mark(after).fault(_MORE)


class _Place:
    """Marks of places in a text, asked for from its beginning to its end."""

    def __init__(self, text: str, path: str) -> None:
        self._text, self._path = text, path
        self._seen, self._line = 0, 1

    def mark(self, place: int) -> Mark:
        self._line += self._text.count("\n", self._seen, place)
        self._seen = place
        return Mark(self._path, self._line, place - self._text.rfind("\n", 0, place))


def _past(text: str, place: int) -> int:
    """Past the blanks at a place."""
    found = _BLANK.match(text, place)
    return place if found is None else found.end()


def _end(text: str, place: int) -> int | None:
    """Where the value at a place ends; None if it is no closed object or list."""
    if text[place : place + 1] not in ("{", "["):
        return None
    depth = 0
    while (found := _NESTING.search(text, place)) is not None:
        place = found.end()
        if found[0] == '"':  # never closed
            return None
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return place
    return None

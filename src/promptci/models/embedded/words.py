"""Texts as counts of their words: vectors without a model, an extra or a key.

What it finds alike has words in common, or parts of them, and not more: a base for models that
embed to be better than, as BM25 is elsewhere.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from math import log
from zlib import crc32

from promptci.errors import ModelError
from promptci.models.kinds import Kind
from promptci.models.vector import from_floats, pack
from promptci.specs.completion import Completion
from promptci.specs.request import Request
from promptci.specs.tokenprice import Usage

NAME = "word-counts"
BUILD = f"{NAME}:1"
"""Raised with every change of what its vectors are."""

SIZE = 1024
"""Numbers in a vector: each word, and each part of one, counts in one of them, with a sign
(feature hashing, Weinberger and others 2009, arXiv:0902.2206)."""

_WORD = re.compile(r"\w+")
_PART = 4
_PART_WEIGHT = 0.3
_COMMON = frozenset(
    _WORD.findall(
        """a an and are as at be been but by can do does for from had has have how i if in into is
        it its me my no not of on or our so than that the their them there they this to was we were
        what when where which who will with you your"""
    )
)
"""English words that say nothing of what a text is about."""


class WordCounts:
    """Words and their beginnings, middles and ends, counted, as a `Model` that embeds."""

    async def complete(self, request: Request) -> Completion:
        """Embed one text. Raises `ModelError` for a question that is no text to embed."""
        if request.settings.mismatch or request.settings.parameters:
            wrong = request.settings.mismatch or "it takes no parameters, such as `dimensions`"
            raise ModelError(f"`words` cannot be asked: {wrong}", "bad_request")
        text = request.messages[0].content
        words = _words(text)
        vector = from_floats(_counted(words))
        return Completion(pack(vector), usage=Usage(len(words), 0), served_model=NAME)

    async def aclose(self) -> None:
        """Nothing is open."""


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _COMMON]


def _counted(words: list[str]) -> list[float]:
    """A number for each place, of which frequent words count less than they are frequent."""
    found = [0.0] * SIZE
    for word, count in sorted(Counter(words).items()):
        weight = 1 + log(count)
        for part, share in _parts(word):
            place, sign = _place(part)
            found[place] += sign * weight * share
    return found


def _parts(word: str) -> Iterator[tuple[str, float]]:
    """The word, and what it has in common with other forms of it."""
    yield word, 1.0
    edged = f"<{word}>"
    if len(edged) > _PART:
        for begin in range(len(edged) - _PART + 1):
            yield edged[begin : begin + _PART], _PART_WEIGHT


@cache
def _place(part: str) -> tuple[int, float]:
    number = crc32(part.encode())
    return number % SIZE, 1.0 if number >> 31 else -1.0


KIND = Kind(open=lambda _: WordCounts(), build=lambda _: BUILD, is_in_process=True)

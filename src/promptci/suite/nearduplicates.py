"""Texts that are almost equal, found by sketches of a fixed size rather than by all pairs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from zlib import crc32

from msgspec import Struct, field

NEAR = 95.0
"""Likeness in percent (rapidfuzz's `ratio` of normalised texts) from which texts are too alike."""

SHORTEST = 20
"""Characters of a text below which one other letter makes it another text."""

MOST_LETTERS = 20_000_000
"""Characters of all texts that are sketched; those after them are compared with nothing."""

_GRAM = 5
_BINS = 48
_BAND = 3
_MOST_KEPT = 32
_MOST_COMPARED = 40_000
"""Characters of earlier texts that one text is compared with; four texts at least."""
_EMPTY = 1 << 33


class NearDuplicates(Struct):
    """Texts seen so far, by their sketches.

    A text's sketch is the least hash of its runs of letters in each of 48 bins (MinHash by one
    permutation). Those that agree in one of 16 bands of it may be near, and the few that agree in
    most of them are compared letter by letter. So the work grows with the texts, not their pairs.
    """

    left: int = MOST_LETTERS
    is_cut: bool = False
    _texts: list[str] = field(default_factory=list)
    _places: dict[tuple[int, ...], list[int]] = field(default_factory=dict)

    def find(self, text: str) -> int | None:
        """The number of an earlier text, counted from 0, that is nearly this one; keeps this."""
        number = len(self._texts)
        self._texts.append(text)
        if len(text) < SHORTEST:
            return None
        self.left -= len(text)
        if self.left < 0:
            self.is_cut = True
            return None
        bands = list(_bands(_sketch(text)))
        tried = self._likely(bands)[: max(4, _MOST_COMPARED // len(text))]
        self._keep(bands, number)
        return self._first_near(text, tried) if tried else None

    def _first_near(self, text: str, tried: Iterable[int]) -> int | None:
        from rapidfuzz import fuzz

        near = (n for n in tried if fuzz.ratio(text, self._texts[n], score_cutoff=NEAR))
        return next(near, None)

    def _likely(self, bands: Iterable[tuple[int, ...]]) -> list[int]:
        """The earlier texts that share bands, those with the most first, of as many the first."""
        places = [here for band in bands if (here := self._places.get(band))]
        shared = Counter(chain.from_iterable(places)) if places else {}
        return sorted(sorted(shared), key=shared.__getitem__, reverse=True)

    def _keep(self, bands: Iterable[tuple[int, ...]], number: int) -> None:
        """Remember a text by its bands; where many agree, the first of them are enough."""
        for band in bands:
            here = self._places.setdefault(band, [])
            if len(here) < _MOST_KEPT:
                here.append(number)


def _sketch(text: str) -> list[int]:
    """The least hash of the runs of letters that fall into each bin; an empty one borrows."""
    data = text.encode("utf-8", "surrogatepass")
    least = [_EMPTY] * _BINS
    for start in range(max(1, len(data) - _GRAM + 1)):
        value = crc32(data[start : start + _GRAM])
        place = value % _BINS
        if value < least[place]:
            least[place] = value
    return _filled(least) if _EMPTY in least else least


def _filled(least: list[int]) -> list[int]:
    """Each bin, and for an empty one the value of the next that has any, told apart by how far."""
    steps = next(place for place, value in enumerate(least) if value != _EMPTY)
    lent, filled = least[steps] + steps * _EMPTY, list[int]()  # what the first bin has, or takes
    for value in reversed(least):
        lent = lent + _EMPTY if value == _EMPTY else value
        filled.append(lent)
    filled.reverse()
    return filled


def _bands(sketch: list[int]) -> Iterator[tuple[int, ...]]:
    for first in range(0, _BINS, _BAND):
        yield (first, *sketch[first : first + _BAND])

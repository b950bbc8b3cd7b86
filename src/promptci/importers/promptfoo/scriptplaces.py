"""Places in a script: their lines, blanks and comments, what closes a list or mapping."""

import re
from bisect import bisect_right

from msgspec import Struct, field

from promptci.errors import SpecError
from promptci.importers.promptfoo.scripttext import BLANK, after_expression
from promptci.parsing.source import Mark

_TYPED = re.compile(r"(?:as|satisfies)\s+")


class ScriptPlaces(Struct):
    """One script, whose places are counted from its beginning."""

    text: str
    path: str
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.text))]

    def mark(self, place: int) -> Mark:
        """The place by line and column."""
        line = bisect_right(self._starts, place)
        return Mark(self.path, line, place - self._starts[line - 1] + 1)

    def behind_type(self, place: int) -> int:
        """Where a value ends whose type is written behind it."""
        at = self.blank(place)
        if _TYPED.match(self.text, at):
            return after_expression(self.text, at, ends_at_line=True)
        return place

    def blank(self, place: int) -> int:
        """Behind blanks and comments."""
        found = BLANK.match(self.text, place)
        return found.end() if found else place

    def at(self, place: int) -> str:
        """The next character that counts, nothing at the end of the text."""
        place = self.blank(place)
        if place >= len(self.text):
            return ""
        return self.text[place]

    def next(self, place: int, closing: str) -> int:
        """Behind a comma, or at what closes. Raises `SpecError` for anything else."""
        place = self.blank(place)
        if self.at(place) == ",":
            return self.blank(place + 1)
        return self.expect(place, closing) - 1

    def expect(self, place: int, wanted: str) -> int:
        """Behind a character that has to be there. Raises `SpecError` where it is not."""
        place = self.blank(place)
        if self.at(place) != wanted:
            raise SpecError(
                [self.mark(place).fault(f"this is no JavaScript: `{wanted}` is missing")]
            )
        return place + 1

"""Single values of a score file, taken only as `promptci.records.scorewriter` writes them."""

import json
import re
from functools import lru_cache
from typing import NoReturn, TypeAlias

from msgspec import Struct

from promptci.errors import Fault, SpecError
from promptci.latepattern import late
from promptci.parsing.source import excerpt
from promptci.records.scorewriter import dump_scalar

TEXT = r'"(?:[^"\\]|\\.)*"|[A-Za-z_][A-Za-z0-9_./+ -]*'
NUMBER = r"[01](?:\.[0-9]+)?"
ANY_NUMBER = r"(?:0|[1-9][0-9]{0,9})(?:\.[0-9]+)?"
_TEXT_PAIR = late(rf"({TEXT}): ({TEXT})(?:, (?=.)|$)")
_PAIR = late(rf'({TEXT}): ("[0-9a-f]*"|[0-9.]+)(?:, (?=.)|$)')
_DIGEST, _SHARE = late('"[0-9a-f]*"'), late(NUMBER)
_NUMBER, _COUNT = late(rf"-?{ANY_NUMBER}"), late("[0-9]{1,9}")


class Raw(Struct, frozen=True):
    """A value as it is written, and its line, counted from 1."""

    text: str
    line: int


Raws: TypeAlias = dict[str, Raw]
"""Raw values by key."""


@lru_cache(1 << 14)
def _text(written: str) -> str | None:
    """What a text says that is written as it is to be; else None."""
    try:
        found = json.loads(written) if written.startswith('"') else written
    except ValueError:
        return None
    return found if isinstance(found, str) and dump_scalar(found) == written else None


class ScoreValues:
    """Reads raw values of one file; every refusal is a `SpecError` that names the line."""

    def __init__(self, path: str) -> None:
        self.path = path

    def text(self, raw: Raw) -> str:
        """A text, quoted or plain."""
        found = _text(raw.text)
        if found is None:
            self.refuse(raw.line, f"`{excerpt(raw.text)}` is not as promptci writes it")
        return found

    def digest(self, raw: Raw) -> str:
        """Hex digits in quotes, which keep them from being read as a number."""
        if not _DIGEST.fullmatch(raw.text):
            self.refuse(raw.line, f"`{excerpt(raw.text)}` is no digest")
        return raw.text[1:-1]

    def share(self, raw: Raw) -> float:
        """A number between 0 and 1."""
        if not _SHARE.fullmatch(raw.text) or float(raw.text) > 1:
            self.refuse(raw.line, f"`{excerpt(raw.text)}` is no score between 0 and 1")
        return float(raw.text)

    def number(self, raw: Raw) -> float:
        """Any number as it is in a record: a derived metric need be no share."""
        if not _NUMBER.fullmatch(raw.text):
            self.refuse(raw.line, f"`{excerpt(raw.text)}` is no number")
        return float(raw.text)

    def count(self, raw: Raw) -> int:
        """A whole number."""
        if not _COUNT.fullmatch(raw.text):
            self.refuse(raw.line, f"`{excerpt(raw.text)}` is no count")
        return int(raw.text)

    def flow(self, raw: Raw) -> Raws:
        """The pairs of a mapping of numbers and digests written on one line."""
        return self._pairs(raw, _PAIR)

    def texts(self, raw: Raw) -> dict[str, str]:
        """The pairs of a mapping of texts written on one line."""
        return {key: self.text(each) for key, each in self._pairs(raw, _TEXT_PAIR).items()}

    def _pairs(self, raw: Raw, pair: re.Pattern[str]) -> Raws:
        inner, at = raw.text[1:-1], 0
        pairs: Raws = {}
        while at < len(inner) or not pairs:
            match = pair.match(inner, at) if raw.text == f"{{{inner}}}" else None
            key = self.text(Raw(match[1], raw.line)) if match else ""
            if match is None or key in pairs:
                self.refuse(raw.line, f"`{excerpt(raw.text)}` is not as promptci writes it")
            pairs[key] = Raw(match[2], raw.line)
            at = match.end()
        return pairs

    def refuse(self, line: int, what: str) -> NoReturn:
        """Say what is wrong with a line."""
        wrong = f"{what}: run `promptci run` to rewrite it"
        raise SpecError([Fault(self.path, line, 1, wrong)])

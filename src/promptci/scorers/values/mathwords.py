"""Answers to mathematics that are no formula: a name, a time, a ratio."""

import re
from collections.abc import Iterator

from promptci.scorers.values.finalanswer import final_answer

_LONGEST = 100
_SPOKEN = re.compile(r"\\(?:text(?:bf|it|rm)?|math(?:bf|rm|it)|mbox)\s*\{([^{}]*)\}")
_WHOLE = re.compile(r"\s*\$?\s*\\(?:text(?:bf|it|rm)?|math(?:bf|rm)|mbox)\s*\{([^{}\\]*)\}[\s$.]*")
_WORD = re.compile(r"[^\W\d_]{2,30}")
_TWO_LETTERS = re.compile(r"[^\W\d_]{2}")
_CLOCK = re.compile(r"\d{1,4}(?::\d{1,4}){1,2}(?:\s?[ap]\.?m\.?)?", re.IGNORECASE)
_LAYOUT = re.compile(r"\\[,;:! ()\[\]]|\\quad|[$*_`\"]|[{}]")
_RATIO = re.compile(r"(?<=\d)\s?:\s?(?=\d)")
_EDGES = " \t\r\n.,;:!?()[]'"


def told(text: str) -> str:
    """What a golden says that is words as a whole: `\\text{Monday}`, `11:30`; empty for others.

    A letter in `\\text{}` is a variable.
    """
    whole, bare = _WHOLE.fullmatch(text), text.strip(_EDGES + "$")
    if _CLOCK.fullmatch(bare):
        return _in_plain_letters(bare)
    said = _in_plain_letters(whole[1]) if whole else ""
    return said if _TWO_LETTERS.search(said) else ""


def only_word(text: str) -> str:
    """The word that a golden is which is no formula either; empty for others."""
    bare = text.strip(_EDGES + "$")
    return _in_plain_letters(bare) if _WORD.fullmatch(bare) else ""


def says(text: str, wanted: str) -> bool:
    """Whether a text ends in these words: as its answer, or at its end."""
    stated = final_answer(text, lambda part: _in_plain_letters(part) or None)
    if stated is not None:
        return stated == wanted
    return any(
        said == wanted or (said.endswith(f" {wanted}") and not said.endswith(f" not {wanted}"))
        for said in _endings(text)
    )


def _endings(text: str) -> Iterator[str]:
    """The last line and the last sentence in it."""
    last = text.rstrip().rpartition("\n")[2][-5 * _LONGEST :]
    yield _in_plain_letters(last)
    yield _in_plain_letters(last.rpartition(":")[2])


def _in_plain_letters(text: str) -> str:
    """A text without layout, brackets and closing punctuation, in small letters."""
    said = _SPOKEN.sub(r"\1", text)
    said = _RATIO.sub(":", _LAYOUT.sub(lambda mark: " " * (mark[0][0] == "\\"), said))
    said = re.sub(r"\b([ap])\.m\b\.?", r"\1m", said, flags=re.IGNORECASE)
    return " ".join(said.split()).strip(_EDGES).casefold()

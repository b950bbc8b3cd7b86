"""What scorers say: a score with one short line why, or `Unjudged`."""

import json

from msgspec.structs import replace

from promptci.parsing.source import Plain
from promptci.records.record import Score

SHOWN = 60
"""Characters of an output or an expectation that a line why shows."""

MAX_WHY = 200

PASSED = Score(1.0, True)

_encode = json.JSONEncoder(ensure_ascii=False).encode


class Unjudged(Exception):
    """An answer that cannot be judged; the message says why. It fails, also under `not`.

    `value` is what it scores nevertheless, where some of it could be judged.
    """

    def __init__(self, why: str, value: float = 0.0) -> None:
        super().__init__(why)
        self.value = value


class NoVerdict(Exception):
    """A scorer could not find out, which says nothing of the answer; the message says why.

    The example is an error then, neither passed nor failed: a judge that answers nonsense, code
    that crashes.
    """


class UnusableGolden(NoVerdict):
    """The example's golden value cannot be used by a scorer: a fault of the eval, not of an answer.

    `lint` and the start of every run find it with file and line.
    """


def as_read(score: Score, answer: object) -> Score:
    """The same score with the answer that was read out of the text."""
    return replace(score, read=str(answer))


def failed(why: str) -> Score:
    """The score of an answer that is wrong."""
    return graded(0.0, why)


def graded(value: float, why: str = "") -> Score:
    """A score of a value in 0..1; it passes at 1, until a threshold says otherwise."""
    if not why.isascii():  # half a character, in a reason that quotes an answer
        why = why.encode("utf-8", "backslashreplace").decode()
    flat = why.replace("\n", " ")  # such as in the name of an argument
    line = flat if len(flat) <= MAX_WHY else f"{flat[: MAX_WHY - 1]}…"
    return Score(value, value >= 1.0, line)


def shorten(value: Plain, size: int = SHOWN) -> str:
    """A value for a line why: in quotes if it is text, cut short, without lone surrogates."""
    is_text = isinstance(value, str)
    text = str(value) if is_text else _encode(value)
    line = _encode(text[:size])[1:-1].replace('\\"', '"')
    line = line.encode("utf-8", "backslashreplace").decode()
    more = "…" if len(text) > size else ""
    return f'"{line}{more}"' if is_text else f"{line}{more}"


def listed(values: tuple[Plain, ...], most: int = 3) -> str:
    """Several values for a line why: the first few, and how many more."""
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(shorten(value, 40) for value in values[:most]) + more

"""Cells of tables of scores: numbers as people write them, and words for right and wrong."""

import math
import re

import msgspec

from promptci.parsing.source import Plain

_YES = """true t yes y pass passed correct c success succeeded successful resolved solved
\N{CHECK MARK} \N{HEAVY CHECK MARK} \N{WHITE HEAVY CHECK MARK}"""
_NO = """false f no n fail failed incorrect i wrong failure unsuccessful unresolved unsolved
\N{BALLOT X} \N{HEAVY BALLOT X} \N{CROSS MARK}"""
TRUTHS = dict.fromkeys(_YES.split(), 1.0) | dict.fromkeys(_NO.split(), 0.0)
"""What a cell says of a trial in the place of 1 or 0."""


def with_point(number: str) -> str:
    """A number with a point where it has a decimal comma, as in `0,5`; thousands stay."""
    is_decimal = re.fullmatch(r"\d+,\d+", number) and not re.fullmatch(r"[1-9]\d*,\d{3}", number)
    return number.replace(",", ".") if is_decimal else number


def cell_text(value: Plain) -> str:
    """A cell as text."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def as_number(text: str) -> float | None:
    """A cell as a finite number; None for other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None

"""Texts measured in columns and painted, without `rich` where each character takes one column."""

from importlib import import_module
from typing import Any

_ONE_COLUMN = (
    (0x20, 0x7E),
    (0xA0, 0xAC),
    (0xAE, 0x2FF),
    (0x370, 0x482),  # Greek, Cyrillic
    (0x2010, 0x2027),  # dashes, quotation marks, the ellipsis
    (0x2190, 0x2199),  # arrows
    (0x2212, 0x2212),  # the minus sign
    (0x2500, 0x25FC),  # lines and blocks
    (0x2713, 0x2718),  # ticks and crosses
)
is_simple = frozenset(
    chr(code) for first, last in _ONE_COLUMN for code in range(first, last + 1)
).issuperset
"""Whether every character takes one column; of others `rich` has tables."""

_CODES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
"""The styles of our screens, and how a terminal is told."""


def cell_len(text: str) -> int:
    """How many columns a text takes."""
    return len(text) if is_simple(text) else int(_of_rich().cell_len(text))


def chop_cells(text: str, width: int) -> list[str]:
    """A text in pieces of so many columns."""
    if is_simple(text):
        return [text[start : start + width] for start in range(0, len(text), width)]
    return list(_of_rich().chop_cells(text, width))


def set_cell_size(text: str, width: int) -> str:
    """A text cut to so many columns, or with blanks behind it."""
    if is_simple(text):
        return text[: max(0, width)].ljust(width)
    return str(_of_rich().set_cell_size(text, width))


def _of_rich() -> Any:
    """Tables of all characters, which few texts need."""
    return import_module("rich.cells")


def paint(text: str, style: str) -> str:
    """A text in a style of ours, for a terminal of sixteen colours."""
    codes = sorted((_CODES[word] for word in style.split()), key=int)
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if codes and text else text

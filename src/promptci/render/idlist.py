"""Ids in a sentence: the first of them, and how many more there are."""

from collections.abc import Mapping, Sequence

from promptci.secrets.safetext import on_one_line

MOST_IDS = 20
"""Examples of one fate that are named; of the rest only the count is given."""


def named(ids: Sequence[str], most: int = MOST_IDS) -> str:
    """Ids in a row, the first of them where there are many."""
    shown = ", ".join(on_one_line(id_, 60) for id_ in ids[:most])
    return shown if len(ids) <= most else f"{shown} and {len(ids) - most:,} more"


def split_lines(split: Mapping[str, Sequence[str]]) -> list[str]:
    """A line for each eval that was split: its name, and those of its parts."""
    return [f"{was} → {', '.join(parts)}" for was, parts in sorted(split.items())]

"""Paths into JSON as options write them: `order.id`, `items[*].price`, `"a.b"[0]`."""

import re
from typing import TypeAlias

from promptci.latepattern import late
from promptci.parsing.source import Plain, excerpt

_Step: TypeAlias = str | int
Steps: TypeAlias = tuple[_Step, ...]

PathPattern: TypeAlias = tuple[_Step | None, ...]
"""Steps into lists and objects; None matches any of them."""

_STEP = late(r'"((?:[^"\\]|\\.)*)"|\[(\d{1,9}|\*)\]|([^.\[\]"]+)')


class PathError(ValueError):
    """A path that cannot be read; the message says why."""


def parse_path(text: str) -> PathPattern:
    """A path: names joined by dots, `[2]` for an item, `[*]` or `*` for any.

    Quotes go round a name that holds a dot or a bracket. Raises `PathError`.
    """
    steps: list[_Step | None] = []
    end = 0
    while end < len(text):
        start = end + (text[end] == "." and bool(steps))
        match = _STEP.match(text, start)
        if match is None or (steps and start == end and match[2] is None):
            raise PathError(f"`{excerpt(text)}` is no path: write it as in `order.items[0].id`")
        steps.append(_step(match))
        end = match.end()
    if not steps:
        raise PathError("is empty: write a path such as `order.id`")
    return tuple(steps)


def _step(match: re.Match[str]) -> _Step | None:
    quoted, index, name = match.groups()
    if quoted is not None:
        return re.sub(r"\\(.)", r"\1", quoted)
    if "*" in (index, name):
        return None
    return str(name) if index is None else int(index)


def is_below(steps: Steps, pattern: PathPattern) -> bool:
    """Whether a place is the one that a pattern names, or inside it."""
    return len(steps) >= len(pattern) and all(
        wanted is None or wanted == step for wanted, step in zip(pattern, steps, strict=False)
    )


def written_path(steps: Steps) -> str:
    """A place as one writes it; empty for the whole."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    return text.removeprefix(".")


def without(value: Plain, patterns: list[PathPattern]) -> Plain:
    """A value without what the patterns name; an item of a list becomes null."""
    if not patterns or not isinstance(value, dict | list):
        return value
    if isinstance(value, list):
        return [
            None if () in (rest := _rests(patterns, index)) else without(item, rest)
            for index, item in enumerate(value)
        ]
    return {
        key: without(item, rest)
        for key, item in value.items()
        if () not in (rest := _rests(patterns, key))
    }


def _rests(patterns: list[PathPattern], step: _Step) -> list[PathPattern]:
    """What is left of the patterns that go through a step."""
    return [pattern[1:] for pattern in patterns if pattern and pattern[0] in (None, step)]

"""Trees of mathematics in other forms that say the same."""

from typing import Any

_ENOUGH = 10
"""Digits of a decimal number that is taken for the one which it rounds."""


def name_first(tree: list[Any]) -> list[Any]:
    """`5 = x` as `x = 5`."""
    is_turned = tree[0] == "eq" and tree[2][0] == "sym" and tree[1][0] != "sym"
    return ["eq", tree[2], tree[1]] if is_turned else tree


def decimals_of(tree: list[Any]) -> int:
    """The decimals of a number that is written with ten digits or more, else 0."""
    number = tree[1] if tree[0] == "neg" else tree
    if number[0] != "num" or "." not in number[1]:
        return 0
    digits = len(number[1].replace(".", "").lstrip("0"))
    return len(number[1].partition(".")[2]) if digits >= _ENOUGH else 0


def interval(tree: list[Any]) -> list[Any]:
    """The values of one name that inequalities allow: `1 < x ≤ 2` is `(1, 2]`; empty for others."""
    _, signs, sides = tree
    if set(signs) <= {">", "\u2265"}:
        flipped = {">": "<", "\u2265": "\u2264"}
        signs, sides = [flipped[sign] for sign in signs[::-1]], sides[::-1]
    names = [place for place, side in enumerate(sides) if side[0] == "sym"]
    if len(names) != 1 or not set(signs) <= {"<", "\u2264"} or len(sides) > 3:
        return []
    ends: dict[bool, tuple[str, Any]] = {}
    for place, sign in enumerate(signs):
        ends[place < names[0]] = (sign, sides[place if place < names[0] else place + 1])
    low, high = (
        ends.get(True, ("<", ["neg", ["const", "oo"]])),
        ends.get(False, ("<", ["const", "oo"])),
    )
    return ["seq", "[("[low[0] == "<"], "])"[high[0] == "<"], [low[1], high[1]]]


def links(tree: list[Any]) -> list[tuple[str, Any, Any]]:
    """The links of a chain of inequalities: a sign, `<` or `≤`, the less and the more."""
    found = []
    for sign, left, right in zip(tree[1], tree[2], tree[2][1:], strict=False):
        less, more = (right, left) if sign in (">", "\u2265") else (left, right)
        found.append(({">": "<", "\u2265": "\u2264"}.get(sign, sign), less, more))
    return found

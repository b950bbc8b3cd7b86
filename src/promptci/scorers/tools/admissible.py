"""Arguments of which several values are right, and those that may be left out."""

from typing import Literal

from promptci.parsing.source import Plain
from promptci.scorers.json.alike import AlikeOptions, Equality

_LOOSE = str.maketrans("'", '"', " ,./-_*^")


def admitted(
    wanted: dict[str, Plain],
    got: dict[str, Plain],
    values: Literal["exact", "admissible", "bfcl"],
    options: AlikeOptions,
) -> dict[str, Plain]:
    """The arguments wanted, with what was given in the place of each that admits it."""
    if values == "exact":
        return wanted
    found: dict[str, Plain] = {}
    for name, admissible in wanted.items():
        items = admissible if isinstance(admissible, list) else [admissible]
        if name not in got:
            if values == "bfcl" and "" in items:
                continue
            found[name] = next((item for item in items if item != ""), admissible)
        elif any(_fits(item, got[name], values == "bfcl", options) for item in items):
            found[name] = got[name]
        else:
            is_list_itself = Equality(options).same(admissible, got[name])
            found[name] = items[0] if len(items) == 1 or is_list_itself else admissible
    return found


ANY = "any"
"""Matches whatever value an argument has."""


def fits_pattern(wanted: Plain, given: Plain) -> bool:
    """Whether an argument is what a pattern wants: `any` value, one of a list, or this very value.

    A list that is given fits one that is wanted item by item, too.
    """
    if wanted == ANY:
        return True
    if isinstance(wanted, list):
        is_one = any(_same(item, given) for item in wanted)
        return is_one or _same(wanted, given)
    return _same(wanted, given)


def _same(wanted: Plain, given: Plain) -> bool:
    return Equality(AlikeOptions()).same(wanted, given)


def _fits(item: Plain, given: Plain, is_bfcl: bool, options: AlikeOptions) -> bool:
    if Equality(options).same(item, given):
        return True
    if not is_bfcl:
        return False
    if isinstance(item, dict) and isinstance(given, dict):
        return admitted(item, given, "bfcl", options) == given
    if isinstance(item, list) and isinstance(given, list):
        pairs = zip(item, given, strict=False)
        return len(item) == len(given) and all(_fits(*pair, True, options) for pair in pairs)
    if isinstance(item, str) and isinstance(given, str):
        return item.lower().translate(_LOOSE) == given.lower().translate(_LOOSE)
    return False

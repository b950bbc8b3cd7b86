"""Kinds of values in words: what a type accepts, what a value is, how to fix one."""

import json
from types import NoneType
from typing import Any

from msgspec import inspect

from promptci.latepattern import late
from promptci.parsing.source import excerpt

_KINDS: dict[type[inspect.Type], tuple[str, tuple[type, ...]]] = {
    inspect.StrType: ("text", (str,)),
    inspect.IntType: ("a whole number", (int,)),
    inspect.FloatType: ("a number", (int, float)),
    inspect.DecimalType: ("a number", (int, float, str)),
    inspect.BoolType: ("true or false", (bool,)),
    inspect.NoneType: ("nothing", (NoneType,)),
    inspect.ListType: ("a list", (list,)),
    inspect.VarTupleType: ("a list", (list,)),
    inspect.TupleType: ("a list", (list,)),
    inspect.SetType: ("a list", (list,)),
    inspect.FrozenSetType: ("a list", (list,)),
    inspect.DictType: ("a mapping", (dict,)),
    inspect.StructType: ("a mapping", (dict,)),
    inspect.TypedDictType: ("a mapping", (dict,)),
    inspect.DataclassType: ("a mapping", (dict,)),
}
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "on", "y"), "true"),
    **dict.fromkeys(("false", "no", "off", "n"), "false"),
}

_FILE = late(r"\.(jsonl?|csv|tsv|ya?ml|xlsx|parquet)$")
_PERCENT = late(r"(\d{1,9}(?:\.\d{1,9})?) ?%")

_PERCENTS = 5, 100
"""A number between these, where a share is wanted, was meant in percent."""

PAIRS = "write `name: value` pairs"
"""How a mapping is written."""


def fits_kind(value: object, kind: inspect.Type) -> bool:
    """Whether a value is of a kind, whatever it holds; true for kinds that are not known here."""
    if isinstance(kind, inspect.LiteralType | inspect.EnumType):
        return any(type(each) is type(value) for each in choices(kind))
    known = _KINDS.get(type(kind))
    return known is None or type(value) in known[1]


def choices(kind: inspect.LiteralType | inspect.EnumType) -> tuple[Any, ...]:
    """The values of a kind that lists them."""
    if isinstance(kind, inspect.LiteralType):
        return kind.values
    return tuple(each.value for each in kind.cls)


def in_words(kinds: tuple[inspect.Type, ...]) -> str:
    """What is wanted: `text, a list or a mapping`."""
    words = list(dict.fromkeys(_word(kind) for kind in kinds))
    if "a number" in words and "a whole number" in words:
        words.remove("a whole number")
    return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)


def _word(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.LiteralType | inspect.EnumType):
        return f"one of {', '.join(f'`{written_value(each)}`' for each in choices(kind))}"
    return _KINDS.get(type(kind), ("another value", ()))[0]


def written_value(value: object) -> str:
    """A scalar as a file has it, quotes left out."""
    return value if isinstance(value, str) else json.dumps(value)


def show_value(value: object) -> str:
    """What is there instead, cut short."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f'the text "{excerpt(value)}"'
    return (
        written_value(value)
        if isinstance(value, bool)
        else f"the number {excerpt(written_value(value))}"
    )


def advice(value: object, kinds: tuple[inspect.Type, ...]) -> str:
    """How to turn a value into one of a kind that it does not fit; empty where none is known."""
    wanted = {_word(kind) for kind in kinds}
    if value is None:
        return "write a value, or delete this"
    takes_it = any(_may_hold(kind, value) for kind in kinds)
    if isinstance(value, str):
        return _advice_on_text(value, wanted, takes_it)
    if "text" in wanted and isinstance(value, bool | int | float):
        return "put quotes around it"
    if "a whole number" in wanted and isinstance(value, float) and value.is_integer():
        return f"write {int(value)}"
    return _advice_on_collections(wanted, takes_it)


def as_share(value: object) -> str:
    """How a number that should be a share is written, if it was meant in percent."""
    if isinstance(value, int | float) and _PERCENTS[0] <= value <= _PERCENTS[1]:
        return f"write the share, {value / 100:g}"
    return "change it"


def _may_hold(kind: inspect.Type, value: object) -> bool:
    """Whether a kind is a list that may hold such a value."""
    items = getattr(kind, "item_types", None) or (getattr(kind, "item_type", None),)
    each = [one for item in items for one in getattr(item, "types", (item,)) if one is not None]
    return any(fits_kind(value, one) for one in each)


def _advice_on_text(value: str, wanted: set[str], takes_it: bool) -> str:
    if "true or false" in wanted and value.lower() in _TRUTHS:
        return f"write {_TRUTHS[value.lower()]}"
    if "a number" in wanted and (share := _PERCENT.fullmatch(value)):
        return f"write the share, {float(share[1]) / 100:g}"
    if "a mapping" in wanted and _FILE.search(value):
        return "name a file alone, without a list"
    if wanted & {"a number", "a whole number"} and value.strip("+-.0123456789") == "" != value:
        return "write it without quotes"
    return _advice_on_collections(wanted, takes_it)


def _advice_on_collections(wanted: set[str], takes_it: bool) -> str:
    if takes_it or wanted == {"a list"}:
        return "put it in `[` and `]`"
    return PAIRS if "a mapping" in wanted else "replace it"

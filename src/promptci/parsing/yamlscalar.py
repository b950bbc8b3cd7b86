"""Unquoted YAML text: when it is a truth value, a number or nothing, and when it stays text."""

from math import isinf

from promptci.latepattern import late
from promptci.parsing.source import excerpt

NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_BOOLS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = late(r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = late(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = late(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def read_scalar(text: str) -> str | int | float | bool | None:
    """What an unquoted text means in the YAML 1.2 core schema, else the text itself.

    https://yaml.org/spec/1.2.2/#103-core-schema, except that a number with leading zeros stays
    text. Raises `ValueError` for a number that JSON or Python cannot hold.
    """
    if text in NULLS:
        return None
    if text in _BOOLS:
        return _BOOLS[text]
    return _number(text) if text[0] in "+-.0123456789" else text


def _number(text: str) -> str | int | float:
    if _INT.fullmatch(text):
        return _integer(text)
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"`{text}` is not a number that JSON can hold")
    if not _FLOAT.fullmatch(text):
        return text
    value = float(text)
    if isinf(value):
        raise ValueError(f"`{excerpt(text)}` is too large for a number")
    return value


def _integer(text: str) -> int:
    try:
        value = int(text, 0)
        str(value)  # hexadecimal digits are read without Python's limit and then cannot be written
    except ValueError:
        raise ValueError(f"`{excerpt(text)}` has too many digits for a number") from None
    return value

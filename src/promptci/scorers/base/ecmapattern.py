"""Regular expressions of JavaScript, which JSON Schema has too, as Python's."""

import re

from promptci.latepattern import late

_TOKEN = late(r"\\c[A-Za-z]|\\k<\w+>|\\.|\(\?<(?=[A-Za-z_$])|\[\^\]|\[\]|[\[\]$]|.", re.DOTALL)
_SETS = {"d": "0-9", "w": "A-Za-z0-9_"}
"""`\\d` and `\\w` know ASCII alone in JavaScript."""
_NEVER, _ANY = "(?!)", r"[\s\S]"


def python_pattern(written: str, *, multiline: bool = False) -> str:
    """A pattern that matches what JavaScript's matches, whether or not it is one.

    Two differences stay: `.` and `\\s` take other line ends and white space beyond ASCII.
    """
    is_ascii = written.isascii()
    out: list[str] = []
    in_class = False
    for found in _TOKEN.finditer(written):
        token = found[0]
        if in_class:
            in_class = token != "]"
            out.append(_in_class(token))
            continue
        in_class = token == "["
        out.append(_outside(token, is_ascii=is_ascii, multiline=multiline))
    return "".join(out)


def _outside(token: str, *, is_ascii: bool, multiline: bool) -> str:
    """A token outside of square brackets."""
    if token == "$":
        return "$" if multiline else "\\Z"  # before a last line end, too, in Python
    if token in _WHOLE:
        return _WHOLE[token]
    if token.startswith("\\k<"):
        return f"(?P={token[3:-1]})"
    if token in ("\\b", "\\B"):
        return token if is_ascii else f"(?a:{token})"
    if token.startswith("\\") and token[1:].lower() in _SETS:
        return f"[{'^' if token[1].isupper() else ''}{_SETS[token[1:].lower()]}]"
    return _escaped(token)


_WHOLE = {"[^]": _ANY, "[]": _NEVER, "(?<": "(?P<"}


def _in_class(token: str) -> str:
    """A token inside of square brackets, where `[` is a letter and `\\b` a backspace."""
    if token.startswith("\\") and token[1:] in _SETS:
        return _SETS[token[1:]]
    if token == "[^]":
        return "\\[^]"
    return {"[": "\\[", "[]": "\\[]", "\\b": "\\x08", "(?<": "(?<"}.get(token) or _escaped(token)


def _escaped(token: str) -> str:
    """An escape that Python writes in another way."""
    if token.startswith("\\c"):
        return f"\\x{ord(token[2].upper()) - 64:02x}"
    return {"\\0": "\\x00", "\\/": "/"}.get(token, token)

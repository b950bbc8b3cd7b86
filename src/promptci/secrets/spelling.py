"""The ways in which a text may be written inside another one: patterns that find them all."""

import re
from functools import lru_cache
from html import escape

_LINE_END = r"(?:(?:\r?\n|\\{1,4}r\\{1,4}n|\\{1,4}n)[ \t]*)?"


def spelled(text: str) -> str:
    """A pattern for a text as it is, or escaped once or more for JSON, HTML, a URL or a shell."""
    return "".join(map(_spelled, text))


def broken(text: str) -> str:
    """The same for a text that lines may end in."""
    return _LINE_END.join(map(_spelled, text))


@lru_cache(maxsize=256)
def _spelled(char: str) -> str:
    """A pattern for a character; letters and digits are left alone by all."""
    if char.isascii() and char.isalnum():
        return char
    code = ord(char)
    data = char.encode("utf-8", "surrogateescape")
    ways = [
        *_plain(char),
        "".join(rf"%(?:25){{0,3}}(?i:{byte:02x})" for byte in data),
        rf"&(?:amp;){{0,3}}(?i:#0{{0,4}}{code}|#x0{{0,4}}{code:x}|{_entity(char)});",
    ]
    if code < 0x10000:
        ways.append(rf"\\{{1,8}}u(?i:{code:04x})")
    if code < 0x100:
        ways.append(rf"\\{{1,8}}x(?i:{code:02x})")
    return f"(?:{'|'.join(ways)})"


def _plain(char: str) -> tuple[str, ...]:
    """A character as itself, in the ways that escape it with backslashes or by its like."""
    if char.isspace():
        return r"\s{1,99}", r"\\{1,8}[nrt]", r"\+"
    if char == "\\":
        return (r"\\{1,8}",)
    likes = {
        "|": "[|│]",
        ":": ":(?: (?=:))?",
        "#": r"\#(?: (?=\[))?",
        "'": r"""(?:'"'"'|'\\''|')""",
    }
    return (rf"\\{{0,8}}{likes.get(char, re.escape(char))}",)


def _entity(char: str) -> str:
    """The name that HTML has for a character, or one that none has."""
    name = escape(char)[1:-1]
    return name if name.isalpha() else "none"

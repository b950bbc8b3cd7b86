"""Elements of HTML and SVG: what is not made here is text, and is escaped."""

import re
from collections.abc import Iterable
from typing import TypeAlias

from promptci.secrets.safetext import for_html, for_terminal

_QUOTED = re.compile(r"`([^`\n]+)`")
_VOID = frozenset({"br", "col", "hr", "input", "meta"})


class Markup(str):
    """Finished HTML, which only this module makes."""

    __slots__ = ()


Child: TypeAlias = "Markup | str | int | Iterable[Child] | None"


def element(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """An element; attributes that are None or false are left out, `_` in their names is `-`."""
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Children in a row."""
    return Markup("".join(map(_inner, children)))


def worded(sentence: str) -> Markup:
    """A sentence of promptci's own, with what it has between backticks as code."""
    pieces = _QUOTED.split(for_terminal(sentence))  # secrets go before it is cut
    return join([element("code", each) if at % 2 else each for at, each in enumerate(pieces)])


def _inner(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    if isinstance(child, str | int):
        return for_html(str(child))
    return "".join(map(_inner, child))


def _attribute(name: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    key = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {key}"
    text = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    return f' {key}="{for_html(text)}"'

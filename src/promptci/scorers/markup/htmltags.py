"""HTML taken apart into tags, in one pass that no text can slow down."""

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

_Kind: TypeAlias = Literal["open", "close", "doctype", "comment", "text", "broken"]

_VOID = "area base br col embed hr img input link meta param source track wbr"
_OPTIONAL_END = """
    body caption colgroup dd dt head html li optgroup option p rb rp rt rtc tbody td tfoot th
    thead tr
"""
_OTHERS = """
    a abbr acronym address applet article aside audio b bdi bdo big blockquote button canvas
    center cite code data datalist del details dfn dialog dir div dl em fieldset figcaption figure
    font footer form frame frameset h1 h2 h3 h4 h5 h6 header hgroup i iframe ins kbd label legend
    main map mark marquee math menu meter nav noframes noscript object ol output picture pre
    progress q ruby s samp script search section select slot small span strike strong style sub
    summary sup svg table template textarea time title tt u ul var video
"""

VOID = frozenset(_VOID.split())
"""Elements that have no content and no end tag."""

OPTIONAL_END = frozenset(_OPTIONAL_END.split())
"""Elements whose end tag may be left out."""

KNOWN = VOID | OPTIONAL_END | frozenset(_OTHERS.split())
"""The elements of HTML, those that are out of date among them."""

_RAW = frozenset({"script", "style", "textarea", "title"})
"""Elements in which `<` opens no tag."""

_TAG = re.compile(
    r"""<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,60}+)(?=[\s/>])"""
    r"""((?:[^"'<>]++|"[^"]{0,1000000}+"|'[^']{0,1000000}+')*+)>"""
)
_LOOKS_OPEN = re.compile("<[a-zA-Z/!?]")
_DOCTYPE = re.compile(r"<!doctype\s++html\b[^<>]{0,1000}+>", re.IGNORECASE)


class Token(Struct, frozen=True):
    """A piece of HTML: `name` is a tag's name in small letters, `start` its place."""

    kind: _Kind
    start: int
    name: str = ""
    closes_itself: bool = False


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a text in order. Text is noted only where it is more than white space.

    What begins like a tag and is none is `broken`, and the text goes on behind its `<`.
    """
    end = 0
    while (start := text.find("<", end)) >= 0:
        if text[end:start].strip():
            yield Token("text", end)
        token, end = _token(text, start)
        yield token
        if token.kind == "open" and token.name in _RAW and not token.closes_itself:
            end = _behind_raw(text, token.name, end)
    if text[end:].strip():
        yield Token("text", end)


def _token(text: str, start: int) -> tuple[Token, int]:
    """The piece that a `<` opens, and where it ends."""
    if text.startswith("<!--", start):
        end = text.find("-->", start + 4)
        kind: _Kind = "broken" if end < 0 else "comment"
        return Token(kind, start), len(text) if end < 0 else end + 3
    doctype = _DOCTYPE.match(text, start)
    if doctype is not None:
        return Token("doctype", start), doctype.end()
    tag = _TAG.match(text, start)
    if tag is None:
        opens = _LOOKS_OPEN.match(text, start)
        return Token("broken" if opens else "text", start), start + 1
    name = tag[2].lower()
    if tag[1]:
        return Token("close", start, name), tag.end()
    return Token("open", start, name, tag[3].endswith("/")), tag.end()


def _behind_raw(text: str, name: str, end: int) -> int:
    """Where the end tag of a raw element begins, or the end of the text."""
    found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(text, end)
    return len(text) if found is None else found.start()

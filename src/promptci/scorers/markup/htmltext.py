"""Scorers for HTML."""

from collections import Counter
from itertools import islice
from typing import Annotated

from msgspec import Meta

from promptci.records.record import Score
from promptci.scorers.base.context import ScorerContext
from promptci.scorers.base.options import Options
from promptci.scorers.base.scorer import Judge, Scorer
from promptci.scorers.base.subject import Subject
from promptci.scorers.base.verdict import PASSED, Unjudged, failed, graded, listed
from promptci.scorers.markup.htmltags import KNOWN, OPTIONAL_END, VOID, Token, tokens

MAX_DEPTH = 500
"""Elements inside each other that an answer may hold."""

MAX_PIECES = 200_000
"""Tags and pieces of text that are read of an answer."""

MAX_BROKEN = 20
"""Places that look like a tag and are none, after which no more are looked for."""

ENOUGH = 2
"""Signs of HTML that make it more than a stray tag in prose."""

_OWN_RULES = frozenset({"svg", "math"})
"""Elements that hold those of another language."""


class HTMLOptions(Options, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What must be in the HTML."""

    elements: Annotated[
        tuple[Annotated[str, Meta(min_length=1)], ...],
        Meta(description="elements that must be there, such as `table`"),
    ] = ()


class NotHTML(ValueError):
    """A text that is not HTML as a whole; the message says why."""


def is_html(options: HTMLOptions, binding: ScorerContext) -> Judge:
    """The output is HTML as a whole: known elements, closed, and no text outside them."""

    def judge(subject: Subject) -> Score:
        try:
            names = read_html(subject.output)
        except NotHTML as error:
            return failed(str(error))
        return _with_elements(names, options.elements)

    return judge


def contains_html(options: HTMLOptions, binding: ScorerContext) -> Judge:
    """The output holds HTML that is more than a stray tag in prose."""

    def judge(subject: Subject) -> Score:
        signs, names = _signs(subject.output)
        if signs < ENOUGH:
            return failed("no HTML element" if not signs else "no more HTML than a stray tag")
        return _with_elements(names, options.elements)

    return judge


def read_html(text: str) -> set[str]:
    """The names of the elements of a text that is HTML as a whole. Raises `NotHTML`."""
    return _Document(text).read()


class _Document:
    """Reads a text as HTML from its first to its last character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[str] = []
        self.names: set[str] = set()
        self.foreign = 0

    def read(self) -> set[str]:
        """The names of all elements. Raises `NotHTML` or `Unjudged`."""
        for number, token in enumerate(tokens(self.text)):
            if number >= MAX_PIECES:
                raise Unjudged(f"more than {MAX_PIECES:,} pieces of HTML")
            if token.kind == "broken":
                raise self._fault(token, "a tag that is not closed")
            if token.kind == "text" and not self.open:
                raise self._fault(token, "text outside the elements")
            if token.kind == "open":
                self._begin(token)
            elif token.kind == "close":
                self._end(token)
        left = [name for name in self.open if name not in OPTIONAL_END]
        if left:
            raise NotHTML(f"not HTML: `<{left[-1]}>` is not closed")
        if not self.names:
            raise NotHTML("not HTML: no element")
        return self.names

    def _begin(self, token: Token) -> None:
        if not self.foreign and token.name not in KNOWN and "-" not in token.name:
            raise self._fault(token, f"`<{token.name}>`, which is no element of HTML,")
        self.names.add(token.name)
        if token.name in VOID or (token.closes_itself and self._is_foreign(token.name)):
            return
        self._close_before(token.name)
        if len(self.open) >= MAX_DEPTH:
            raise NotHTML(f"not HTML: nested more than {MAX_DEPTH} deep")
        self.open.append(token.name)
        self.foreign += token.name in _OWN_RULES

    def _close_before(self, name: str) -> None:
        """An item closes the item before it, whose end tag may be left out."""
        if name not in OPTIONAL_END:
            return
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place] == name:
                del self.open[place:]
            if place >= len(self.open) or self.open[place] not in OPTIONAL_END:
                return

    def _is_foreign(self, name: str) -> bool:
        return bool(self.foreign) or name in _OWN_RULES

    def _end(self, token: Token) -> None:
        """Close an element, and before it those inside that need no end tag."""
        if token.name in ("br", "p") and token.name not in self.open:
            return  # browsers make an element of these
        while self.open and self.open[-1] != token.name and self.open[-1] in OPTIONAL_END:
            self.open.pop()
        if not self.open or self.open[-1] != token.name:
            raise self._fault(token, f"`</{token.name}>` that closes nothing")
        self.foreign -= self.open.pop() in _OWN_RULES

    def _fault(self, token: Token, what: str) -> NotHTML:
        line = self.text.count("\n", 0, token.start) + 1
        return NotHTML(f"not HTML: {what} in line {line}")


def _signs(text: str) -> tuple[int, set[str]]:
    """How many signs of HTML there are, and the names of its elements.

    An element with its end tag is two, and so are several whose end tags may be left out where one
    begins the text; a document type and an element without content are one each, or two where
    there is nothing else; end tags that are missing or stray are one altogether. Custom elements
    do not count, nor does a tag quoted alone, as in `<b>` between backticks.
    """
    opened: Counter[str] = Counter()
    signs = strays = broken = 0
    begins = len(text) - len(text.lstrip())
    is_run, is_bare = False, True
    names: set[str] = set()
    for token in islice(tokens(text), MAX_PIECES):
        broken += token.kind == "broken"
        is_bare = is_bare and token.kind not in ("text", "broken")
        if broken > MAX_BROKEN:
            break
        signs += token.kind == "doctype"
        if token.name not in KNOWN or _is_quoted(text, token.start):
            continue
        names.add(token.name)
        if token.kind == "close":
            matched = opened[token.name] > 0
            opened[token.name] -= matched
            signs += 2 * matched
            strays += not matched
        elif token.name in VOID:
            signs += 1
        else:
            opened[token.name] += 1
            is_run = is_run or (token.start == begins and token.name in OPTIONAL_END)
    signs += (is_run and opened.total() > 1) + (is_bare and signs == 1)
    return signs + bool(strays or opened.total()), names


def _is_quoted(text: str, start: int) -> bool:
    """Whether a tag is alone between backticks."""
    if start == 0 or text[start - 1] != "`":
        return False
    end = text.find(">", start, start + 200)
    return end >= 0 and text[end + 1 : end + 2] == "`"


def _with_elements(names: set[str], elements: tuple[str, ...]) -> Score:
    missing = [name for name in elements if name.lower().strip("<>") not in names]
    if not missing:
        return PASSED
    return graded(1 - len(missing) / len(elements), f"no element {listed(tuple(missing))}")


SCORERS = {
    "is_html": Scorer(
        is_html,
        HTMLOptions,
        "the output is HTML as a whole: known elements, closed, no text outside them",
        "elements",
        example="is_html: {elements: [table]}",
        is_format=True,
    ),
    "contains_html": Scorer(
        contains_html,
        HTMLOptions,
        "the output holds HTML that is more than a stray tag in prose",
        "elements",
        version=2,
        example="contains_html: {elements: [ul, li]}",
        is_format=True,
    ),
}

"""The tags of a text in Jinja's language, and the operands in their expressions.

The language has a parser of its own in a child process, which shows no syntax tree. A text that is
read here was read by that parser before, so it is sound.
"""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from promptci.latepattern import late

_OPEN = late(r"\{\{|\{%|\{#")
_CLOSE = {"{{": re.compile(r"-?\}\}"), "{%": re.compile(r"[-+]?%\}")}
COMMENT = late(r"\{#.*?#\}", re.DOTALL)
_END_RAW = late(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_TOKEN = late(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[^\W\d]\w*|\d\w*|[=!<>]=|\S", re.DOTALL)
_SPACE = late(r"\s*")
_INSIDE, _OUTSIDE = "([{", ")]}"
_ENDS = (",", "if", "else", ":", "=")
"""What ends an operand of `if … else` in an expression, beside a bracket."""

_COMPARING = ("==", "!=", "<", ">", "<=", ">=", "in", "is")


class JinjaToken(Struct, frozen=True):
    """A word, text or sign of a tag, with how many brackets are around it."""

    text: str
    start: int
    end: int
    depth: int


class JinjaTag(Struct, frozen=True):
    """A `{{ … }}` or `{% … %}`; `trims` says that blanks behind it are taken away."""

    start: int
    end: int
    is_block: bool
    trims: bool
    tokens: tuple[JinjaToken, ...]

    @property
    def word(self) -> str:
        """What kind of block it is; empty where it is none."""
        return self.tokens[0].text if self.is_block and self.tokens else ""


def tags_of(text: str) -> Iterator[JinjaTag]:
    """All tags in their order, but for comments and what `raw` keeps from being read."""
    place = 0
    while (found := _OPEN.search(text, place)) is not None:
        if found[0] == "{#":
            comment = COMMENT.match(text, found.start())
            place = comment.end() if comment else len(text)
            continue
        tag = _tag(text, found.start(), found[0])
        yield tag
        place = tag.end
        if tag.word == "raw":
            end = _END_RAW.search(text, place)
            place = end.end() if end else len(text)


def _tag(text: str, start: int, opening: str) -> JinjaTag:
    place, depth, tokens = start + 2, 0, list[JinjaToken]()
    if text[place : place + 1] in ("-", "+"):
        place += 1
    while True:
        space = _SPACE.match(text, place)
        place = space.end() if space else place
        close = None if depth else _CLOSE[opening].match(text, place)
        token = None if close else _TOKEN.match(text, place)
        if token is None:
            end = close.end() if close else len(text)
            trims = close is not None and close[0].startswith("-")
            return JinjaTag(start, end, opening == "{%", trims, tuple(tokens))
        depth -= token[0] in _OUTSIDE
        tokens.append(JinjaToken(token[0], token.start(), token.end(), depth))
        depth += token[0] in _INSIDE
        place = token.end()


def operand_from(tokens: Sequence[JinjaToken], at: int) -> Sequence[JinjaToken]:
    """The operand that begins at a place; empty where there is none."""
    depth = tokens[at].depth if at < len(tokens) else 0
    end = at
    while end < len(tokens) and not _is_end(tokens, end, depth):
        end += 1
    return tokens[at:end]


def operand_before(tokens: Sequence[JinjaToken], at: int) -> Sequence[JinjaToken]:
    """The operand that ends before a place."""
    start = at
    while start and not _is_end(tokens, start - 1, tokens[at].depth):
        start -= 1
    return tokens[start:at]


def _is_end(tokens: Sequence[JinjaToken], at: int, depth: int) -> bool:
    token = tokens[at]
    if token.depth < depth:
        return True
    is_attribute = at and tokens[at - 1].text == "."
    return token.depth == depth and token.text in _ENDS and not is_attribute


def has_words(tokens: Sequence[JinjaToken]) -> bool:
    """Whether there is a text with letters among them, and no comparison."""
    is_text = any(each.text[0] in "'\"" and re.search(r"\w", each.text) for each in tokens)
    return is_text and not any(each.text in _COMPARING for each in tokens)

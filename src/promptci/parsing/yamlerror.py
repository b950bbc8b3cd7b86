"""What is wrong with a text that is not YAML, in words that say how to fix it."""

import re

import yaml

from promptci.errors import Fault
from promptci.latepattern import late
from promptci.parsing.gitmarks import is_conflict_mark
from promptci.parsing.source import MAX_DEPTH, Mark, excerpt

_QUOTE = "put quotes around the text"

_UNCLOSED = late(r"^at the end, .*node content")
_ENDED = late(r"document (start|indicator)")

# What libyaml or PyYAML's own parser says, and what it means; the first that matches counts.
# `{char}` is the character at the place, `{line}` where the value around it began.
_SENTENCES = (
    (r"cannot start any token", f'a text cannot start with "{{char}}": {_QUOTE}'),
    (
        r"mapping values are not allowed",
        f"a `: ` is not allowed here: {_QUOTE} that holds it, or fix the indentation",
    ),
    (r"unexpected end of stream", "this quote is never closed: add the closing one"),
    (
        r"could not find expected ':'",
        "this line is no `key: value`: add the colon, or indent it to continue the text above",
    ),
    (
        r"(did not find|expected) .*alphabetic or numeric",
        f'a text cannot start with "{{char}}": {_QUOTE}',
    ),
    (
        r"',' or '[]}]'",
        "the list or mapping in brackets opened on line {line} lacks a comma or its end here",
    ),
    (r"sequence entries are not allowed", "a list cannot start here: begin it on its own line"),
    (r"unknown escape", "no such escape in double quotes: write `\\\\` or use single quotes"),
    (
        r"hexdecimal|hexadecimal|invalid Unicode",
        "no such character escape: write the character itself",
    ),
    (r"nesting depth", f"nested deeper than {MAX_DEPTH} levels: flatten this"),
    (r"block scalar", f"after `|` or `>` the text begins on the next line: do so, or {_QUOTE}"),
    (_UNCLOSED.pattern, "the list or mapping in brackets is never closed: add its end"),
    (r"(expected|the) node content", f'"{{char}}" is no value: {_QUOTE}'),
    (r"\btag\b", f"a text cannot start with `!`: {_QUOTE}"),
    (r"directive|YAML document", "a line cannot start with `%`: put quotes around the text"),
    (
        r"expected key|'-' indicator|<block end>",
        f"this does not fit the value begun on line {{line}}: fix the indentation, or {_QUOTE}",
    ),
    (_ENDED.pattern, "the value ended before this line: fix the indentation"),
)
_FOLLOWS = "this follows a value that is complete already: put quotes around the whole text"
_UNFINISHED = late(r"block (mapping|sequence|collection).*(expected key|'-' indicator|<block end>)")
_AT_THE_BEGINNING = late(r"simple key|quoted scalar|an alias|an anchor|a block scalar")


def explained(error: yaml.YAMLError, text: str, path: str) -> Fault:
    """The parser's complaint as a fault at its place.

    `text` is what was parsed, with LF line ends.
    """
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Mark(path).fault(f"this is not YAML: {excerpt(str(error), 200)}")
    begun = error.context_mark or error.problem_mark
    place = begun if _AT_THE_BEGINNING.search(error.context or "") else error.problem_mark
    line, troubled = _line(text, place.line), _line(text, error.problem_mark.line)
    char = excerpt(line[place.column :][:1])
    said = f"{'' if char else 'at the end, '}{error.context or ''}: {error.problem or ''}"
    for at, written in ((place.line, line), (error.problem_mark.line, troubled)):
        if is_conflict_mark(written):
            left = "this line is left of a merge conflict: delete it"
            return Mark(path, at + 1, 1).fault(left)
    indent = troubled[: len(troubled) - len(troubled.lstrip())]
    if "\t" in indent:
        cure = "a tab cannot indent in YAML: use spaces"
        return Mark(path, error.problem_mark.line + 1, indent.index("\t") + 1).fault(cure)
    before = troubled[: error.problem_mark.column].strip()
    sentence = _sentence(said, before)
    if sentence == _FOLLOWS and (opened := _quote_opened(text, error.problem_mark.line, before)):
        sentence = f"the quote opened on line {opened} is only closed here: close it where it ends"
    words = sentence.format(char=char, line=begun.line + 1)
    return Mark(path, place.line + 1, place.column + 1).fault(words)


def _quote_opened(text: str, number: int, before: str) -> int:
    """The line, from 1, of a quote that `before`, the start of a later line, closes; 0 for none."""
    quote = before[-1:]
    if quote not in ('"', "'") or before.count(quote) % 2 == 0:
        return 0
    above = text.split("\n", number)[:number]
    return next((n for n in range(number, 0, -1) if above[n - 1].count(quote) % 2), 0)


def _line(text: str, number: int) -> str:
    lines = text.split("\n", number + 1)
    return lines[number] if number < len(lines) else ""


def _sentence(said: str, before: str) -> str:
    """What it means; `before` is what precedes the place on the same line."""
    if before and (_UNFINISHED.search(said) or _ENDED.search(said)):
        return _FOLLOWS
    for pattern, sentence in _SENTENCES:
        if re.search(pattern, said):
            return sentence
    return f"this is not YAML: {_QUOTE}, or fix the indentation"

"""SQL among prose: in fenced blocks, after a colon, in capitals in the middle of a sentence."""

import re
from collections.abc import Iterator
from itertools import islice

from promptci.scorers.base.fences import fenced_blocks
from promptci.scorers.base.verdict import Unjudged
from promptci.scorers.sql.statement import MAX_CHARS, NotSQL, Parse, Statement

TRIES = 20
"""Places where SQL is looked for in prose."""

MOST_WORDS = 40
"""Words at the end of a line that may be prose again."""

_BEGINS = re.compile(
    r"(?i:(?:^[ \t>*-]*|[:`]\s*)(?=(?:select|with|insert\s+into|update|delete\s+from|create|alter"
    r"|drop|merge\s+into|replace\s+into)\b))"
    r"|\b(?=(?:SELECT|WITH|INSERT\s+INTO|UPDATE|DELETE\s+FROM|CREATE|ALTER|DROP|MERGE\s+INTO)\b)",
    re.MULTILINE,
)
_WHOLE = re.compile(r"\bFROM\b|\bINTO\b|\bSET\b|\bTABLE\b", re.IGNORECASE)
_ENDS = re.compile(r";|`|\n[ \t]*\n|\Z")
_SENTENCE = re.compile(r"[A-Z][a-z]+\b[^*=(),;'\"<>_`]*\Z", re.DOTALL)
"""What begins as a sentence does and holds nothing that only SQL has."""

_LANGUAGES = frozenset({"", "sql", "postgresql", "postgres", "mysql", "sqlite", "tsql", "plsql"})
"""What a fenced block of SQL is called."""


def find_sql(text: str, parse: Parse) -> Iterator[list[Statement]]:
    """The statements of fenced blocks that hold SQL, then of those among prose.

    In prose a statement begins a line, or follows a colon or a backtick, or begins in capitals.
    """
    budget = 2 * MAX_CHARS
    for piece in islice(_pieces(text), TRIES * (MOST_WORDS + 3)):
        budget -= len(piece)
        if budget < 0:
            return
        if _SENTENCE.match(piece.strip()):
            continue
        try:
            yield parse(piece)
        except (NotSQL, Unjudged):
            continue


def _pieces(text: str) -> Iterator[str]:
    """What may be SQL in a text."""
    for language, block in islice(fenced_blocks(text), TRIES):
        if language in _LANGUAGES:
            yield block
    for begin in islice(_BEGINS.finditer(text), TRIES):
        end = _ENDS.search(text, begin.end(), begin.end() + MAX_CHARS)
        if end is not None:
            yield text[begin.end() : end.start()]
        line = text[begin.end() : begin.end() + MAX_CHARS].partition("\n")[0].rstrip(" .")
        yield line
        yield from _shorter(line)


def _shorter(line: str) -> Iterator[str]:
    """The beginnings of a line that may go on as prose, the longest first."""
    for _ in range(MOST_WORDS):
        line = line.rpartition(" ")[0].rstrip(" .,:")
        if not _WHOLE.search(line):
            return
        yield line

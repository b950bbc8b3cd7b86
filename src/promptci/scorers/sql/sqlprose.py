"""SQL among prose: in fenced blocks, after a colon, in capitals in the middle of a sentence."""

import re
from collections.abc import Iterator
from itertools import islice

from promptci.scorers.base.fences import fences
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
    The longest that parses counts: its beginning or a query inside it is no statement of its own,
    since that would lack what the whole may not do.
    """
    budget = 2 * MAX_CHARS
    parsed: list[range] = []
    for start, end, piece in islice(_pieces(text), TRIES * (MOST_WORDS + 3)):
        if any(start in whole for whole in parsed):
            continue
        budget -= len(piece)
        if budget < 0:
            return
        if _SENTENCE.match(piece.strip()):
            continue
        try:
            statements = parse(piece)
        except (NotSQL, Unjudged):
            continue
        parsed.append(range(start, end))
        yield statements


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """What may be SQL in a text, with where it begins and ends."""
    for fence in islice(fences(text), TRIES):
        if fence.language in _LANGUAGES:
            yield fence.start, fence.end, fence.body
    for found in islice(_BEGINS.finditer(text), TRIES):
        begin = found.end()
        end = _ENDS.search(text, begin, begin + MAX_CHARS)
        if end is not None:
            yield begin, end.start(), text[begin : end.start()]
        line = text[begin : begin + MAX_CHARS].partition("\n")[0].rstrip(" .")
        for piece in _shorter(line):
            yield begin, begin + len(piece), piece


def _shorter(line: str) -> Iterator[str]:
    """A line that may go on as prose and its beginnings, the longest first."""
    yield line
    for _ in range(MOST_WORDS):
        line = line.rpartition(" ")[0].rstrip(" .,:")
        if not _WHOLE.search(line):
            return
        yield line

"""The answer in an answer that is a JSON object."""

import json

from promptci.parsing.source import Plain
from promptci.scorers.base.fences import fenced_blocks
from promptci.templates.template import as_text

MOST = 10_000
"""Characters of an object that is looked into."""

_NAMES = (
    *("answer", "final_answer", "finalAnswer", "result", "label", "output", "value", "score"),
    *("rating", "total", "count", "number", "amount"),
)
"""Names of members that hold an answer, the surest first."""


def members(text: str) -> dict[str, Plain]:
    """The members of a text that is a JSON object, plain or fenced; none of any other."""
    if len(text) > MOST or not text.lstrip().startswith(("{", "`")):
        return {}
    try:
        made = json.loads(next(fenced_blocks(text), ("", text))[1])
    except (ValueError, RecursionError):
        return {}
    return made if isinstance(made, dict) else {}


def named_member(text: str) -> str:
    """What a JSON object holds under a name of answers, or as its only member; else nothing."""
    made = members(text)
    named = [name for name in _NAMES if name in made] or (list(made) if len(made) == 1 else [])
    value = made[named[0]] if named else None
    is_plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return as_text(value) if is_plain else ""

"""Regular expressions of JavaScript as ours, which are Python's."""

import re

from promptci.scorers.base.ecmapattern import python_pattern
from promptci.scorers.base.patterns import PatternError, compile_pattern

_PLACEHOLDER = re.compile(r"\{\{|\{%|\{#")


def our_pattern(written: str, *, multiline: bool = False) -> str:
    """A pattern that matches what JavaScript's matches without the flag `u`.

    Raises `ValueError` for a pattern that is none, or that promptfoo fills in before it searches.
    """
    if _PLACEHOLDER.search(written):
        raise ValueError("has a template in its pattern, which is not filled in: write it out")
    pattern = python_pattern(written, multiline=multiline)
    try:
        compile_pattern(pattern)
    except PatternError as error:
        raise ValueError(f"has a pattern that is not carried: {error}") from None
    return pattern

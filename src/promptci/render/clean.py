"""Untrusted text made safe to show, as `safetext` does it, its secrets taken out beforehand.

Half a key, or one that was folded, would not be recognised: they go before a text is cut.
"""

from promptci.secrets import safetext
from promptci.secrets.known import redact


def for_terminal(text: str) -> str:
    """Text for a terminal or a log."""
    return safetext.for_terminal(redact(text))


def on_one_line(text: str, width: int = 200) -> str:
    """The same on one line, cut to `width` characters with an ellipsis."""
    return safetext.on_one_line(redact(text), width)


def for_markdown(text: str, width: int = 500) -> str:
    """A sentence for GitHub's Markdown."""
    return safetext.for_markdown(redact(text), width)


def as_markdown_code(text: str, width: int = 120) -> str:
    """A name for GitHub's Markdown, also in a table."""
    return safetext.as_markdown_code(redact(text), width)


def as_markdown_fence(text: str, language: str = "") -> str:
    """Text as a block of code."""
    return safetext.as_markdown_fence(redact(text), language)


def as_html_code(text: str, width: int = 120) -> str:
    """A name inside an HTML block."""
    return safetext.as_html_code(redact(text), width)

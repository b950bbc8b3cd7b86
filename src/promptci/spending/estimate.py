"""How many tokens a request may take, guessed before it is asked; the bill goes by real usage."""

from decimal import Decimal

from promptci.specs.completion import Request, Settings, Usage

MOST_OUTPUT = 4096
"""Tokens of an answer reckoned with where the prompt sets no limit."""

_PER_MESSAGE = 4
"""Tokens that a role and the marks around a message take."""


def estimate(request: Request) -> Usage:
    """An upper guess: four letters of ASCII a token, else one and a half, and the whole answer.

    Tools and the form of the answer count as input, too.
    """
    asked = sum(_PER_MESSAGE + _tokens(message.content) for message in request.messages)
    is_chat = request.settings.task == "chat"
    limit = most_output(request.settings) if is_chat else 0
    return Usage(asked + _overhead(request.settings), limit)


def most_tokens(request: Request) -> Decimal:
    """All the tokens that a request may take, in and out."""
    usage = estimate(request)
    return Decimal(usage.input_tokens + usage.output_tokens)


def most_output(settings: Settings) -> int:
    """The most tokens that an answer may take."""
    limits = (settings.parameters.get(name) for name in ("max_completion_tokens", "max_tokens"))
    return next((limit for limit in limits if isinstance(limit, int)), MOST_OUTPUT)


def _overhead(settings: Settings) -> int:
    if not settings.tools and settings.response_format is None:
        return 0
    return _tokens(settings.canonical)


def _tokens(text: str) -> int:
    if text.isascii():
        return -(-len(text) // 4)
    narrow = sum(char < "\x80" for char in text)
    return -(-narrow // 4) + round((len(text) - narrow) / 1.5)

"""How many tokens a request may take, guessed before it is asked; the bill goes by real usage."""

from decimal import Decimal

from promptci.specs.message import Attachment, Message
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Usage

MOST_OUTPUT = 4096
"""Tokens that an answer is taken to have where the prompt sets no limit."""

OUTPUT_LIMITS = ("max_completion_tokens", "max_tokens")
"""The parameters that limit an answer."""

_PER_FILE = 3000
"""Tokens that a picture, or the pages of a file seen as pictures, may take."""

_PER_MESSAGE = 4
"""Tokens that a role and the marks around a message take."""


def estimate(request: Request) -> Usage:
    """An upper guess: four letters of ASCII a token, else one and a half, and the whole answer.

    Tools and the form of the answer count as input, too.
    """
    return usage_of(request.settings, messages_tokens(request))


def messages_tokens(request: Request) -> int:
    """What the messages of a request take, by the same guess."""
    return sum(map(_message_tokens, request.messages))


def usage_of(settings: Settings, asked: int) -> Usage:
    """The guess for a request with these settings whose messages take so many tokens."""
    limit = most_output(settings) if settings.task == "chat" else 0
    return Usage(asked + _overhead(settings), limit, service_tier=asked_tier(settings))


def asked_tier(settings: Settings) -> str:
    """The service tier that a request asks for, such as `flex`; empty for the usual one.

    Where a model falls back to the usual one, that is counted.
    """
    if settings.model.tier:
        return "" if settings.model.falls_back else settings.model.tier
    extra = settings.parameters.get("extra_body")
    tier = extra.get("service_tier") if isinstance(extra, dict) else None
    return tier if isinstance(tier, str) and tier != "auto" else ""


def most_tokens(request: Request) -> Decimal:
    """All the tokens that a request may take, in and out."""
    usage = estimate(request)
    return Decimal(usage.input_tokens + usage.output_tokens)


def most_output(settings: Settings) -> int:
    """The most tokens that an answer may take."""
    for name in OUTPUT_LIMITS:
        if isinstance(limit := settings.parameters.get(name), int):
            return limit
    return MOST_OUTPUT


def _overhead(settings: Settings) -> int:
    if not settings.tools and settings.response_format is None:
        return 0
    return text_tokens(settings.canonical)


def _message_tokens(message: Message) -> int:
    if not (message.parts or message.more):
        return _PER_MESSAGE + text_tokens(message.content)
    attached = [part.attached for part in message.parts if part.attached is not None]
    return (
        _PER_MESSAGE * (1 + len(message.parts))
        + text_tokens(message.content)
        + text_tokens(message.more)
        + sum(_PER_FILE + _file_tokens(each) for each in attached)
    )


def _file_tokens(attached: Attachment) -> int:
    """Of a document that may be all text; a picture takes no more than any other."""
    is_picture = attached.media_type.startswith("image/")
    return 0 if is_picture else -(-attached.size // 3)


def text_tokens(text: str) -> int:
    """The tokens of a text, at most, as an upper guess has them."""
    if text.isascii():
        return -(-len(text) // 4)
    narrow = sum(char < "\x80" for char in text)
    return -(-narrow // 4) + round((len(text) - narrow) / 1.5)

"""How many tokens a request may take, guessed before it is asked; the bill goes by real usage."""

from collections.abc import Mapping
from decimal import Decimal

from promptci.parsing.source import Plain
from promptci.specs.message import Attachment, Message
from promptci.specs.prompt import Prompt
from promptci.specs.request import Request, Settings
from promptci.specs.tokenprice import Usage
from promptci.templates.template import Template

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
    return _tokens_of(*_letters(text))


def _letters(text: str) -> tuple[int, int]:
    """How many characters of a text are ASCII, and how many are not."""
    if text.isascii():
        return len(text), 0
    narrow = sum(char < "\x80" for char in text)
    return narrow, len(text) - narrow


def _tokens_of(narrow: int, wide: int) -> int:
    return -(-narrow // 4) + round(wide / 1.5)


class PromptTokens:
    """What the messages of one prompt take, of many examples, none of whose messages is made."""

    def __init__(self, prompt: Prompt) -> None:
        self._prompt, self._settled = prompt, 0
        self._open: list[tuple[Template, int, int]] = []
        for piece in prompt.plain_pieces():
            if isinstance(piece, Message):
                self._settled += _message_tokens(piece)
            elif isinstance(piece.content, Template):
                self._open.append((piece.content, *_letters("".join(piece.content.literals))))
        self._is_able = bool(prompt.plain_pieces())

    def of(self, variables: Mapping[str, Plain]) -> int | None:
        """The same guess as of the messages; None where these are to be made for it.

        Raises `TemplateError` where a variable is missing.
        """
        if not self._is_able or self._prompt.carries(variables):
            return None
        found = self._settled
        for template, narrow, wide in self._open:
            for text in template.texts(variables):
                more = _letters(text)
                narrow, wide = narrow + more[0], wide + more[1]
            found += _PER_MESSAGE + _tokens_of(narrow, wide)
        return found

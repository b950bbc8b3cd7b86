"""Secrets taken out of text that may be shown or stored."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote

SHORTEST = 8
"""Shorter values (`none`, `ollama`) open nothing, and taking them out would spoil the text."""

MARK = "[redacted]"


class Redactor:
    """Replaces the given secrets by `[redacted]`: plain, URL-encoded and inside base64 alike.

    Cut a text only after it went through here: half a key would not be recognised.
    """

    __slots__ = ("_pattern",)

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for each in secrets if len(each) >= SHORTEST for form in _forms(each)}
        longest_first = sorted(forms, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        return self._pattern.sub(MARK, text) if self._pattern else text

    def __repr__(self) -> str:
        return "Redactor()"


def _forms(secret: str) -> Iterator[str]:
    """The ways in which a secret may stand in a text."""
    yield secret
    yield quote(secret, safe="")
    data = secret.encode()
    for shift in range(3):  # base64 takes three bytes at a time: it depends on what stands before
        coded = b64encode(bytes(shift) + data).decode().rstrip("=")
        whole = coded[(0, 2, 3)[shift] : len(coded) - ((len(data) + shift) % 3 > 0)]
        yield whole
        yield whole.replace("+", "-").replace("/", "_")

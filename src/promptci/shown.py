"""What is written to a screen or a pipe, without the secrets of this machine."""

from typing import Any, TypeVar

from promptci.vault import redact

AnyText = TypeVar("AnyText", str, bytes)


class Shown:
    """A stream that redacts what is written to it; anything else is the stream's own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: AnyText) -> int:
        """Write a text, or the bytes of one; a secret must not be cut in two by two calls."""
        if isinstance(text, str):
            return int(self._stream.write(redact(text)))
        clean = redact(bytes(text).decode("utf-8", "surrogateescape"))
        return int(self._stream.write(clean.encode("utf-8", "surrogateescape")))

    @property
    def buffer(self) -> "Shown":
        """The stream of bytes below, redacted in the same way."""
        return Shown(self._stream.buffer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

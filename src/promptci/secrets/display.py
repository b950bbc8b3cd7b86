"""What is written to a screen or a pipe: no secret, and no command to a runner."""

import os
from collections.abc import Iterable
from typing import Any, TypeVar

from promptci.secrets.known import redact_document
from promptci.secrets.safetext import without_commands

AnyText = TypeVar("AnyText", str, bytes)


def is_workflow() -> bool:
    """Whether GitHub's runner reads what is printed."""
    return bool(os.environ.get("GITHUB_ACTIONS"))


class CleanStream:
    """A stream that takes keys out of what is written to it; anything else is the stream's own.

    In a log that GitHub's runner reads (`is_workflow`) nothing that is written begins a command,
    whoever chose the words: a line that starts with `::`, or `##[` anywhere.
    """

    def __init__(self, stream: Any, *, is_workflow: bool = False) -> None:
        self._stream = stream
        self._is_workflow = is_workflow

    def write(self, text: AnyText) -> int:
        """Write a text, or the bytes of one; a secret must not be cut in two by two calls."""
        if isinstance(text, str):
            return int(self._stream.write(self._clean(text)))
        clean = self._clean(bytes(text).decode("utf-8", "surrogateescape"))
        return int(self._stream.write(clean.encode("utf-8", "surrogateescape")))

    def writelines(self, lines: Iterable[AnyText]) -> None:
        """Write several texts, each of them cleaned."""
        for line in lines:
            self.write(line)

    def write_commands(self, text: str) -> None:
        """Write commands to the runner, which were made for it."""
        self._stream.write(redact_document(text))

    @property
    def buffer(self) -> "CleanStream":
        """The stream of bytes below, cleaned in the same way."""
        return CleanStream(self._stream.buffer, is_workflow=self._is_workflow)

    def _clean(self, text: str) -> str:
        clean = redact_document(text)
        return without_commands(clean) if self._is_workflow else clean

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

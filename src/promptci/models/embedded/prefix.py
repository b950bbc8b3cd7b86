"""A server of the embedded model that reads the beginning which prompts share only once.

What a prompt's tokens are rounded to depends on how they are cut into batches, so that reusing
whatever two prompts happen to share makes an answer depend on the question before it. Here the cut
depends on the request alone: all turns but the last are read from the first token on; then their
last token once more, alone; then the last turn. Whoever asked before, the same numbers come out.
"""

from collections.abc import Callable, Mapping, Sequence

from promptci.errors import ModelError
from promptci.models.embedded import llamacpp
from promptci.parsing.source import Plain
from promptci.specs.message import Message

READING = 1
"""The number of this way to read a prompt: with another one answers differ."""

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
"""What the model's chat template adds where the first turn is not the system's."""


def shared_prefix(turns: Sequence[Message]) -> str:
    """All turns of a conversation but the last, as the chat template writes them."""
    roles = ["system" if turn.role == "developer" else turn.role for turn in turns]
    first = [] if roles[0] == "system" else [("system", SYSTEM)]
    contents = (turn.content for turn in turns[:-1])
    before = first + list(zip(roles[:-1], contents, strict=True))
    return "".join(f"<|im_start|>{role}\n{content}<|im_end|>\n" for role, content in before)


class PrefixServer:
    """A server that remembers which prefix it has read. For one thread at a time."""

    def __init__(self, server: llamacpp.Server) -> None:
        self._server = server
        self._tokens: int | None = None
        self.prefix = ""
        """What it has read, and need not read again."""

    def ask(
        self, body: Mapping[str, Plain], prefix: str, *, is_unwanted: Callable[[], bool]
    ) -> llamacpp.LocalAnswer:
        """One chat completion for a conversation with such a prefix. Raises `ModelError`."""
        answer = self._ask_after(body, prefix, is_unwanted) if prefix else None
        if answer is None and prefix:
            self.prefix = ""  # it was not there after all: read it again
            answer = self._ask_after(body, prefix, is_unwanted)
        if answer is None:
            self.prefix = ""
            whole = {**body, "cache_prompt": False}
            answer = llamacpp.ask_server(self._server, whole, is_unwanted=is_unwanted)
        return answer

    def _ask_after(
        self, body: Mapping[str, Plain], prefix: str, is_unwanted: Callable[[], bool]
    ) -> llamacpp.LocalAnswer | None:
        """The answer; None if more or less than the prefix was reused."""
        if not self._is_read(prefix, is_unwanted):
            return None
        reused = {**body, "cache_prompt": True}
        answer = llamacpp.ask_server(self._server, reused, is_unwanted=is_unwanted)
        return answer if answer.reused == self._tokens else None

    def _is_read(self, prefix: str, is_unwanted: Callable[[], bool]) -> bool:
        if prefix != self.prefix:
            self.prefix = ""
            self._tokens = llamacpp.read_ahead(self._server, prefix, reuse=False)
            if self._tokens is None:
                return False
            self.prefix = prefix
        if is_unwanted():
            raise ModelError("the embedded model was stopped before it had answered", "transient")
        return llamacpp.read_ahead(self._server, prefix, reuse=True) == self._tokens

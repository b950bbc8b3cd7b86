"""What the fixture gives to a test."""

from typing import Protocol

from msgspec import Struct

from promptci.errors import PromptCIError, RequestError
from promptci.parsing.source import Plain


class Answering(Protocol):
    """Whoever asks prompts for tests."""

    def ask(self, prompt: str, variables: dict[str, Plain], model: str | None) -> str:
        """The text of an answer. Raises `PromptCIError`."""


class Asker(Struct, frozen=True):
    """Asks prompts of the project; `model` is that of the test's marker, if not the prompt's."""

    source: Answering
    model: str | None = None

    def ask(self, prompt: str, /, **variables: Plain) -> str:
        """What a prompt's model answers to values for its variables; stored answers are used."""
        __tracebackhide__ = True  # of pytest: a failure is shown at the test's own line
        for name, value in variables.items():
            if not _is_plain(value):
                raise RequestError(
                    f"the variable `{name}` is given a `{type(value).__name__}`, which has no form"
                    " in a request: give text, a number, or a list or dict of these"
                )
        try:
            return self.source.ask(prompt, variables, self.model)
        except PromptCIError as error:
            raise error.with_traceback(None) from None


def _is_plain(value: object) -> bool:
    """Whether a file of examples could hold it, too."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(part) for key, part in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float)

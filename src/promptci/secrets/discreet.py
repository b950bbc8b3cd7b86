"""A `Model` whose answers hold no secret of this machine, however they came by it."""

from dataclasses import replace
from functools import lru_cache

from promptci.errors import ModelError
from promptci.secrets.known import redactor
from promptci.specs.completion import Completion, Model, Request


class Discreet:
    """Another model, what it says redacted before anybody scores, stores or shows it.

    A model may repeat a key that stood in an example. Redacted here, an answer is the same
    whether it has just come or was stored.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._redact = redactor()
        self._label = lru_cache(maxsize=64)(self._redact)  # the same few for all answers

    async def complete(self, request: Request) -> Completion:
        """Ask once. Raises `ModelError`, redacted, when there is no answer."""
        try:
            return self._clean(await self._model.complete(request))
        except ModelError as error:
            raise error.reworded(self._redact(str(error))) from None

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()

    def _clean(self, answer: Completion) -> Completion:
        labels = answer.finish_reason, answer.served_model, answer.system_fingerprint
        text, calls = self._redact(answer.text), self._redact(answer.tool_calls)
        finish, model, fingerprint = map(self._label, labels)
        if (text, calls, finish, model, fingerprint) == (answer.text, answer.tool_calls, *labels):
            return answer
        return replace(
            answer,
            text=text,
            tool_calls=calls,
            finish_reason=finish,
            served_model=model,
            system_fingerprint=fingerprint,
        )

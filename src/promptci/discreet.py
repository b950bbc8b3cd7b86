"""A `Model` whose answers hold no secret of this machine, however they came by it."""

from dataclasses import replace

from promptci.completion import Completion, Model, Request
from promptci.errors import ModelError
from promptci.vault import redactor


class Discreet:
    """Another model, what it says redacted before anybody scores, stores or shows it.

    A model may repeat a key that stood in an example. Redacted here, an answer is the same
    whether it has just come or was stored.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._redact = redactor()

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
        clean = self._redact
        return replace(
            answer,
            text=clean(answer.text),
            tool_calls=clean(answer.tool_calls),
            finish_reason=clean(answer.finish_reason),
            served_model=clean(answer.served_model),
            system_fingerprint=clean(answer.system_fingerprint),
        )

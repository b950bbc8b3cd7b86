"""A `Model` whose answers never hold a key of ours: one that does is an error, and kept nowhere."""

from msgspec.structs import fields

from promptci.errors import ModelError
from promptci.secrets.known import key_in
from promptci.specs.completion import Completion
from promptci.specs.request import Model, Request

_TEXTS = tuple(field.name for field in fields(Completion) if field.type is str)
"""Whatever a server fills: answer, thoughts, tool calls, names."""


class Withholding:
    """Another model; an answer with a real key in it ends here, all others pass as they are.

    A model may repeat a key that is in a prompt or an example. Such an answer was paid for, and is
    neither scored nor stored, so that it is not committed.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    async def complete(self, request: Request) -> Completion:
        """Ask once. Raises `ModelError` when there is no answer, or one that holds a key."""
        return refuse_secrets(await self._model.complete(request))

    async def aclose(self) -> None:
        """Close the model."""
        await self._model.aclose()


def refuse_secrets(answer: Completion) -> Completion:
    """An answer as it is. Raises `ModelError` for one that holds a key."""
    if found := key_in(getattr(answer, name) for name in _TEXTS):
        wrong = f"the answer holds {found}, so it is neither scored nor stored"
        cure = "take the key out of the prompt and its examples"
        raise ModelError(f"{wrong}: {cure}", "withheld", may_cost=True)
    return answer

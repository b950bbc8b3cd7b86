"""Errors as plain data: what crosses machines keeps its kind and its words, and no class."""

from msgspec import Struct

from promptci import errors
from promptci.errors import ModelError, PromptCIError


class Failure(Struct, frozen=True):
    """An error on its way: the name of its class, its sentence and what a `ModelError` knows."""

    name: str
    message: str
    kind: str = ""
    retry_after: float | None = None
    may_cost: bool = False
    was_sent: bool = True

    def as_error(self) -> PromptCIError:
        """The error again; one of no known class is a `PromptCIError`."""
        if self.name == "ModelError":
            return self.as_model_error()
        known = {
            name: getattr(errors, name)
            for name in ("BudgetError", "RequestError", "StorageError", "GateMissedError")
        }
        error: PromptCIError = known.get(self.name, PromptCIError)(self.message)
        return error

    def as_model_error(self) -> ModelError:
        """The error of a call again."""
        error = ModelError(
            self.message, self.kind, retry_after=self.retry_after, may_cost=self.may_cost
        )
        error.was_sent = self.was_sent
        return error


def as_failure(error: PromptCIError) -> Failure:
    """An error, ready to travel."""
    if isinstance(error, ModelError):
        return Failure(
            "ModelError",
            str(error),
            error.kind,
            error.retry_after,
            may_cost=error.may_cost,
            was_sent=error.was_sent,
        )
    return Failure(type(error).__name__, str(error))

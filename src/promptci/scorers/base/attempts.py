"""Attempts of a judge: the same question asked again, so that no stored reply answers it."""

from functools import partial

from msgspec.structs import replace

from promptci.scorers.base.relayed import relayed
from promptci.specs.request import Ask, Asking, Request, T

ATTEMPTS = 2
"""How often a judge is asked whose reply cannot be used."""


def as_attempt(asking: Asking[T], attempt: int) -> Asking[T]:
    """Ask the judges' questions of an example's attempt number `attempt`, from 0.

    What would only be answered alike is left as it is: the embedded model, embeddings, own code.
    """
    return relayed(asking, partial(_anew, attempt=attempt))


def _anew(ask: Ask, attempt: int) -> Ask:
    if isinstance(ask, tuple):
        return tuple(_shifted(request, attempt) for request in ask)
    return _shifted(ask, attempt)


def _shifted(request: Request, attempt: int) -> Request:
    settings = request.settings
    if not request.asks_model:
        return request
    is_alike = settings.is_deterministic or settings.task != "chat"
    shift = 0 if is_alike else ATTEMPTS * attempt
    return replace(request, attempt=request.attempt + shift, is_judges=True)

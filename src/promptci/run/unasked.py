"""What a run does not ask although it is not stored, and why."""

from promptci.run.cachewriter import CacheWriter
from promptci.run.work import Work
from promptci.specs.request import Request
from promptci.spending.limits import Limits

NOT_STORED = "not in the cache, and --offline sends no request"
"""Why an example has no answer where no model may be asked."""


def unasked(request: Request, limits: Limits) -> str | None:
    """Why a request is not sent; None where it may be."""
    if request.asks_model:
        if limits.offline:
            return NOT_STORED
        if limits.stopped:
            return limits.stopped
        if why := limits.unanswered.get(request.key):
            return why
    return limits.barred.get(request.settings.model.endpoint.name)


def is_put_off(request: Request, work: Work, cache_writer: CacheWriter, limits: Limits) -> bool:
    """Whether a request is asked later, by other means; its examples then stay undone."""
    if limits.deferred is None or not request.asks_model:
        return False
    replaces = limits.refresh or request.key in cache_writer.dismissed
    if not limits.deferred(request, work, replaces=replaces):
        return False
    cache_writer.put_off(request.key)
    return True
